/// Where every seat of a show is: zones of rows of seats, in the structure of pretix's public seating-plan format.
///
/// A plan never changes after its show was created, so a seat's place in plan order (zone by zone, row by row) is its
/// index everywhere: in events, in the seat map's digits, in the state that decides.
public struct SeatingPlan: Equatable, Sendable {
    public struct Size: Equatable, Sendable {
        public var width: Double
        public var height: Double
        public init(width: Double, height: Double) {
            self.width = width
            self.height = height
        }
    }

    /// Offsets add up: a seat is drawn at zone + row + seat position.
    public struct Position: Equatable, Sendable {
        public var x: Double
        public var y: Double
        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
        public static let zero = Position(x: 0, y: 0)
    }

    public struct Category: Equatable, Sendable {
        public var name: String
        /// A CSS colour for drawing; may be empty.
        public var color: String
        public init(name: String, color: String) {
            self.name = name
            self.color = color
        }
    }

    public struct Seat: Equatable, Sendable {
        public var guid: String
        public var number: String
        public var position: Position
        /// Index into the plan's ``SeatingPlan/categories``.
        public var category: Int
        public init(guid: String, number: String, position: Position, category: Int) {
            self.guid = guid
            self.number = number
            self.position = position
            self.category = category
        }
    }

    /// Seats that follow each other in a row are neighbours.
    public struct Row: Equatable, Sendable {
        public var number: String
        public var position: Position
        public var seats: [Seat]
        public init(number: String, position: Position, seats: [Seat]) {
            self.number = number
            self.position = position
            self.seats = seats
        }
    }

    /// A drawn shape (the stage, a standing area's outline); nothing is sold by it.
    public struct Shape: Equatable, Sendable {
        public enum Outline: Equatable, Sendable {
            case circle(radius: Double)
            case ellipse(radius: Position)
            case rectangle(Size)
            case polygon([Position])
            case text
        }
        public struct Label: Equatable, Sendable {
            public var text: String
            public var color: String
            public var size: Double
            public var position: Position
            public init(text: String, color: String, size: Double, position: Position) {
                self.text = text
                self.color = color
                self.size = size
                self.position = position
            }
        }
        public var outline: Outline
        public var position: Position
        public var color: String
        public var borderColor: String
        /// Degrees, clockwise.
        public var rotation: Double
        public var label: Label?
        public init(
            outline: Outline, position: Position, color: String, borderColor: String, rotation: Double, label: Label?
        ) {
            self.outline = outline
            self.position = position
            self.color = color
            self.borderColor = borderColor
            self.rotation = rotation
            self.label = label
        }
    }

    public struct Zone: Equatable, Sendable {
        public var name: String
        public var position: Position
        public var rows: [Row]
        public var shapes: [Shape]
        public init(name: String, position: Position, rows: [Row], shapes: [Shape]) {
            self.name = name
            self.position = position
            self.rows = rows
            self.shapes = shapes
        }
    }

    public var name: String
    public var size: Size
    public var categories: [Category]
    public var zones: [Zone]

    public init(name: String, size: Size, categories: [Category], zones: [Zone]) {
        self.name = name
        self.size = size
        self.categories = categories
        self.zones = zones
    }

    public var seatCount: Int { zones.reduce(0) { $1.rows.reduce($0) { $0 + $1.seats.count } } }

    /// Every seat in plan order; a seat's place here is its index.
    public var seats: some Sequence<Seat> { zones.lazy.flatMap { $0.rows.lazy.flatMap(\.seats) } }
}
