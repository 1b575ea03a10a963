import Domain
import EventLog
import EventLogContract
import Logging
import Postgres
import TestSupport
import Testing

@testable import PostgresEventLog

@Suite("The log in PostgreSQL")
struct PostgresEventLogTests {
    @Test("keeps the contract", arguments: ContractCase.all)
    func contract(_ promise: ContractCase) async throws {
        try await TestDatabase.with { try await promise.run(PostgresUnderTest(database: $0)) }
    }

    @Test("says definitely that nothing was written where it waited too long for others")
    func waitedTooLong() async throws {
        try await TestDatabase.with { database in
            let log = PostgresUnderTest(database: database)
            let open = try await log.begin(.one())
            let impatient = log.openLog(statementTimeout: .milliseconds(200))
            let failure = await #expect(throws: AppendFailure.self) { try await impatient.append(.one(on: "b")) }
            guard case .notAppended(let error) = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(error.code == .timedOut)
            try await open.commit()
            #expect(try await impatient.append(.one(on: "b")).head == 2)
        }
    }

    /// What `append` takes after the epoch: two commands on two streams, with an event each.
    private static let valid: [(value: String, type: String)] = [
        ("ARRAY['a', 'b']", "text"), ("ARRAY[0, 0]::bigint[]", "bigint"), ("ARRAY[sha256('1'), sha256('2')]", "bytea"),
        ("ARRAY[1, 2]", "integer"), ("ARRAY[gen_random_uuid(), gen_random_uuid()]", "uuid"),
        ("ARRAY['u', 'u']", "text"), ("ARRAY[sha256('x'), sha256('y')]", "bytea"),
        ("ARRAY['1', '2']::bytea[]", "bytea"), ("ARRAY[1, 1]", "integer"), ("ARRAY['T', 'T']", "text"),
        ("ARRAY[1, 1]::smallint[]", "smallint"), ("ARRAY['1', '2']::bytea[]", "bytea"),
    ]

    @Test("refuses an array of another shape, and NULL anywhere", arguments: valid.indices)
    func malformedArray(_ index: Int) async throws {
        try await TestDatabase.with { database in
            let client = database.app()
            func append(_ value: String) async throws {
                var values = Self.valid.map(\.value)
                values[index] = value
                try await client.script("SELECT * FROM holdfast.append(1, \(values.joined(separator: ", ")))")
            }
            let (value, type) = Self.valid[index]
            for malformed in [
                "NULL", "ARRAY[\(value)]", "(SELECT array_agg(ARRAY[n]) FROM unnest(\(value)) AS n)",
                "array_fill((\(value))[1], ARRAY[2], ARRAY[0])", "(\(value))[1:1]", "(\(value))[2:1]",
                "(\(value))[1:1] || NULL::\(type)", "\(value) || (\(value))[2]",
            ] {
                let error = await #expect(throws: PostgresError.self, "\(malformed)") { try await append(malformed) }
                #expect(error?.sqlState == "LG003", "\(malformed)")
            }
            let log = PostgresUnderTest(database: database).openLog()
            #expect(try await log.hashedHead().batch == 0)
            try await append(value)
            #expect(try await log.events(after: -5, limit: 1).map(\.position) == [1])
            #expect(try await log.events(after: .min, limit: 10).count == 2)
        }
    }

