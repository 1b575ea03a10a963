import Dispatch
import Synchronization

/// Appends for one thread, in two halves: while the log works on a batch, the thread does something else.
///
/// One append is under way at a time. A session belongs to the thread that made it.
public protocol AppendSession: AnyObject {
    /// Sends a batch. Where this throws, no append is under way. Takes 3 seconds at most, and mostly no time at all.
    func begin(_ batch: AppendBatch) throws(AppendFailure)
    /// What became of the batch that was sent; nil: the log has not answered within `timeout`, and the append goes on.
    /// Where this throws, the append is over, as the failure says.
    func end(within timeout: Duration) throws(AppendFailure) -> AppendResult?
    /// After an append of unknown fate: makes sure that nothing of it is still on its way, so that what
    /// ``EventAppender/barrier()`` finds afterwards is final. Throws, to be tried again, rather than wait for long.
    func renew() throws(LogError)
}

extension EventAppender {
    /// A session whose appends are calls of ``append(_:)``.
    public func makeAppendSession() -> any AppendSession { CallingSession(self) }
}

/// Appends by an asynchronous call, and waits for its end on the session's own thread.
private final class CallingSession: AppendSession {
    private let log: any EventAppender
    private var call: Call?

    init(_ log: any EventAppender) { self.log = log }

    func begin(_ batch: AppendBatch) {
        let call = Call()
        self.call = call
        Task { [log] in
            do throws(AppendFailure) {
                call.finish(.success(try await log.append(batch)))
            } catch {
                call.finish(.failure(error))
            }
        }
    }

    func end(within timeout: Duration) throws(AppendFailure) -> AppendResult? {
        guard let call else { preconditionFailure("an append is under way") }
        guard let outcome = call.outcome(within: timeout) else { return nil }
        self.call = nil
        return try outcome.get()
    }

    func renew() {}

    private final class Call: Sendable {
        private let outcome = Mutex<Result<AppendResult, AppendFailure>?>(nil)
        private let isOver = DispatchSemaphore(value: 0)

        func finish(_ result: Result<AppendResult, AppendFailure>) {
            outcome.withLock { $0 = result }
            isOver.signal()
        }

        func outcome(within timeout: Duration) -> Result<AppendResult, AppendFailure>? {
            _ = isOver.wait(timeout: .now() + timeout / .seconds(1))
            return outcome.withLock { $0 }
        }
    }
}
