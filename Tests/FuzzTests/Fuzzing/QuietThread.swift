import Foundation

/// Runs `body` on a thread of its own that gives way to everybody else: the tests beside it have deadlines, and few
/// processors.
func onQuietThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { done in
        let thread = Thread {
            // On Linux this is of the calling thread alone.
            if setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19) != 0 {
                print("the fuzzer runs at normal priority")
            }
            done.resume(with: Swift.Result { try body() })
        }
        thread.start()
    }
}
