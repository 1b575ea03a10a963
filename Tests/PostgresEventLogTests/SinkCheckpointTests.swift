import EventLog
import PostgresSinks
import TestSupport
import Testing

@Suite("Sinks' checkpoints in PostgreSQL")
struct SinkCheckpointTests {
    @Test("A checkpoint moves on, and never back to what a replaced process says")
    func movesOn() async throws {
        try await TestDatabase.with { database in
            let checkpoints = PostgresSinkCheckpoints(conninfo: database.appConninfo, logger: .test)
            func kept(_ sink: String) async throws -> LogPosition? { try await checkpoints.checkpoint(of: sink) }
            func keep(_ epoch: Int64, _ position: Int64) async throws {
                try await checkpoints.keep(LogPosition(epoch: epoch, position: position), of: "mail")
            }
            #expect(try await kept("mail") == nil)
            try await keep(1, 0)
            #expect(try await kept("mail") == LogPosition(epoch: 1, position: 0))
            try await keep(1, 900)
            try await keep(1, 899)
            #expect(try await kept("mail") == LogPosition(epoch: 1, position: 900))
            // An epoch that cut off a tail.
            try await keep(2, 850)
            try await keep(1, 901)
            #expect(try await kept("mail") == LogPosition(epoch: 2, position: 850))
            #expect(try await kept("kafka") == nil)
            await checkpoints.disconnect()
        }
    }
}
