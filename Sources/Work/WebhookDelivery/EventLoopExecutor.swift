import NIOCore

/// Runs a task on the thread of an event loop, so that a task that sends and waits for answers there wakes no other thread: on a
/// busy machine, each thread woken waits for a core.
///
/// What runs there must not block: the loop serves other connections, too.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
