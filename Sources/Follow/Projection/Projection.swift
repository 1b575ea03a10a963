public import Domain

/// A fold over the log, and the state it builds. The same events always build the same state, to the byte.
public protocol Projection: Sendable {
    /// Names the projection to operators, in URLs and in snapshot files.
    static var name: String { get }
    /// The version of ``encoded``. A snapshot of another version is ignored, and the view rebuilt from the log.
    static var formatVersion: Int { get }

    /// Before any event.
    init()

    /// Folds one event in, of whatever aggregate. Throws when the event makes no sense here (it was damaged, or written by
    /// a newer program): the view then stops before it rather than show something wrong.
    mutating func fold(_ event: any DomainEvent, in context: EventContext) throws(ProjectionFault)

    /// The whole state in one canonical form: equal states have equal bytes. Snapshots hold it, digests are of it.
    var encoded: [UInt8] { get }

    /// The state that ``encoded`` gave. Throws for anything else.
    init(encoded: [UInt8]) throws(ProjectionFault)

    /// The state for people, and for finding a difference: JSON objects, one a line, in a canonical order.
    var lines: [String] { get }
}

/// A projection of the events of one aggregate. Those of others pass it by.
public protocol AggregateProjection: Projection {
    associatedtype Event: DomainEvent

    /// Folds one event in, as ``Projection/fold(_:in:)`` does.
    mutating func apply(_ event: Event, in context: EventContext) throws(ProjectionFault)
}

extension AggregateProjection {
    /// Inlinable, so that each projection's own casts its events without a detour through generic code.
    @inlinable
    public mutating func fold(_ event: any DomainEvent, in context: EventContext) throws(ProjectionFault) {
        if let event = event as? Event { try apply(event, in: context) }
    }
}

/// Where an event stands.
public struct EventContext: Equatable, Sendable {
    /// Its sequence number.
    public var position: Int64
    public var stream: StreamID
    public var recordedAt: Timestamp

    public init(position: Int64, stream: StreamID, recordedAt: Timestamp) {
        self.position = position
        self.stream = stream
        self.recordedAt = recordedAt
    }

    /// Where an event of a show stands.
    public init(position: Int64, show: ShowID, recordedAt: Timestamp) {
        self.init(position: position, stream: StreamID(show), recordedAt: recordedAt)
    }

    /// Of an event of a show: the show.
    public var show: ShowID { ShowID(stream.rawValue) }
}

/// An event or snapshot that a projection can't take in.
public struct ProjectionFault: Error, Equatable, Sendable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}
