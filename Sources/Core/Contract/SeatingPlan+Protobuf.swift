public import Domain
import SwiftProtobuf

extension Holdfast_V1_SeatingPlan {
    public init(_ plan: SeatingPlan) {
        self.init()
        name = plan.name
        size = Holdfast_V1_Size(plan.size)
        categories = plan.categories.map { category in
            .with {
                $0.name = category.name
                $0.color = category.color
            }
        }
        zones = plan.zones.map { zone in
            .with {
                $0.name = zone.name
                $0.position = Holdfast_V1_Position(zone.position)
                $0.rows = zone.rows.map(Row.init)
                $0.shapes = zone.shapes.map(Shape.init)
            }
        }
    }
}

extension Holdfast_V1_SeatingPlan.Row {
    fileprivate init(_ row: SeatingPlan.Row) {
        self.init()
        number = row.number
        position = Holdfast_V1_Position(row.position)
        seats = row.seats.map { seat in
            .with {
                $0.guid = seat.guid
                $0.number = seat.number
                $0.position = Holdfast_V1_Position(seat.position)
                $0.category = UInt32(seat.category)
            }
        }
    }
}

extension Holdfast_V1_SeatingPlan.Shape {
    fileprivate init(_ shape: SeatingPlan.Shape) {
        self.init()
        position = Holdfast_V1_Position(shape.position)
        color = shape.color
        borderColor = shape.borderColor
        rotation = shape.rotation
        if let label = shape.label {
            self.label = .with {
                $0.text = label.text
                $0.color = label.color
                $0.size = label.size
                $0.position = Holdfast_V1_Position(label.position)
            }
        }
        switch shape.outline {
        case .circle(let radius): outline = .circleRadius(radius)
        case .ellipse(let radius): outline = .ellipseRadius(Holdfast_V1_Position(radius))
        case .rectangle(let size): outline = .rectangle(Holdfast_V1_Size(size))
        case .polygon(let points): outline = .polygon(.with { $0.points = points.map(Holdfast_V1_Position.init) })
        case .text: outline = .text(true)
        }
    }
}

extension Holdfast_V1_Position {
    fileprivate init(_ position: SeatingPlan.Position) {
        self.init()
        x = position.x
        y = position.y
    }
}

extension Holdfast_V1_Size {
    fileprivate init(_ size: SeatingPlan.Size) {
        self.init()
        width = size.width
        height = size.height
    }
}

extension SeatingPlan {
    public init(_ message: Holdfast_V1_SeatingPlan) throws(UnreadableEvent) {
        let categories = message.categories.map { Category(name: $0.name, color: $0.color) }
        var zones: [Zone] = []
        for zone in message.zones {
            var shapes: [Shape] = []
            for shape in zone.shapes { shapes.append(try Shape(shape)) }
            zones.append(
                Zone(
                    name: zone.name, position: Position(zone.position), rows: zone.rows.map(Row.init), shapes: shapes))
        }
        guard zones.allSatisfy({ $0.rows.allSatisfy { $0.seats.allSatisfy { $0.category < categories.count } } }) else {
            throw UnreadableEvent("a seat of an unknown category in the seating plan")
        }
        self.init(name: message.name, size: Size(message.size), categories: categories, zones: zones)
    }
}

extension SeatingPlan.Row {
    fileprivate init(_ message: Holdfast_V1_SeatingPlan.Row) {
        self.init(
            number: message.number, position: SeatingPlan.Position(message.position),
            seats: message.seats.map {
                SeatingPlan.Seat(
                    guid: $0.guid, number: $0.number, position: SeatingPlan.Position($0.position),
                    category: Int($0.category))
            })
    }
}

extension SeatingPlan.Shape {
    fileprivate init(_ message: Holdfast_V1_SeatingPlan.Shape) throws(UnreadableEvent) {
        let outline: Outline
        switch message.outline {
        case .circleRadius(let radius): outline = .circle(radius: radius)
        case .ellipseRadius(let radius): outline = .ellipse(radius: SeatingPlan.Position(radius))
        case .rectangle(let size): outline = .rectangle(SeatingPlan.Size(size))
        case .polygon(let polygon): outline = .polygon(polygon.points.map(SeatingPlan.Position.init))
        case .text: outline = .text
        case nil: throw UnreadableEvent("a shape without an outline in the seating plan")
        }
        self.init(
            outline: outline, position: SeatingPlan.Position(message.position), color: message.color,
            borderColor: message.borderColor, rotation: message.rotation,
            label: message.hasLabel
                ? Label(
                    text: message.label.text, color: message.label.color, size: message.label.size,
                    position: SeatingPlan.Position(message.label.position))
                : nil)
    }
}

extension SeatingPlan.Position {
    fileprivate init(_ message: Holdfast_V1_Position) { self.init(x: message.x, y: message.y) }
}

extension SeatingPlan.Size {
    fileprivate init(_ message: Holdfast_V1_Size) { self.init(width: message.width, height: message.height) }
}
