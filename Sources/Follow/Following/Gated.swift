public import EventLog
import Synchronization

/// A follower that keeps a ``PositionGate`` under its lock: readers wait for all such in the same way.
public protocol Gated: LogFollower {
    typealias Gate = PositionGate<CheckedContinuation<WaitOutcome, Never>>

    func withGate<R: Sendable>(_ body: (inout Gate) -> sending R) -> R

    /// Somebody has begun to wait.
    func didBeginWaiting()
}

extension Gated {
    public var place: LogPosition { withGate { $0.place } }

    public var stop: ViewStop? { withGate { $0.stop } }

    public func didBeginWaiting() {}

    public func wait(for token: LogPosition, timeout: Duration) async -> WaitOutcome {
        let deadline = ContinuousClock.now + timeout
        while true {
            if let outcome = withGate({ $0.outcome(for: token) }) { return outcome }
            let rest = ContinuousClock.now.duration(to: deadline)
            guard rest > .zero else { return .timedOut }
            // Every new epoch wakes everybody; some go on waiting then.
            let outcome = await waitOnce(for: token, timeout: rest)
            guard outcome == .reached else { return outcome }
        }
    }

    private func waitOnce(for token: LogPosition, timeout: Duration) async -> WaitOutcome {
        let waiting = Mutex<(id: Gate.WaiterID, timer: Task<Void, Never>)?>(nil)
        defer { waiting.withLock { $0 }?.timer.cancel() }
        // Whoever is cancelled waits no longer.
        @Sendable func end() {
            guard let id = waiting.withLock({ $0?.id }) else { return }
            withGate { $0.cancel(id) }?.resume(returning: .timedOut)
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (outcome, id) = withGate { gate -> (WaitOutcome?, Gate.WaiterID?) in
                    // Again, under the lock that adds the waiter: nothing can be taken in meanwhile.
                    if let outcome = gate.outcome(for: token) { return (outcome, nil) }
                    let id = gate.add(continuation, for: token)
                    return (id == nil ? .tooManyWaiters : nil, id)
                }
                if let outcome { continuation.resume(returning: outcome) }
                guard let id else { return }
                // Only now, so that the time can't be up before there is anybody to wake.
                waiting.withLock { $0 = (id, Task { await self.giveUp(id, after: timeout) }) }
                didBeginWaiting()
                // The handler may have come too early to find anybody.
                if Task.isCancelled { end() }
            }
        } onCancel: {
            end()
        }
    }

    private func giveUp(_ id: Gate.WaiterID, after timeout: Duration) async {
        do {
            try await Task.sleep(for: timeout)
        } catch {
            return  // Woken in time.
        }
        withGate { $0.cancel(id) }?.resume(returning: .timedOut)
    }

    func resume(_ woken: [(waiter: CheckedContinuation<WaitOutcome, Never>, outcome: WaitOutcome)]) {
        for (waiter, outcome) in woken { waiter.resume(returning: outcome) }
    }
}
