import Domain
import Text
import WebAPI

extension SeatingPlan {
    /// The plan in the format of pretix.
    func write(into json: inout JSONWriter) {
        json.object { json in
            json.member("name", name)
            json.object("size") { $0.write(size) }
            json.array("categories") { json in
                for category in categories {
                    json.object { json in
                        json.member("name", category.name)
                        json.member("color", category.color)
                    }
                }
            }
            json.array("zones") { json in
                for zone in zones {
                    json.object { json in
                        json.member("name", zone.name)
                        json.write(zone.position)
                        json.array("rows") { json in for row in zone.rows { write(row, into: &json) } }
                        json.array("areas") { json in for shape in zone.shapes { json.write(shape) } }
                    }
                }
            }
        }
    }

    private func write(_ row: Row, into json: inout JSONWriter) {
        json.object { json in
            json.member("row_number", row.number)
            json.write(row.position)
            json.array("seats") { json in
                for seat in row.seats {
                    json.object { json in
                        json.member("seat_guid", seat.guid)
                        json.member("seat_number", seat.number)
                        json.write(seat.position)
                        json.member("category", categories[seat.category].name)
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ position: SeatingPlan.Position, as key: StaticString = "position") {
        object(key) { json in
            json.member("x", position.x)
            json.member("y", position.y)
        }
    }

    /// Members, not an object.
    fileprivate mutating func write(_ size: SeatingPlan.Size) {
        member("width", size.width)
        member("height", size.height)
    }

    fileprivate mutating func write(_ shape: SeatingPlan.Shape) {
        object { json in
            json.write(shape.position)
            json.member("color", shape.color)
            json.member("border_color", shape.borderColor)
            json.member("rotation", shape.rotation)
            switch shape.outline {
            case .circle(let radius):
                json.member("shape", "circle")
                json.object("circle") { $0.member("radius", radius) }
            case .ellipse(let radius):
                json.member("shape", "ellipse")
                json.object("ellipse") { $0.write(radius, as: "radius") }
            case .rectangle(let size):
                json.member("shape", "rectangle")
                json.object("rectangle") { $0.write(size) }
            case .polygon(let points):
                json.member("shape", "polygon")
                json.object("polygon") { json in
                    json.array("points") { json in
                        for point in points {
                            json.object { json in
                                json.member("x", point.x)
                                json.member("y", point.y)
                            }
                        }
                    }
                }
            case .text:
                json.member("shape", "text")
            }
            if let label = shape.label {
                json.object("text") { json in
                    json.member("text", label.text)
                    json.member("color", label.color)
                    json.member("size", label.size)
                    json.write(label.position)
                }
            }
        }
    }

    /// Shortest form that reads back the same; plans have no infinities, JSON could not say them.
    private mutating func member(_ key: StaticString, _ number: Double) {
        self.key(key)
        value(number)
    }
}
