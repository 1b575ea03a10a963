internal import DequeModule
internal import Dispatch
internal import Synchronization

/// Threads for work that keeps a core busy for long, and a bounded line before them. Such work on Swift's cooperative pool, or
/// on an event loop, would hold up every request there.
public final class BlockingLine: Sendable {
    private typealias Job = @Sendable () -> Void

    /// What the threads have in common; it goes when they do.
    private final class Line: Sendable {
        private struct State {
            var jobs: Deque<Job> = []
            var isClosed = false
        }

        private let state = Mutex(State())
        private let wakeUp = DispatchSemaphore(value: 0)
        private let waitingMax: Int

        init(waitingMax: Int) { self.waitingMax = waitingMax }

        func add(_ job: @escaping Job) -> Bool {
            let isAdded = state.withLock { state in
                guard state.jobs.count < waitingMax, !state.isClosed else { return false }
                state.jobs.append(job)
                return true
            }
            if isAdded { wakeUp.signal() }
            return isAdded
        }

        /// Each thread ends once nothing is left.
        func close(threadCount: Int) {
            state.withLock { $0.isClosed = true }
            for _ in 0..<threadCount { wakeUp.signal() }
        }

        func work() {
            while true {
                wakeUp.wait()
                let (job, isOver) = state.withLock { state in
                    let job = state.jobs.popFirst()
                    return (job, state.isClosed && job == nil)
                }
                job?()
                if isOver { return }
            }
        }
    }

    private let line: Line
    private let threadCount: Int

    /// - Parameters:
    ///   - threadCount: works at once.
    ///   - waitingMax: work that waits for a thread; more is refused.
    ///   - name: what to call the threads where they can't be started.
    public init(threadCount: Int, waitingMax: Int, name: String) {
        let line = Line(waitingMax: waitingMax)
        self.line = line
        self.threadCount = threadCount
        for _ in 0..<threadCount { _ = DedicatedThread<Never>(named: name) { line.work() } }
    }

    deinit { line.close(threadCount: threadCount) }

    /// Does the work on one of the threads; nil: too many wait for their turn.
    public func run<R: Sendable>(_ work: @escaping @Sendable () -> R) async -> R? {
        await withCheckedContinuation { continuation in
            if !line.add({ continuation.resume(returning: work()) }) { continuation.resume(returning: nil) }
        }
    }
}
