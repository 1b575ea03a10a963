internal import Glibc
internal import Synchronization

/// A thread for work that waits by blocking, in `poll(2)` or in libzmq: on Swift's cooperative pool, which has a thread a
/// core, two such waits would stall a process of two cores.
public final class DedicatedThread<Failure: Error>: Sendable {
    private enum State {
        case running(waiters: [CheckedContinuation<Void, Never>])
        case ended(Failure?)
    }
    private let state = Mutex(State.running(waiters: []))

    /// Starts `body` on a thread of its own. Stops the process where the system has none to give: threads are made when
    /// a program starts, and it can't work without them.
    ///
    /// - Parameter name: what to call the thread where it can't be started.
    public init(named name: String, _ body: sending @escaping () throws(Failure) -> Void) {
        let start = ThreadBody {
            do throws(Failure) {
                try body()
                self.finish(nil)
            } catch {
                self.finish(error)
            }
        }
        let argument = unsafe Unmanaged.passRetained(start)
        var id = pthread_t()
        let result = unsafe pthread_create(
            &id, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        guard result == 0 else { fatalError("no thread for \(name): \(unsafe String(cString: strerror(result)))") }
        // Nobody joins it: ``end()`` waits without blocking a thread.
        pthread_detach(id)
    }

    /// Returns when the body has returned, throws what it threw. Whoever waits has to make it return first.
    public func end() async throws(Failure) {
        await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
            let ended = state.withLock { state in
                switch state {
                case .ended:
                    return true
                case .running(let waiters):
                    state = .running(waiters: waiters + [waiter])
                    return false
                }
            }
            if ended { waiter.resume() }
        }
        if case .ended(let error?) = state.withLock({ $0 }) { throw error }
    }

    private func finish(_ error: Failure?) {
        let waiters = state.withLock { state in
            defer { state = .ended(error) }
            switch state {
            case .running(let waiters): return waiters
            case .ended: return []
            }
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// What travels to the new thread.
private final class ThreadBody {
    let run: () -> Void

    init(_ run: @escaping () -> Void) { self.run = run }
}