    @Test("refuses a command that a batch has twice")
    func twice() async throws {
        try await TestDatabase.with { database in
            var batch = AppendBatch.one()
            batch.streams[0].commands.append(batch.streams[0].commands[0])
            let client = database.app()
            let error = await #expect(throws: PostgresError.self) {
                try await client.query(.append, batch.parameters)
            }
            #expect(error?.sqlState == "LG003")
        }
    }

    @Test("finds the last position as of a time")
    func asOf() async throws {
        try await TestDatabase.with { database in
            let log = PostgresUnderTest(database: database).openLog()
            #expect(try await log.position(asOf: Timestamp(microseconds: 5)) == 0)
            var times: [Timestamp] = []
            for version in 0..<9 as Range<Int64> {
                times.append(try await log.append(.one(at: version * 2, events: 2)).recordedAt)
            }
            #expect(try await log.position(asOf: .distantPast) == 0)
            #expect(try await log.position(asOf: times[0].adding(seconds: -1)) == 0)
            for (index, time) in times.enumerated() {
                #expect(try await log.position(asOf: time) == Int64(2 * index + 2))
                let justBefore = Timestamp(microseconds: time.microseconds - 1)
                #expect(try await log.position(asOf: justBefore) == Int64(2 * index))
            }
            #expect(try await log.position(asOf: Timestamp(microseconds: .max)) == 18)
        }
    }

    @Test("makes its partitions ahead of need, and reads across them")
    func partitions() async throws {
        try await TestDatabase.with { database in
            let admin = database.admin()
            // As if ten million events less a few had been there.
            try await admin.script("UPDATE holdfast.log_head SET position = 8999990")
            let log = PostgresUnderTest(database: database).openLog()
            _ = try await log.append(.one(events: 10))
            let count = PostgresStatement(
                once: "SELECT count(*) FROM pg_inherits WHERE inhparent = 'holdfast.batches'::regclass")
            #expect(try await admin.query(count).int64(0, 0) == 1)
            _ = try await log.append(.one(at: 10, events: 1))
            #expect(try await admin.query(count).int64(0, 0) == 2)

            // A batch that reaches over the border of a partition, then one in the next.
            try await admin.script("UPDATE holdfast.log_head SET position = 9999990")
            let result = try await log.append(.one(at: 11, events: 30))
            #expect(result.streams == [.appended(firstPosition: 9_999_991, lastPosition: 10_000_020)])
            _ = try await log.append(.one(at: 41, events: 5))
            let events = try await log.events(after: 9_999_990, limit: 100)
            #expect(events.map(\.position) == Array(9_999_991...10_000_025))
            #expect(try await log.events(of: StreamID("a"), after: 11, limit: 100) == events)
            for change in [
                "UPDATE holdfast.batches_from_10000000 SET epoch = 1", "TRUNCATE holdfast.batches_from_10000000",
            ] {
                let error = await #expect(throws: PostgresError.self) { try await admin.script(change) }
                #expect(error?.sqlState == "LG002")
            }
        }
    }

    @Test("postpones a partition rather than wait for whoever holds the table's shape")
    func partitionPostponed() async throws {
        try await TestDatabase.with { database in
            try await database.admin().script("UPDATE holdfast.log_head SET position = 9000000")
            let holder = database.admin()
            try await holder.script("BEGIN; LOCK TABLE holdfast.batches IN SHARE UPDATE EXCLUSIVE MODE")
            let log = PostgresUnderTest(database: database).openLog()
            #expect(try await log.append(.one()).head == 9_000_001)
            try await holder.script("ROLLBACK")
            #expect(try await log.append(.one(at: 1)).head == 9_000_002)
            let partitions = try await database.admin().query(
                PostgresStatement(once: "SELECT partitioned_to FROM holdfast.log_head"))
            #expect(try partitions.int64(0, 0) == 20_000_000)
        }
    }

    @Test("has a new writer end the one before it, which then cannot append late")
    func claimedWriter() async throws {
        try await TestDatabase.with { database in
            let old = database.app()
            try await old.script("SELECT holdfast.claim_writer(-4711)")
            try await old.script("BEGIN")
            _ = try await old.query(PostgresStatement(once: "SELECT holdfast.barrier()"))
            let new = database.app()
            try await new.script("SELECT holdfast.claim_writer(-4711)")
            // The old session is gone, and with it its transaction and the lock on the log.
            try await new.script("SELECT holdfast.barrier()")
            let sessions = try await new.query(
                PostgresStatement(
                    once: """
                        SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'
                        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                        """))
            #expect(try sessions.int64(0, 0) == 1)
        }
    }

    @Test(
        "refuses a session whose settings would break a promise",
        arguments: [
            "BEGIN ISOLATION LEVEL REPEATABLE READ", "BEGIN ISOLATION LEVEL SERIALIZABLE",
            "SET synchronous_commit = off", "SET synchronous_commit = local",
        ])
    func unsafeSession(_ setting: String) async throws {
        try await TestDatabase.with { database in
            let client = database.app()
            try await client.script(setting)
            let error = await #expect(throws: PostgresError.self) {
                try await client.query(.append, AppendBatch.one().parameters)
            }
            #expect(error?.sqlState == "LG004")
        }
    }
}
