import Foundation
import Logging
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite("The PostgreSQL client")
struct PostgresClientTests {
    @Test("carries every type there and back, in binary")
    func types() async throws {
        try await TestDatabase.with { database in
            let client = database.admin()
            var parameters = PostgresParameters(
                Int16.min, Int32.min, Int64.max, "naïve \u{202e}✓", [UInt8]([0, 255, 39]),
                PostgresUUID(high: 1, low: .max), PostgresTimestamp(microsecondsSince1970: 1_767_225_600_123_456), true)
            parameters.appendNull(.text)
            parameters.append("")
            parameters.append([UInt8]())
            let rows = try await client.query(
                PostgresStatement(
                    name: "types",
                    sql: "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $7 = '2026-01-01T00:00:00.123456Z'"),
                parameters)
            #expect(rows.rowCount == 1)
            #expect(try rows.int16(0, 0) == .min)
            #expect(try rows.int32(0, 1) == .min)
            #expect(try rows.int64(0, 2) == .max)
            #expect(try rows.text(0, 3) == "naïve \u{202e}✓")
            #expect(try rows.bytes(0, 4) == [0, 255, 39])
            #expect(try rows.uuid(0, 5) == PostgresUUID(high: 1, low: .max))
            #expect(try rows.timestamp(0, 6).microsecondsSince1970 == 1_767_225_600_123_456)
            #expect(try rows.bool(0, 7))
            #expect(rows.isNull(0, 8))
            #expect(try rows.text(0, 9) == "")
            #expect(try rows.bytes(0, 10) == [])
            #expect(try rows.bool(0, 11))
        }
    }

    @Test("carries arrays there and back")
    func arrays() async throws {
        try await TestDatabase.with { database in
            var parameters = PostgresParameters()
            parameters.append(array: [1, -1, .max] as [Int16])
            parameters.append(array: [1, -1, .max] as [Int64])
            parameters.append(array: ["a", "", "{,\"}"])
            parameters.append(array: [[1, 2], [], [0]] as [[UInt8]])
            parameters.append(array: [PostgresUUID(high: 3, low: 4)])
            parameters.append(array: [] as [Int32])
            let rows = try await database.admin().query(
                PostgresStatement(once: "SELECT $1, $2, $3, $4, $5, $6, cardinality($3), cardinality($6)"), parameters)
            #expect(try rows.array(0, 0, of: Int16.self) == [1, -1, .max])
            #expect(try rows.array(0, 1, of: Int64.self) == [1, -1, .max])
            #expect(try rows.array(0, 2, of: String.self) == ["a", "", "{,\"}"])
            #expect(try rows.array(0, 3, of: [UInt8].self) == [[1, 2], [], [0]])
            #expect(try rows.array(0, 4, of: PostgresUUID.self) == [PostgresUUID(high: 3, low: 4)])
            #expect(try rows.array(0, 5, of: Int32.self) == [])
            #expect(try rows.int32(0, 6) == 3)
            #expect(try rows.int32(0, 7) == 0)
        }
    }

    @Test("takes times beyond PostgreSQL's range for its infinities")
    func extremeTimes() async throws {
        try await TestDatabase.with { database in
            let rows = try await database.admin().query(
                PostgresStatement(once: "SELECT $1 = '-infinity', $2 = 'infinity', $1, $2"),
                PostgresParameters(
                    PostgresTimestamp(microsecondsSince1970: .min), PostgresTimestamp(microsecondsSince1970: .max)))
            #expect(try rows.bool(0, 0))
            #expect(try rows.bool(0, 1))
            #expect(try rows.timestamp(0, 2).microsecondsSince1970 == .min)
            #expect(try rows.timestamp(0, 3).microsecondsSince1970 == .max)
        }
    }

    @Test("refuses to read a value as what it is not")
    func wrongType() async throws {
        try await TestDatabase.with { database in
            let rows = try await database.admin().query(PostgresStatement(once: "SELECT 1::int8, NULL::int8"))
            #expect(throws: PostgresError.self) { try rows.int32(0, 0) }
            #expect(throws: PostgresError.self) { try rows.text(0, 0) }
            #expect(throws: PostgresError.self) { try rows.int64(0, 1) }
            #expect(throws: PostgresError.self) { try rows.int64(0, 2) }
            #expect(throws: PostgresError.self) { try rows.int64(1, 0) }
        }
    }

