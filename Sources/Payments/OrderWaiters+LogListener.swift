public import EventLog
public import Following
public import Projection

extension OrderWaiters: LogListener {
    public func applied(_ events: [FollowedEvent], at position: SequenceToken) { applied(events) }

    public func entered(epoch: Int64) {}
}
