public import EventLog

/// A stretch of the log, as it was heard of event by event, in which nothing concerns a stored view: rows of a checkpoint
/// in it are what they would be at its end. So a view need not be moved for every event that others care for.
public struct QuietStretch: Sendable {
    /// The last event that concerns the view, or the one before the first that was heard of. Nil: nothing was heard of.
    private var start: LogPosition?
    private var end: Int64 = 0

    public init() {}

    /// Events were heard of, up to `place`.
    ///
    /// - Parameters:
    ///   - first: the first of them. If it does not follow the last, the stretch begins anew.
    ///   - concernedAt: the last of them that concerns the view; nil: none does.
    public mutating func goesOn(from first: Int64, through place: LogPosition, concernedAt last: Int64?) {
        let follows = start?.epoch == place.epoch && first <= end + 1
        if let last {
            start = LogPosition(epoch: place.epoch, position: follows ? max(start?.position ?? 0, last) : last)
        } else if !follows {
            start = LogPosition(epoch: place.epoch, position: first - 1)
        }
        end = follows ? max(end, place.position) : place.position
    }

    /// The place that rows of this checkpoint stand for.
    public func reach(of checkpoint: LogPosition) -> LogPosition {
        guard let start, checkpoint.epoch == start.epoch, checkpoint.position >= start.position,
            checkpoint.position < end
        else { return checkpoint }
        return LogPosition(epoch: start.epoch, position: end)
    }
}