    @Test("moves many megabytes either way")
    func large() async throws {
        try await TestDatabase.with { database in
            let bytes = [UInt8](repeating: 7, count: 40_000_000)
            let rows = try await database.admin().query(
                PostgresStatement(once: "SELECT $1, repeat('x', 30000000)"), PostgresParameters(bytes))
            #expect(try rows.bytes(0, 0) == bytes)
            #expect(try rows.text(0, 1).utf8.count == 30_000_000)
        }
    }

    @Test("tells an error of the server, after which the connection goes on")
    func serverError() async throws {
        try await TestDatabase.with { database in
            let client = database.admin()
            let before = try await client.backend()
            let error = await #expect(throws: PostgresError.self) {
                try await client.query(PostgresStatement(once: "SELECT 1 / 0"))
            }
            #expect(error?.code == .refused)
            #expect(error?.fate == .undone)
            #expect(error?.sqlState == "22012")
            let misspelt = await #expect(throws: PostgresError.self) {
                try await client.query(PostgresStatement(name: "misspelt", sql: "SELEKT 1"))
            }
            #expect(misspelt?.sqlState == "42601")
            #expect(try await client.backend() == before)
        }
    }

    @Test("tells the warnings that came with an answer")
    func warnings() async throws {
        try await TestDatabase.with { database in
            let client = database.admin()
            try await client.script(
                """
                CREATE FUNCTION warn() RETURNS int LANGUAGE plpgsql
                AS $$ BEGIN RAISE WARNING 'beware'; RAISE NOTICE 'by the way'; RETURN 1; END $$
                """)
            #expect(try await client.query(PostgresStatement(once: "SELECT warn()")).warnings == ["beware"])
            #expect(try await client.query(PostgresStatement(once: "SELECT 1")).warnings == [])
        }
    }

    @Test("tells what a commit warns of, which comes behind the statement's own result")
    func warningOfCommit() async throws {
        try await TestDatabase.with { database in
            let client = database.admin()
            try await client.script(
                """
                CREATE TABLE guarded (number int);
                CREATE FUNCTION warn_late() RETURNS trigger LANGUAGE plpgsql
                AS $$ BEGIN RAISE WARNING 'at the commit'; RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER late AFTER INSERT ON guarded DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION warn_late();
                """)
            let insert = PostgresStatement(name: "insert", sql: "INSERT INTO guarded VALUES (1)")
            for _ in 1...2 { #expect(try await client.query(insert).warnings == ["at the commit"]) }
            #expect(try await client.query(PostgresStatement(once: "SELECT 1")).warnings == [])
        }
    }

    @Test("survives that an idle connection is ended, without the request noticing")
    func idleConnectionEnded() async throws {
        try await TestDatabase.with { database in
            let client = database.admin()
            let killer = database.admin()
            for _ in 0..<3 {
                let backend = try await client.backend()
                _ = try await killer.query(
                    PostgresStatement(once: "SELECT pg_terminate_backend($1, 10000)"), PostgresParameters(backend))
                #expect(try await client.backend() != backend)
            }
        }
    }

    @Test("does not know what became of a request whose connection was ended")
    func busyConnectionEnded() async throws {
        try await TestDatabase.with { database in
            let client = database.admin()
            let killer = database.admin()
            let backend = try await client.backend()
            let sleeping = Task { try await client.query(PostgresStatement(once: "SELECT pg_sleep(60)")) }
            try await eventually("the statement runs") {
                try await killer.query(
                    PostgresStatement(
                        once: "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND state = 'active'"),
                    PostgresParameters(backend)
                ).int64(0, 0) == 1
            }
            try await killer.script("SELECT pg_terminate_backend(\(backend))")
            let error = await #expect(throws: PostgresError.self) { try await sleeping.value }
            #expect(error?.code == .connectionLost)
            #expect(error?.fate == .unknown)
            #expect(try await client.backend() != backend)
        }
    }

    @Test("leaves a statement that takes too long to the server, whose word is definite")
    func statementTimeout() async throws {
        try await TestDatabase.with { database in
            let client = PostgresClient(
                PostgresClient.Configuration(
                    conninfo: database.adminConninfo, applicationName: "test", statementTimeout: .milliseconds(200)),
                logger: .test)
            let error = await #expect(throws: PostgresError.self) {
                try await client.query(PostgresStatement(once: "SELECT pg_sleep(60)"))
            }
            #expect(error?.sqlState == "57014")
            #expect(error?.fate == .undone)
        }
    }

    @Test("gives up on a server that does not answer, and does not know")
    func noAnswer() async throws {
        try await TestDatabase.with { database in
            var configuration = PostgresClient.Configuration(
                conninfo: database.adminConninfo, applicationName: "test", statementTimeout: .milliseconds(100),
                sessionSetup: ["SET statement_timeout = 0"])
            configuration.answerGrace = .milliseconds(100)
            let client = PostgresClient(configuration, logger: .test)
            let error = await #expect(throws: PostgresError.self) {
                try await client.query(PostgresStatement(once: "SELECT pg_sleep(5)"))
            }
            #expect(error?.code == .timedOut)
            #expect(error?.fate == .unknown)
            _ = try await client.backend()
        }
    }

    @Test("says of a server that is not there that nothing was sent, and does not spin")
    func absentServer() async throws {
        try await withTemporaryFolder { folder in
            let client = PostgresClient(
                PostgresClient.Configuration(
                    conninfo: "host=\(folder.path)", applicationName: "test", statementTimeout: .seconds(1)),
                logger: .test)
            let start = ContinuousClock.now
            for _ in 0..<4 {
                let error = await #expect(throws: PostgresError.self) { try await client.backend() }
                #expect(error?.code == .unreachable)
                #expect(error?.fate == .neverSent)
            }
            // Pauses of 50, 100 and 200 ms.
            #expect(ContinuousClock.now - start > .milliseconds(300))
        }
    }

    @Test("refuses what would wait too long a line, and lets requests time out in line")
    func queueLimits() async throws {
        try await TestDatabase.with { database in
            var configuration = PostgresClient.Configuration(
                conninfo: database.adminConninfo, applicationName: "test", statementTimeout: .milliseconds(300))
            configuration.requestsWaitingMax = 3
            let client = PostgresClient(configuration, logger: .test)
            _ = try await client.backend()
            let codes = await withTaskGroup { group in
                for _ in 0..<5 {
                    group.addTask { () -> PostgresError.Code? in
                        do throws(PostgresError) {
                            _ = try await client.query(PostgresStatement(once: "SELECT pg_sleep(0.4)"))
                            return nil
                        } catch {
                            return error.code
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.count { $0 == .busy } == 2)
            // The first runs until the server ends it; by then the turn of the others has passed.
            #expect(codes.count { $0 == .refused } == 1)
            #expect(codes.count { $0 == .timedOut } == 2)
            _ = try await client.backend()
        }
    }

    @Test("does not start what was cancelled while it waited")
    func cancelled() async throws {
        try await TestDatabase.with { database in
            let client = database.admin()
            let first = Task { try await client.query(PostgresStatement(once: "SELECT pg_sleep(0.3)")) }
            let second = Task { try await client.script("CREATE TABLE should_not_exist ()") }
            second.cancel()
            let error = await #expect(throws: PostgresError.self) { try await second.value }
            #expect(error?.code == .cancelled)
            #expect(error?.fate == .neverSent)
            _ = try await first.value
        }
    }

    @Test("leaves the cooperative pool alone while it waits")
    func dedicatedThreads() async throws {
        try await TestDatabase.with { database in
            let clients = (0..<8).map { _ in database.admin() }
            let start = ContinuousClock.now
            try await withThrowingTaskGroup { group in
                for client in clients {
                    group.addTask { _ = try await client.query(PostgresStatement(once: "SELECT pg_sleep(0.5)")) }
                }
                try await group.waitForAll()
            }
            // Eight at once, more than there may be threads in the pool.
            #expect(ContinuousClock.now - start < .seconds(3))
        }
    }
}

extension PostgresClient {
    /// The process of the server that serves this client's connection.
    fileprivate nonisolated func backend() async throws(PostgresError) -> Int32 {
        try await query(PostgresStatement(name: "backend", sql: "SELECT pg_backend_pid()")).int32(0, 0)
    }
}
