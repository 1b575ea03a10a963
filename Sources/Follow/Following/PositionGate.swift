public import EventLog

/// How far a follower has come, and the readers that wait for it to come further. A value: its owner keeps it under the
/// lock that guards what was followed, so a reader is never told of what it can't read yet.
public struct PositionGate<Waiter: Sendable>: Sendable {
    public typealias WaiterID = WaitQueue<Waiter>.ID

    /// The epoch of the log, and the last event that was taken in.
    public private(set) var place = LogPosition(epoch: 0, position: 0)
    /// Why the follower goes no further. Nil while it does.
    public private(set) var stop: ViewStop?
    /// They wait for sequence numbers of the epoch; those who wait for a later epoch, for the end of the range.
    private var waiters: WaitQueue<Waiter>

    /// - Parameter waitersMax: readers that may wait at once; more are told so.
    public init(waitersMax: Int = 10_000) { waiters = WaitQueue(countMax: waitersMax) }

    public var hasWaiters: Bool { waiters.count > 0 }

    /// What a reader that waits for `token` is told right away. Nil: it has to wait.
    public func outcome(for token: LogPosition) -> WaitOutcome? {
        if (token.epoch, token.position) <= (place.epoch, place.position) { return .reached }
        return stop.map(WaitOutcome.stopped)
    }

    /// Lets a reader wait. Nil when too many wait already.
    public mutating func add(_ waiter: Waiter, for token: LogPosition) -> WaiterID? {
        waiters.add(waiter, until: token.epoch == place.epoch ? token.position : .max)
    }

    /// Takes a reader out; nil when it was woken already.
    public mutating func cancel(_ id: WaiterID) -> Waiter? { waiters.cancel(id) }

    /// The follower is at another place now, and stands still there if it has a `stop`. Returns whom that concerns: every
    /// new epoch wakes everybody, and some go on waiting then.
    public mutating func move(
        to place: LogPosition, stop: ViewStop? = nil
    ) -> [(waiter: Waiter, outcome: WaitOutcome)] {
        let isSameEpoch = place.epoch == self.place.epoch
        self.place = place
        self.stop = stop
        let reached = isSameEpoch ? waiters.advance(to: place.position) : waiters.removeAll()
        let woken = reached.map { (waiter: $0, outcome: WaitOutcome.reached) }
        guard let stop else { return woken }
        return woken + waiters.removeAll().map { (waiter: $0, outcome: .stopped(stop)) }
    }
}
