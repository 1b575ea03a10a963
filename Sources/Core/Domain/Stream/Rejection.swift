/// Why a command was refused. A rejection is recorded and final.
///
/// Its code names the reason; the other members tell what the reason is about, and are empty where there is nothing to
/// tell. An aggregate adds reasons of its own as further static codes.
public struct Rejection: Error, Equatable, Sendable {
    /// The reason, by the name that problem documents and the log give it.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// Lower-case letters and hyphens. A name never gets another meaning.
        public let name: String

        public init(_ name: String) { self.name = name }

        public var description: String { name }
    }

    public var code: Code
    /// The seat, area or category that the rejection is about; for ``Code/ticketUnusable``, why.
    public var subject: String
    /// The limit that was exceeded, or a time in microseconds since 1970.
    public var limit: Int64
    /// What stands in the way.
    public var conflicts: [Conflict]

    public init(_ code: Code, subject: String = "", limit: Int64 = 0, conflicts: [Conflict] = []) {
        self.code = code
        self.subject = subject
        self.limit = limit
        self.conflicts = conflicts
    }

    /// ``limit`` as a time.
    public var time: Timestamp { Timestamp(microseconds: limit) }

    /// What stands in the way of a hold.
    public enum Conflict: Equatable, Sendable {
        case seat(String, SeatStatus)
        /// Fewer units are free in this area than were asked for.
        case area(AreaID, available: Int)
        /// Fewer places are free in all that was searched than were asked for.
        case quantity(available: Int)
        /// This seat would be left over alone.
        case leftSingle(String)
        /// This seat is one of those that could be had instead.
        case instead(String)
    }
}
