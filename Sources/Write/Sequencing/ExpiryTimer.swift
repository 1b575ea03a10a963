public import Domain
public import ServiceLifecycle

/// Proposes to end holds as soon as their time is over. It only proposes: the decider decides, and treats an overdue hold
/// as expired whether or not this ran.
///
/// Every command node has one. The node that has been writing to a show proposes at once; the others wait a little, and
/// then find nothing left to do, unless that node is gone.
public struct ExpiryTimer: Service {
    private static let interval = Duration.milliseconds(100)
    private static let graceMicroseconds: Int64 = 2_000_000

    private let sequencer: Sequencer
    private let now: @Sendable () -> Timestamp
    private let overdue: @Sendable (Timestamp) -> [ShowID: Timestamp]

    /// - Parameter overdue: the shows with overdue holds at a time, and since when; a view of the log.
    public init(
        sequencer: Sequencer, now: @escaping @Sendable () -> Timestamp,
        overdue: @escaping @Sendable (Timestamp) -> [ShowID: Timestamp]
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
        for (show, since) in overdue(now) {
            let (waited, overflow) = now.microseconds.subtractingReportingOverflow(since.microseconds)
            sequencer.expireHolds(of: show, ifAtHand: !overflow && waited < Self.graceMicroseconds)
        }
    }
}
