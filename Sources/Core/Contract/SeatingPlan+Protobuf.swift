public import Domain
import SwiftProtobuf
import Text

extension Holdfast_V1_SeatingPlan {
    public init(_ plan: SeatingPlan) {
        self.init()
        name = plan.name
        size = Holdfast_V1_Size(plan.size)
        categories = plan.categories.map { category in
            .with {
                $0.name = category.name
                $0.color = category.color
                $0.rest = category.rest.members
                $0.unwritten = category.rest.unwritten.rawValue
            }
        }
        zones = plan.zones.map { zone in
            .with {
                $0.name = zone.name
                $0.position = Holdfast_V1_Position(zone.position)
                $0.rows = zone.rows.map(Row.init)
                $0.shapes = zone.shapes.map(Shape.init)
                $0.rest = zone.rest.members
                $0.unwritten = zone.rest.unwritten.rawValue
            }
        }
        if let focalPoint = plan.focalPoint { self.focalPoint = Holdfast_V1_Position(focalPoint) }
        rest = plan.rest.members
        unwritten = plan.rest.unwritten.rawValue
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
                $0.accessible = seat.isAccessible
                $0.companion = seat.isCompanion
                $0.rest = seat.rest.members
                $0.unwritten = seat.rest.unwritten.rawValue
            }
        }
        if let rank = row.rank { self.rank = rank }
        rest = row.rest.members
        unwritten = row.rest.unwritten.rawValue
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
        rest = shape.rest.members
        unwritten = shape.rest.unwritten.rawValue
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
        var categories: [Category] = []
        for category in message.categories {
            let rest = try Rest(category.rest, category.unwritten)
            categories.append(Category(name: category.name, color: category.color, rest: rest))
        }
        var zones: [Zone] = []
        for zone in message.zones {
            var rows: [Row] = []
            for row in zone.rows { rows.append(try Row(row, categories: categories.count)) }
            var shapes: [Shape] = []
            for shape in zone.shapes { shapes.append(try Shape(shape)) }
            zones.append(
                Zone(
                    name: zone.name, position: Position(zone.position), rows: rows, shapes: shapes,
                    rest: try Rest(zone.rest, zone.unwritten)))
        }
        self.init(
            name: message.name, size: Size(message.size), categories: categories, zones: zones,
            focalPoint: message.hasFocalPoint ? Position(message.focalPoint) : nil,
            rest: try Rest(message.rest, message.unwritten))
    }
}

extension SeatingPlan.Rest {
    fileprivate init(_ members: String, _ unwritten: UInt32) throws(UnreadableEvent) {
        guard Self.isReadable(members.utf8) else {
            throw UnreadableEvent("members that are no JSON in the seating plan")
        }
        self.init(members: members, unwritten: SeatingPlan.Members(rawValue: unwritten))
    }

    /// They are written out as they are, so they must be members of an object, and nothing else.
    static func isReadable(_ members: some Collection<UInt8>) -> Bool {
        if members.isEmpty { return true }
        return JSONScan.fault(in: [UInt8(ascii: "{")] + members + [UInt8(ascii: "}")]) == nil
    }
}

extension SeatingPlan.Row {
    fileprivate init(_ message: Holdfast_V1_SeatingPlan.Row, categories: Int) throws(UnreadableEvent) {
        var seats: [SeatingPlan.Seat] = []
        seats.reserveCapacity(message.seats.count)
        for seat in message.seats {
            guard seat.category < categories else {
                throw UnreadableEvent("a seat of an unknown category in the seating plan")
            }
            seats.append(
                SeatingPlan.Seat(
                    guid: seat.guid, number: seat.number, position: SeatingPlan.Position(seat.position),
                    category: Int(seat.category), isAccessible: seat.accessible, isCompanion: seat.companion,
                    rest: try SeatingPlan.Rest(seat.rest, seat.unwritten)))
        }
        self.init(
            number: message.number, position: SeatingPlan.Position(message.position), seats: seats,
            rank: message.hasRank ? message.rank : nil, rest: try SeatingPlan.Rest(message.rest, message.unwritten))
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
                : nil,
            rest: try SeatingPlan.Rest(message.rest, message.unwritten))
    }
}

extension SeatingPlan.Position {
    fileprivate init(_ message: Holdfast_V1_Position) { self.init(x: message.x, y: message.y) }
}

extension SeatingPlan.Size {
    fileprivate init(_ message: Holdfast_V1_Size) { self.init(width: message.width, height: message.height) }
}
