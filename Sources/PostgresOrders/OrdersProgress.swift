public import EventLog
public import Following
internal import Synchronization

/// How far the stored view is, as far as this process knows, and who waits for it to come further.
///
/// Another process may be the one that moves it, so while somebody waits the checkpoint is looked at every few
/// milliseconds, by one look for all.
public final class OrdersProgress: Sendable {
    private typealias Waiter = CheckedContinuation<WaitOutcome, Never>

    private struct State {
        var place = SequenceToken(epoch: 0, sequence: 0)
        /// With the epoch it was met in.
        var stop: (stop: ViewStop, epoch: Int64)?
        /// They wait for sequence numbers of the epoch; those who wait for a later epoch, for the end of the range.
        var waiters: WaitQueue<Waiter>
        var waiting = 0
        var isLooking = false
    }

    private let state: Mutex<State>
    private let look: @Sendable () async throws -> SequenceToken
    /// Time between two looks while somebody waits.
    private static let lookInterval = Duration.milliseconds(5)
    /// The same, after a look that failed.
    private static let retryInterval = Duration.milliseconds(200)

    /// - Parameters:
    ///   - waitersMax: readers that may wait at once; more are told so.
    ///   - look: reads the checkpoint.
    init(waitersMax: Int = 10_000, look: @escaping @Sendable () async throws -> SequenceToken) {
        state = Mutex(State(waiters: WaitQueue(countMax: waitersMax)))
        self.look = look
    }

    /// What was last read of the checkpoint.
    public var place: SequenceToken { state.withLock { $0.place } }

    /// Why this process can't fold any further; nil: it can, or another one did.
    public var stop: ViewStop? { state.withLock { $0.stop?.stop } }

    /// The checkpoint was just read, or moved. The last word counts: a database that failed over may have gone back.
    func note(_ place: SequenceToken) {
        let woken = state.withLock { state in
            let isSameEpoch = state.place.epoch == place.epoch
            state.place = place
            if let (stop, epoch) = state.stop, place.epoch != epoch || place.sequence >= stop.position {
                state.stop = nil
            }
            return isSameEpoch ? state.waiters.advance(to: place.sequence) : state.waiters.removeAll()
        }
        for waiter in woken { waiter.resume(returning: .reached) }
    }

    /// An event can't be folded in. Another process, of a later version, may yet get past it.
    func note(_ stop: ViewStop, epoch: Int64) {
        let woken = state.withLock { state in
            state.stop = (stop, epoch)
            return state.waiters.removeAll()
        }
        for waiter in woken { waiter.resume(returning: .stopped(stop)) }
    }

    /// Waits until the stored view has what `token` stands for, or is in a later epoch; `timeout` at most.
    public func wait(for token: SequenceToken, timeout: Duration) async -> WaitOutcome {
        let deadline = ContinuousClock.now + timeout
        while true {
            if let outcome = state.withLock({ Self.outcome($0, token) }) { return outcome }
            let rest = ContinuousClock.now.duration(to: deadline)
            guard rest > .zero else { return .timedOut }
            // Every new epoch wakes everybody; some go on waiting then.
            let outcome = await waitOnce(for: token, timeout: rest)
            guard outcome == .reached else { return outcome }
        }
    }

    private func waitOnce(for token: SequenceToken, timeout: Duration) async -> WaitOutcome {
        let timer = Mutex<Task<Void, Never>?>(nil)
        defer { timer.withLock { $0 }?.cancel() }
        let outcome = await withCheckedContinuation { (continuation: Waiter) in
            var id: WaitQueue<Waiter>.ID?
            let (outcome, startsLooking) = state.withLock { state -> (WaitOutcome?, Bool) in
                // Again, under the lock that adds the waiter: nothing can be noted in between.
                if let outcome = Self.outcome(state, token) { return (outcome, false) }
                id = state.waiters.add(continuation, until: token.epoch == state.place.epoch ? token.sequence : .max)
                guard id != nil else { return (.tooManyWaiters, false) }
                state.waiting += 1
                defer { state.isLooking = true }
                return (nil, !state.isLooking)
            }
            if let outcome { continuation.resume(returning: outcome) }
            // Only now, so that the time can't be up before there is anybody to wake.
            if let id { timer.withLock { $0 = Task { await self.cancel(id, after: timeout) } } }
            if startsLooking { Task { await self.lookWhileAnybodyWaits() } }
        }
        if timer.withLock({ $0 }) != nil { state.withLock { $0.waiting -= 1 } }
        return outcome
    }

    private func cancel(_ id: WaitQueue<Waiter>.ID, after timeout: Duration) async {
        do {
            try await Task.sleep(for: timeout)
        } catch {
            return  // Woken in time.
        }
        state.withLock { $0.waiters.cancel(id) }?.resume(returning: .timedOut)
    }

    private func lookWhileAnybodyWaits() async {
        while true {
            let goesOn = state.withLock { state in
                state.isLooking = state.waiting > 0
                return state.isLooking
            }
            guard goesOn else { return }
            var pause = Self.lookInterval
            do {
                note(try await look())
            } catch {
                // Whoever waits for it hears in time that it was not reached.
                pause = Self.retryInterval
            }
            do {
                try await Task.sleep(for: pause)
            } catch {
                // Nobody cancels this task; if somebody did, looking once more does no harm.
            }
        }
    }

    private static func outcome(_ state: borrowing State, _ token: SequenceToken) -> WaitOutcome? {
        if (token.epoch, token.sequence) <= (state.place.epoch, state.place.sequence) { return .reached }
        return state.stop.map { .stopped($0.stop) }
    }
}
