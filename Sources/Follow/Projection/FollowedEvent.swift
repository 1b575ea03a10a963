public import Contract
public import Domain
public import EventLog

/// An event of the log, decoded once for all views that take it in.
public struct FollowedEvent: Sendable {
    public var context: EventContext
    public var event: Result<any DomainEvent, ProjectionFault>
    /// Of the event as it is in the log: about what it takes to keep it waiting.
    public var byteCount: Int

    /// An event of one of the product's aggregates.
    public init(_ recorded: RecordedEvent) { self.init(recorded, aggregates: .product) }

    /// - Parameter aggregates: those whose events can be decoded.
    public init(_ recorded: RecordedEvent, aggregates: AggregateCatalogue) {
        context = EventContext(position: recorded.position, stream: recorded.stream, recordedAt: recorded.recordedAt)
        byteCount = recorded.event.payload.count
        do {
            event = .success(try aggregates.decode(recorded.event, of: recorded.stream))
        } catch {
            event = .failure(ProjectionFault(error.description))
        }
    }
}
