import Domain
import EventLog
import EventLogContract
import Postgres
import PostgresEventLog
import TestSupport
import Testing

@Suite("An outage")
struct OutageTests {
    @Test("of the server leaves appends in flight unknown, others not appended, and ends when the server is back")
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

    @Test("of the standby makes what was committed without it unknown, and a barrier waits until it is back")
    func standby() async throws {
        try await PrivateCluster.with { cluster in
            try await cluster.withMigratedDatabase { database in
                let log = PostgresUnderTest(database: database).openLog()
                let admin = database.admin()
                try await admin.script("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
                try await admin.script("SELECT pg_reload_conf()")
                // The setting reaches the sessions in their own time; from then on no commit returns.
                let appending = Task {
                    var version: Int64 = 0
                    while true {
                        _ = try await log.append(.one(at: version))
                        version += 1
                    }
                }
                let waiting = PostgresStatement(
                    once: "SELECT coalesce(max(pid), 0) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                try await eventually("the append waits for the standby") {
                    try await admin.query(waiting).int32(0, 0) != 0
                }
                let head = try await log.head().position
                try await admin.script(
                    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                let failure = await #expect(throws: AppendFailure.self) { try await appending.value }
                guard case .unknown = failure else {
                    Issue.record("\(String(describing: failure)) for a commit that is not replicated")
                    return
                }
                // It is visible all the same: a read proves nothing.
                #expect(try await log.head().position == head + 1)

                let barrier = Task { try await log.barrier() }
                try await eventually("the barrier waits for the standby") {
                    try await admin.query(waiting).int32(0, 0) != 0
                }
                try await admin.script("ALTER SYSTEM RESET synchronous_standby_names")
                try await admin.script("SELECT pg_reload_conf()")
                _ = try await barrier.value
            }
        }
    }
}

extension PrivateCluster {
    fileprivate func withMigratedDatabase<R>(_ body: (TestDatabase) async throws -> R) async throws -> R {
        try await TestDatabase.with(server: conninfo, body)
    }
}
