public import Domain
public import ServiceLifecycle

/// Proposes to record what is overdue, such as expired holds, as soon as its time comes. It only proposes: the aggregate
/// decides, and treats what is overdue as ended whether or not this ran.
///
/// Every command node has one. The node that has been writing to a stream proposes at once; the others wait a little, and
/// then find nothing left to do, unless that node is gone.
public struct DeadlineTimer: Service {
    private static let interval = Duration.milliseconds(100)
    /// Microseconds that a node leaves an overdue stream to the node that has been writing to it.
    package static let grace: Int64 = 2_000_000

    private let sequencer: Sequencer
    private let now: @Sendable () -> Timestamp
    private let overdue: @Sendable (Timestamp) -> [StreamID: Timestamp]

    /// - Parameter overdue: the streams with something overdue at a time, and since when; a view of the log.
    public init(
        sequencer: Sequencer, now: @escaping @Sendable () -> Timestamp,
        overdue: @escaping @Sendable (Timestamp) -> [StreamID: Timestamp]
    ) {
        self.sequencer = sequencer
        self.now = now
        self.overdue = overdue
    }

    public func run() async {
        await cancelWhenGracefulShutdown {
            do {
                while true {
                    try await Task.sleep(for: Self.interval)
                    propose()
                }
            } catch {
                // Cancelled: shutting down.
            }
        }
    }

    private func propose() {
        let now = now()
        for (stream, since) in overdue(now) {
            let (waited, overflow) = now.microseconds.subtractingReportingOverflow(since.microseconds)
            sequencer.meetDeadlines(of: stream, onlyIfCached: !overflow && waited < Self.grace)
        }
    }
}
