public import Domain

/// A fold over the log, and the state it builds. The same events always build the same state, to the byte.
public protocol Projection: Sendable {
    /// Names the projection to operators, in URLs and in snapshot files.
    static var name: String { get }
    /// The version of ``encoded``. A snapshot of another version is ignored, and the view rebuilt from the log.
    static var formatVersion: Int { get }

    /// Before any event.
    init()

    /// Folds one event in. Throws when the event makes no sense here (it was damaged, or written by a newer program):
    /// the view then stops before it rather than show something wrong.
    mutating func apply(_ event: ShowEvent, in context: EventContext) throws(ProjectionFault)

    /// The whole state in one canonical form: equal states have equal bytes. Snapshots hold it, digests are of it.
    var encoded: [UInt8] { get }

    /// The state that ``encoded`` gave. Throws for anything else.
    init(encoded: [UInt8]) throws(ProjectionFault)

    /// The state for people, and for finding a difference: JSON objects, one a line, in a canonical order.
    var lines: [String] { get }
}

/// Where an event stands.
public struct EventContext: Equatable, Sendable {
    /// Its sequence number.
    public var position: Int64
    public var show: ShowID
    public var recordedAt: Timestamp

    public init(position: Int64, show: ShowID, recordedAt: Timestamp) {
        self.position = position
        self.show = show
        self.recordedAt = recordedAt
    }
}

/// An event or snapshot that a projection can't take in.
public struct ProjectionFault: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}
