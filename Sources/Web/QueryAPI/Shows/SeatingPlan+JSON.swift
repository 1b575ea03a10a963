import Domain
import Text
import WebAPI

extension SeatingPlan {
    /// The plan in the format of pretix, as it came: see ``SeatingPlan/Rest``.
    func write(into json: inout JSONWriter) {
        json.object(rest) { json, members in
            if members.contains(.name) { json.member("name", name) }
            if members.contains(.size) { json.object("size") { $0.write(size) } }
            if members.contains(.categories) {
                json.array("categories") { json in for category in categories { json.write(category) } }
            }
            if members.contains(.zones) {
                json.array("zones") { json in for zone in zones { write(zone, into: &json) } }
            }
            if members.contains(.focalPoint), let focalPoint { json.write(focalPoint, as: "focal_point") }
        }
    }

    private func write(_ zone: Zone, into json: inout JSONWriter) {
        json.object(zone.rest) { json, members in
            if members.contains(.name) { json.member("name", zone.name) }
            if members.contains(.position) { json.write(zone.position) }
            if members.contains(.rows) {
                json.array("rows") { json in for row in zone.rows { write(row, into: &json) } }
            }
            if members.contains(.areas) {
                json.array("areas") { json in for shape in zone.shapes { json.write(shape) } }
            }
        }
    }

    private func write(_ row: Row, into json: inout JSONWriter) {
        json.object(row.rest) { json, members in
            if members.contains(.rowNumber) { json.member("row_number", row.number) }
            if members.contains(.rank), let rank = row.rank { json.member("rank", rank) }
            if members.contains(.position) { json.write(row.position) }
            if members.contains(.seats) {
                json.array("seats") { json in for seat in row.seats { write(seat, into: &json) } }
            }
        }
    }

    private func write(_ seat: Seat, into json: inout JSONWriter) {
        json.object(seat.rest) { json, members in
            if members.contains(.seatGuid) { json.member("seat_guid", seat.guid) }
            if members.contains(.seatNumber) { json.member("seat_number", seat.number) }
            if members.contains(.position) { json.write(seat.position) }
            if members.contains(.category) { json.member("category", categories[seat.category].name) }
            if members.contains(.accessible), seat.isAccessible { json.member("accessible", true) }
            if members.contains(.companion), seat.isCompanion { json.member("companion", true) }
        }
    }
}

extension JSONWriter {
    /// An object: what `members` writes, of those that are to be written from the values, and the rest as it came.
    fileprivate mutating func object(
        _ rest: SeatingPlan.Rest, _ members: (inout JSONWriter, SeatingPlan.Members) -> Void
    ) {
        object { json in
            members(&json, SeatingPlan.Members(rawValue: .max).subtracting(rest.unwritten))
            json.members(encoded: rest.members)
        }
    }

    fileprivate mutating func write(_ category: SeatingPlan.Category) {
        object(category.rest) { json, members in
            if members.contains(.name) { json.member("name", category.name) }
            if members.contains(.color) { json.member("color", category.color) }
        }
    }

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
        object(shape.rest) { json, members in
            if members.contains(.position) { json.write(shape.position) }
            if members.contains(.color) { json.member("color", shape.color) }
            if members.contains(.borderColor) { json.member("border_color", shape.borderColor) }
            if members.contains(.rotation) { json.member("rotation", shape.rotation) }
            if members.contains(.shape) { json.member("shape", shape.outline.kind) }
            if members.contains(.outline) { json.write(shape.outline) }
            if members.contains(.text), let label = shape.label { json.write(label) }
        }
    }

    private mutating func write(_ outline: SeatingPlan.Shape.Outline) {
        switch outline {
        case .circle(let radius): object("circle") { $0.member("radius", radius) }
        case .ellipse(let radius): object("ellipse") { $0.write(radius, as: "radius") }
        case .rectangle(let size): object("rectangle") { $0.write(size) }
        case .polygon(let points):
            object("polygon") { json in
                json.array("points") { json in
                    for point in points {
                        json.object { json in
                            json.member("x", point.x)
                            json.member("y", point.y)
                        }
                    }
                }
            }
        case .text: break
        }
    }

    private mutating func write(_ label: SeatingPlan.Shape.Label) {
        object("text") { json in
            json.member("text", label.text)
            json.member("color", label.color)
            json.member("size", label.size)
            json.write(label.position)
        }
    }

    /// Shortest form that reads back the same; plans have no infinities, JSON could not say them.
    fileprivate mutating func member(_ key: StaticString, _ number: Double) {
        self.key(key)
        value(number)
    }
}

extension SeatingPlan.Shape.Outline {
    fileprivate var kind: String {
        switch self {
        case .circle: "circle"
        case .ellipse: "ellipse"
        case .rectangle: "rectangle"
        case .polygon: "polygon"
        case .text: "text"
        }
    }
}
