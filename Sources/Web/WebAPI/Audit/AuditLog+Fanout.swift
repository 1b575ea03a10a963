public import EventLog
public import Following
public import Projection

/// Records that somebody publishes what is not in the log.
extension AuditLog: LogListener {
    public func applied(_ events: [FollowedEvent], at position: LogPosition) {}

    public func entered(epoch: Int64) {}

    public func foundFalse(_ reason: String) { record(AuditEntry(.fanoutFalse, reason: reason)) }
}
