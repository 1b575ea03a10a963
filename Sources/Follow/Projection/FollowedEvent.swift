import Contract
public import Domain
public import EventLog

/// An event of the log, decoded once for all views that take it in.
public struct FollowedEvent: Sendable {
    public var context: EventContext
    public var event: Result<ShowEvent, ProjectionFault>

    public init(_ recorded: RecordedEvent) {
        context = EventContext(position: recorded.position, show: recorded.stream, recordedAt: recorded.recordedAt)
        do {
            event = .success(try recorded.event.decoded())
        } catch {
            event = .failure(ProjectionFault(error.description))
        }
    }
}
