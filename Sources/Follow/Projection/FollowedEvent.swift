import Contract
public import Domain
public import EventLog

/// An event of the log, decoded once for all views that take it in.
public struct FollowedEvent: Sendable {
    public var context: EventContext
    public var event: Result<ShowEvent, ProjectionFault>
    /// Of the event as it is in the log: about what it takes to keep it waiting.
    public var byteCount: Int

    public init(_ recorded: RecordedEvent) {
        context = EventContext(position: recorded.position, show: recorded.stream, recordedAt: recorded.recordedAt)
        byteCount = recorded.event.payload.count
        do {
            event = .success(try recorded.event.decoded())
        } catch {
            event = .failure(ProjectionFault(error.description))
        }
    }
}
