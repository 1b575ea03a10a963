internal import Foundation

/// Runs an actor's work on one thread of its own, so that a call that blocks (a `poll(2)`, say) never takes a thread of
/// Swift's cooperative pool: of those there is one per core, and two blocked ones would stall a two-core process.
///
/// The queue has no limit of its own, since an executor can't refuse: the actor bounds what it lets wait.
public final class ThreadExecutor: SerialExecutor {
    private let queue = JobQueue()

    /// - Parameter priority: of the thread.
    public init(threadName: String, priority: ThreadPriority = .normal) {
        let thread = Thread { [self] in
            priority.apply()
            queue.work { unsafe $0.runSynchronously(on: asUnownedSerialExecutor()) }
        }
        thread.name = threadName
        thread.start()
    }

    public func enqueue(_ job: consuming ExecutorJob) { queue.add(UnownedJob(job)) }

    /// Ends the thread once the queue is empty. Nothing may be enqueued afterwards.
    public func shutDown() { queue.close() }
}
