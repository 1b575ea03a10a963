public import EventLog
public import Projection

/// Hears what a ``Replica`` does, in order: one call at a time, on the replica's own task.
///
/// A listener returns at once: what takes time it does elsewhere, since the replica applies nothing meanwhile.
public protocol LogListener: Sendable {
    /// The views have taken in `events`, and the last of them is at `position`.
    func applied(_ events: [FollowedEvent], at position: LogPosition)

    /// The same. `hearsay`: the batch that the events are of, if only a message vouches for them so far.
    func applied(_ events: [FollowedEvent], at position: LogPosition, hearsay: BatchMark?)

    /// Somebody publishes what is not in the log.
    func foundFalse(_ reason: String)

    /// The views are in another epoch of the log. What was applied before may have been lost with the tail of the epoch
    /// before; then the events come again from the first.
    func entered(epoch: Int64)
}

extension LogListener {
    public func applied(_ events: [FollowedEvent], at position: LogPosition, hearsay: BatchMark?) {
        applied(events, at: position)
    }

    public func foundFalse(_ reason: String) {}
}
