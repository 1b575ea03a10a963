public import Domain
public import EventLog
public import Following
import Metrics
public import Projection

/// Measures how long after its commit the fan-out brings a batch to this node's views.
public final class DeliveryMetrics: LogListener {
    private let now: @Sendable () -> Timestamp
    private let delivery = Metrics.Timer(label: "holdfast_fanout_delivery")

    /// - Parameter now: this machine's clock. A clock that is behind the database's makes times too short, never negative.
    public init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    public func applied(_ events: [FollowedEvent], at position: LogPosition) {}

    /// Only what messages brought: what is read from the log, while catching up, may be of years ago.
    public func applied(_ events: [FollowedEvent], at position: LogPosition, hearsay: BatchMark?) {
        guard hearsay != nil, let last = events.last else { return }
        let microseconds = now().microseconds - last.context.recordedAt.microseconds
        delivery.recordNanoseconds(max(0, microseconds) * 1_000)
    }

    public func entered(epoch: Int64) {}
}
