internal import EventLog
internal import Synchronization

/// Between those who publish and the publisher's thread.
final class Outbox: Sendable {
    private struct State {
        var batches: [CommittedBatch] = []
        var head: LogPosition?
        var isClosed = false
        var failure: ZeroMQError?
    }
    /// What the thread has to do next.
    struct Work {
        var batches: [CommittedBatch]
        var head: LogPosition?
        var isClosed: Bool
        var failure: ZeroMQError?
    }

    let wakeUp: WakeUp
    let statistics = Mutex(PublisherStatistics())
    private let pendingLimit: Int
    private let state = Mutex(State())

    init(pendingLimit: Int, wakeUp: WakeUp) {
        self.pendingLimit = pendingLimit
        self.wakeUp = wakeUp
    }

    /// False: there is no room, or nobody takes it any more.
    func post(_ batch: CommittedBatch) -> Bool {
        let posted = state.withLock { state in
            guard !state.isClosed, state.batches.count < pendingLimit else { return false }
            state.batches.append(batch)
            return true
        }
        if posted { wakeUp.signal() } else { statistics.withLock { $0.batchesNotSent += 1 } }
        return posted
    }

    func state(head: LogPosition) {
        state.withLock { $0.head = later($0.head, head) }
    }

    /// From now on nothing is posted; the thread sends what was, and ends. With a `failure`, its end throws it.
    func close(_ failure: ZeroMQError? = nil) {
        state.withLock { state in
            state.isClosed = true
            state.failure = state.failure ?? failure
        }
        wakeUp.signal()
    }

    func take() -> Work {
        state.withLock { state in
            defer { state.batches = [] }
            return Work(batches: state.batches, head: state.head, isClosed: state.isClosed, failure: state.failure)
        }
    }
}

/// Of two heads the one that says more: a higher epoch supersedes whatever an older one had reached.
func later(_ a: LogPosition?, _ b: LogPosition) -> LogPosition {
    guard let a else { return b }
    return (a.epoch, a.position) < (b.epoch, b.position) ? b : a
}
