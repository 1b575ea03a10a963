import Domain
import EventLog
import EventLogContract
import Postgres
import PostgresEventLog
import TestSupport
import Testing

@Suite("A server that crashes")
struct OutageTests {
    @Test("leaves appends in flight unknown, refuses others at once, and is used again when it is back")
    func crash() async throws {
        try await PrivateCluster.with { cluster in
            try await cluster.withMigratedDatabase { database in
                let underTest = PostgresUnderTest(database: database)
                let log = underTest.openLog(statementTimeout: .seconds(10))
                _ = try await log.append(.one(events: 3))
                let held = try await underTest.begin(.one(on: "held"))
                let lost = CommandID(high: 1, low: 1)
                let inFlight = Task { try await log.append(.one(on: "b", id: lost)) }
                let admin = database.admin()
                try await eventually("the append waits for the lock") {
                    try await admin.query(
                        PostgresStatement(
                            once: "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
                    ).int64(0, 0) == 1
                }

                try await cluster.crash()
                let unknown = await #expect(throws: AppendFailure.self) { try await inFlight.value }
                guard case .unknown = unknown else {
                    Issue.record("\(String(describing: unknown)) for an append in flight")
                    return
                }
                let refused = await #expect(throws: AppendFailure.self) { try await log.append(.one(on: "c")) }
                guard case .notAppended(let error) = refused else {
                    Issue.record("\(String(describing: refused)) without a server")
                    return
                }
                #expect(error.code == .unavailable)
                let unread = await #expect(throws: LogError.self) { try await log.head() }
                #expect(unread?.code == .unavailable)
                await #expect(throws: LogError.self) { try await log.barrier() }

                try await cluster.start()
                try await log.barrier()
                #expect(try await log.commands([lost]).isEmpty)
                #expect(try await log.head().position == 3)
                #expect(try await log.append(.one(on: "b", id: lost)).head == 4)
                #expect(try await log.events(after: 0, limit: 10).map(\.position) == [1, 2, 3, 4])
                _ = held
            }
        }
    }
}

extension PrivateCluster {
    fileprivate func withMigratedDatabase<R>(_ body: (TestDatabase) async throws -> R) async throws -> R {
        try await TestDatabase.with(server: conninfo, body)
    }
}
