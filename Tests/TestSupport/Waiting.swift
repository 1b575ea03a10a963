import Dispatch

/// Runs `body` to its end from a thread that is not of Swift's pool, such as the sequencer's.
public func waiting(for body: @escaping @Sendable () async -> Void) {
    let isDone = DispatchSemaphore(value: 0)
    Task {
        await body()
        isDone.signal()
    }
    isDone.wait()
}
