/// One member of an event's data in the feed, and the field of `schema/proto/events.proto` that it comes from.
struct FeedField: Sendable {
    enum Kind: Sendable {
        case text
        /// A user's id. One that looks like an address of e-mail or a telephone number is told as a digest.
        case user
        /// Microseconds since 1970; told as RFC 3339.
        case time
        case integer
        case boolean
        /// A double.
        case number
        /// Bytes; told in hexadecimal.
        case hex
        /// An enumeration: its names by number; `null` for one without a name.
        case oneOf([Int64: StaticString])
        case message(FeedMessage)
        /// A `map<string, …>` of whole numbers.
        case numbersByName
    }

    enum Presence: Sendable {
        /// Always there: what the log leaves out is empty, zero or false.
        case always
        /// There where the log has it.
        case optional
        /// An array, which may be empty.
        case list
    }

    let number: UInt64
    let name: StaticString
    let kind: Kind
    let presence: Presence

    static func text(_ number: UInt64, _ name: StaticString, _ presence: Presence = .always) -> FeedField {
        FeedField(number: number, name: name, kind: .text, presence: presence)
    }
    static func user(
        _ number: UInt64, _ name: StaticString = "userId", _ presence: Presence = .always
    ) -> FeedField {
        FeedField(number: number, name: name, kind: .user, presence: presence)
    }
    static func time(_ number: UInt64, _ name: StaticString, _ presence: Presence = .always) -> FeedField {
        FeedField(number: number, name: name, kind: .time, presence: presence)
    }
    static func integer(_ number: UInt64, _ name: StaticString, _ presence: Presence = .always) -> FeedField {
        FeedField(number: number, name: name, kind: .integer, presence: presence)
    }
    static func boolean(_ number: UInt64, _ name: StaticString, _ presence: Presence = .always) -> FeedField {
        FeedField(number: number, name: name, kind: .boolean, presence: presence)
    }
    static func number(_ number: UInt64, _ name: StaticString) -> FeedField {
        FeedField(number: number, name: name, kind: .number, presence: .always)
    }
    static func hex(_ number: UInt64, _ name: StaticString) -> FeedField {
        FeedField(number: number, name: name, kind: .hex, presence: .always)
    }
    static func oneOf(_ number: UInt64, _ name: StaticString, _ names: [Int64: StaticString]) -> FeedField {
        FeedField(number: number, name: name, kind: .oneOf(names), presence: .optional)
    }
    static func message(
        _ number: UInt64, _ name: StaticString, _ message: FeedMessage, _ presence: Presence = .optional
    ) -> FeedField {
        FeedField(number: number, name: name, kind: .message(message), presence: presence)
    }
    static func numbersByName(_ number: UInt64, _ name: StaticString) -> FeedField {
        FeedField(number: number, name: name, kind: .numbersByName, presence: .always)
    }
}

/// What the feed tells of a message: the fields named, and none that is not.
final class FeedMessage: Sendable {
    let fields: [FeedField]
    /// Fields that are nobody else's business, or too large, or say what another field says.
    let hidden: Set<UInt64>

    init(_ fields: [FeedField], hiding hidden: Set<UInt64> = []) {
        self.fields = fields
        self.hidden = hidden
    }
}
