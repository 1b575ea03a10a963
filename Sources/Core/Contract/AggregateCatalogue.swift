public import Domain
public import EventLog

/// An aggregate whose events the log holds.
public protocol LoggedAggregate: Aggregate {
    static var codec: EventCodec<Event> { get }

    /// The event that ``codec`` reads. There is one for every aggregate; it is asked for here because it is called for
    /// every event of a log, and what a type is asked for is compiled for that type.
    static func decode(_ event: EncodedEvent) throws(UnreadableEvent) -> any DomainEvent
}

/// The aggregates that a program decides on and follows, by the category of their streams.
public struct AggregateCatalogue: Sendable {
    /// Those of the product.
    public static let product = AggregateCatalogue([
        ShowState.self, VenueState.self, WaitingRoomState.self, OrganisationState.self,
    ])

    private let types: [StreamCategory: any LoggedAggregate.Type]
    private let shows: (any LoggedAggregate.Type)?

    /// - Parameter aggregates: each category once, and each event type in one of them only.
    public init(_ aggregates: [any LoggedAggregate.Type]) {
        types = Dictionary(
            aggregates.map { ($0.category, $0) }, uniquingKeysWith: { _, _ in preconditionFailure("a category twice") })
        shows = types[.show]
    }

    /// The aggregate that a stream belongs to; nil: none that this program knows.
    public func aggregate(of stream: StreamID) -> (any LoggedAggregate.Type)? {
        stream.isOfShow ? shows : types[stream.category]
    }

    /// The event, decoded by the aggregate of its stream.
    public func decode(_ event: EncodedEvent, of stream: StreamID) throws(UnreadableEvent) -> any DomainEvent {
        try known(stream).decode(event)
    }

    /// The event's payload as protobuf's canonical JSON, for people. Throws for what this program can't read.
    public func json(_ event: EncodedEvent, of stream: StreamID) throws(UnreadableEvent) -> String {
        try known(stream).json(event)
    }

    private func known(_ stream: StreamID) throws(UnreadableEvent) -> any LoggedAggregate.Type {
        guard let aggregate = aggregate(of: stream) else {
            throw UnreadableEvent("unknown kind of stream “\(stream.category)”")
        }
        return aggregate
    }
}

extension LoggedAggregate {
    public static func decode(_ event: EncodedEvent) throws(UnreadableEvent) -> any DomainEvent {
        try codec.decode(event)
    }

    fileprivate static func json(_ event: EncodedEvent) throws(UnreadableEvent) -> String { try codec.json(event) }
}
