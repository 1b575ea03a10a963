internal import DequeModule
internal import Dispatch
internal import Foundation
internal import Synchronization

/// Runs an actor's work on one thread of its own, so that a call that blocks (a `poll(2)`, say) never takes a thread of
/// Swift's cooperative pool: of those there is one per core, and two blocked ones would stall a two-core process.
///
/// The queue has no limit of its own, since an executor can't refuse: the actor bounds what it lets wait.
public final class ThreadExecutor: SerialExecutor {
    private struct Queue {
        var jobs: Deque<UnownedJob> = []
        var isShutDown = false
    }

    private let queue = Mutex(Queue())
    private let wakeUp = DispatchSemaphore(value: 0)

    public init(threadName: String) {
        let thread = Thread { [self] in run() }
        thread.name = threadName
        thread.start()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.withLock { $0.jobs.append(job) }
        wakeUp.signal()
    }

    /// Ends the thread once the queue is empty. Nothing may be enqueued afterwards.
    public func shutDown() {
        queue.withLock { $0.isShutDown = true }
        wakeUp.signal()
    }

    private func run() {
        while true {
            wakeUp.wait()
            let (job, isOver) = queue.withLock { queue in
                let job = queue.jobs.popFirst()
                return (job, queue.isShutDown && job == nil)
            }
            if let job { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
            if isOver { return }
        }
    }
}
