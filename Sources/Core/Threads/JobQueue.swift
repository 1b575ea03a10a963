internal import DequeModule
internal import Dispatch
internal import Synchronization

/// Jobs of Swift's runtime that wait for one of the threads that work on them.
///
/// It has no limit of its own, since an executor can't refuse: who has work done bounds what waits.
final class JobQueue: Sendable {
    private struct State {
        var jobs: Deque<UnownedJob> = []
        var isClosed = false
    }

    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)

    func add(_ job: UnownedJob) {
        state.withLock { $0.jobs.append(job) }
        wakeUp.signal()
    }

    /// Ends the one thread that works once nothing is left. Nothing may be added afterwards.
    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.signal()
    }

    /// Works on the calling thread until this is closed and nothing is left.
    func work(_ run: (UnownedJob) -> Void) {
        while true {
            wakeUp.wait()
            let (job, isOver) = state.withLock { state in
                let job = state.jobs.popFirst()
                return (job, state.isClosed && job == nil)
            }
            if let job { run(job) }
            if isOver { return }
        }
    }
}
