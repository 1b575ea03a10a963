import NIOCore
import Synchronization
import Testing

@testable import WebAPI

@Suite("The log's head, as it is given to all who ask") struct RecentDocumentTests {
    private final class Counting: Sendable {
        let made = Mutex(0)
        let time = Mutex(ContinuousClock.now)
    }

    @Test("is made once for some seconds, and again after a failure") func once() async throws {
        let counting = Counting()
        let recent = RecentDocument(now: { counting.time.withLock { $0 } }) {
            let number = counting.made.withLock { made in
                made += 1
                return made
            }
            if number == 2 { throw CancellationError() }
            return ByteBuffer(string: "\(number)")
        }
        let answers = try await withThrowingTaskGroup { tasks in
            for _ in 0..<10 { tasks.addTask { String(buffer: try await recent.document()) } }
            return try await tasks.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(answers == ["1"])
        counting.time.withLock { $0 = $0.advanced(by: .seconds(10)) }
        await #expect(throws: CancellationError.self) { try await recent.document() }
        #expect(String(buffer: try await recent.document()) == "3")
    }
}
