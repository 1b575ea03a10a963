extension SeatingPlan {
    /// What the document that a plan was read from says of one of its objects, beyond what this program understands: with
    /// it the document comes back as it came, but for the order of members and for white space.
    public struct Rest: Equatable, Sendable {
        /// Members as JSON, without braces: `"uuid":"4f…","radius":8`. Those that nothing here knows, and those that the
        /// values of this program would be written otherwise than they were read.
        public var members: String
        /// Those that the document does not have, or that are in ``members``: they are not to be written from the values.
        public var unwritten: Members

        public init(members: String = "", unwritten: Members = []) {
            self.members = members
            self.unwritten = unwritten
        }

        /// Of an object that has the members this program knows, and no other.
        public static let none = Rest()
    }

    /// The members of a document that this program knows, of objects of any kind. They are in the log: a bit never gets
    /// another meaning.
    public struct Members: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let name = Self(rawValue: 1 << 0)
        public static let size = Self(rawValue: 1 << 1)
        public static let categories = Self(rawValue: 1 << 2)
        public static let zones = Self(rawValue: 1 << 3)
        public static let focalPoint = Self(rawValue: 1 << 4)
        public static let color = Self(rawValue: 1 << 5)
        public static let position = Self(rawValue: 1 << 6)
        public static let rows = Self(rawValue: 1 << 7)
        /// Shapes to draw: pretix calls them areas.
        public static let areas = Self(rawValue: 1 << 8)
        public static let rowNumber = Self(rawValue: 1 << 9)
        public static let seats = Self(rawValue: 1 << 10)
        public static let rank = Self(rawValue: 1 << 11)
        public static let seatGuid = Self(rawValue: 1 << 12)
        public static let seatNumber = Self(rawValue: 1 << 13)
        public static let category = Self(rawValue: 1 << 14)
        public static let accessible = Self(rawValue: 1 << 15)
        public static let companion = Self(rawValue: 1 << 16)
        public static let shape = Self(rawValue: 1 << 17)
        /// `circle`, `ellipse`, `rectangle` or `polygon`, whichever the shape is.
        public static let outline = Self(rawValue: 1 << 18)
        public static let borderColor = Self(rawValue: 1 << 19)
        public static let rotation = Self(rawValue: 1 << 20)
        public static let text = Self(rawValue: 1 << 21)
    }
}
