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
        public var rest: Rest
        public init(name: String, color: String, rest: Rest = .none) {
            self.name = name
            self.color = color
            self.rest = rest
        }
    }

    public struct Seat: Equatable, Sendable {
        public var guid: String
        public var number: String
        public var position: Position
        /// Index into the plan's ``SeatingPlan/categories``.
        public var category: Int
        /// For a wheelchair, or for whoever needs a way without stairs.
        public var isAccessible: Bool
        /// Beside an accessible seat, for whoever comes along.
        public var isCompanion: Bool
        public var rest: Rest
        public init(
            guid: String, number: String, position: Position, category: Int, isAccessible: Bool = false,
            isCompanion: Bool = false, rest: Rest = .none
        ) {
            self.guid = guid
            self.number = number
            self.position = position
            self.category = category
            self.isAccessible = isAccessible
            self.isCompanion = isCompanion
            self.rest = rest
        }

        /// Unicode scalars that a `seat_guid` may have; pretix keeps 190.
        public static let guidLengthMax = 255
        /// What a `seat_guid` has to be, to follow its name.
        public static let guidRule =
            "must be one line of 1 to \(guidLengthMax) characters, without control characters or unclosed changes of "
            + "direction"

        /// Whether a seat can be called `text`: in any script, with spaces, but for what a person could not see or say.
        public static func isGuid(_ text: String) -> Bool {
            let scalars = text.unicodeScalars
            return !scalars.isEmpty && scalars.count <= guidLengthMax && text.isShowable
        }
    }

    /// Seats that follow each other in a row are neighbours, unless there is an aisle between their positions.
    public struct Row: Equatable, Sendable {
        public var number: String
        public var position: Position
        public var seats: [Seat]
        /// How good the row is: rows with less are better. Nil: the plan does not say.
        public var rank: Double?
        public var rest: Rest
        public init(number: String, position: Position, seats: [Seat], rank: Double? = nil, rest: Rest = .none) {
            self.number = number
            self.position = position
            self.seats = seats
            self.rank = rank
            self.rest = rest
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
        public var rest: Rest
        public init(
            outline: Outline, position: Position, color: String, borderColor: String, rotation: Double, label: Label?,
            rest: Rest = .none
        ) {
            self.outline = outline
            self.position = position
            self.color = color
            self.borderColor = borderColor
            self.rotation = rotation
            self.label = label
            self.rest = rest
        }
    }

    public struct Zone: Equatable, Sendable {
        public var name: String
        public var position: Position
        public var rows: [Row]
        public var shapes: [Shape]
        public var rest: Rest
        public init(name: String, position: Position, rows: [Row], shapes: [Shape], rest: Rest = .none) {
            self.name = name
            self.position = position
            self.rows = rows
            self.shapes = shapes
            self.rest = rest
        }
    }

    public var name: String
    public var size: Size
    public var categories: [Category]
    public var zones: [Zone]
    /// What everybody looks at, in the coordinates that the zones are in: the nearer a seat is, the better. Nil: the plan
    /// does not say.
    public var focalPoint: Position?
    public var rest: Rest

    public init(
        name: String, size: Size, categories: [Category], zones: [Zone], focalPoint: Position? = nil, rest: Rest = .none
    ) {
        self.name = name
        self.size = size
        self.categories = categories
        self.zones = zones
        self.focalPoint = focalPoint
        self.rest = rest
    }

    public var seatCount: Int { zones.reduce(0) { $1.rows.reduce($0) { $0 + $1.seats.count } } }

    /// Every seat in plan order; a seat's place here is its index.
    public var seats: some Sequence<Seat> { zones.lazy.flatMap { $0.rows.lazy.flatMap(\.seats) } }
}
