internal import Foundation

/// Runs tasks on threads of ``ThreadPriority/background``: where all cores are busy, requests and appends come first, and what
/// these tasks do comes later. On Linux, the priority of a `Task` does not do that.
///
/// A task that holds a lock may wait long for its turn, and whoever wants the lock with it: tasks here share none with requests
/// that is held for more than a moment.
public final class BackgroundExecutor: TaskExecutor {
    /// The process's, which has half as many threads as there are cores.
    public static let shared = BackgroundExecutor(
        threadCount: max(1, ProcessInfo.processInfo.activeProcessorCount / 2))

    private let queue = JobQueue()

    private init(threadCount: Int) {
        for number in 1...threadCount {
            let thread = Thread { [self] in
                ThreadPriority.background.apply()
                queue.work { unsafe $0.runSynchronously(on: asUnownedTaskExecutor()) }
            }
            thread.name = "background \(number)"
            thread.start()
        }
    }

    public func enqueue(_ job: consuming ExecutorJob) { queue.add(UnownedJob(job)) }
}
