internal import Glibc
internal import Synchronization

/// A thread that one socket lives on. Waiting in libzmq on the cooperative pool would stall a process of two cores.
final class DedicatedThread: Sendable {
    private enum State {
        case running(waiters: [CheckedContinuation<Void, Never>])
        case ended(ZeroMQError?)
    }
    private let state = Mutex(State.running(waiters: []))

    /// Starts `body` on a thread of its own.
    init(_ body: sending @escaping () throws(ZeroMQError) -> Void) throws(ZeroMQError) {
        let start = Start(thread: self, body: body)
        let argument = unsafe Unmanaged.passRetained(start)
        var id = pthread_t()
        let result = unsafe pthread_create(
            &id, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        guard result == 0 else {
            unsafe argument.release()
            throw ZeroMQError(number: result, "pthread_create")
        }
        // Nobody joins it: ``end()`` waits without blocking a thread.
        pthread_detach(id)
    }

    /// Returns when the body has returned, throws what it threw. Whoever waits has to make it return first.
    func end() async throws(ZeroMQError) {
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

    private func finish(_ error: ZeroMQError?) {
        let waiters = state.withLock { state in
            defer { state = .ended(error) }
            switch state {
            case .running(let waiters): return waiters
            case .ended: return []
            }
        }
        for waiter in waiters { waiter.resume() }
    }

    /// What travels to the new thread.
    private final class Start {
        let thread: DedicatedThread
        let body: () throws(ZeroMQError) -> Void

        init(thread: DedicatedThread, body: @escaping () throws(ZeroMQError) -> Void) {
            self.thread = thread
            self.body = body
        }

        func run() {
            do throws(ZeroMQError) {
                try body()
                thread.finish(nil)
            } catch {
                thread.finish(error)
            }
        }
    }
}
