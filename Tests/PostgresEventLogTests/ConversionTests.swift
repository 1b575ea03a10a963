import Domain
import EventLog
import Foundation
import Postgres
import SeededRandom
import TestSupport
import Testing

@testable import PostgresEventLog

/// What tools/migrate makes of a log of format 1. `Tests/IntegrationTests/OldLogTests.swift` has one that was used.
@Suite("The conversion of a log of format 1")
struct ConversionTests {
    /// A database as the release before had it.
    private static func withOldLog(_ body: (TestDatabase) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            try await database.admin().script("DROP SCHEMA holdfast CASCADE; DROP SCHEMA holdfast_orders CASCADE")
            try await Project.run("Tests/acceptance/migrate/released/tools/migrate", database.adminConninfo)
            try await body(database)
        }
    }

    /// Appends batches of every shape, as the release before did.
    private static func fill(_ database: TestDatabase, seed: UInt64, batches: Int) async throws {
        var random = SeededGenerator(seed: seed)
        let writer = database.earlierApp()
        var versions: [String: Int64] = [:]
        for _ in 0..<batches {
            let names = ["a", "b", "c", "d"].shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
            let streams = names.map { name in
                let commands = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    let id = CommandID(high: random.next(), low: random.next())
                    return DecidedCommand(
                        id: id, principal: "naïve ✓", fingerprint: id.bytes + id.bytes, outcome: [1],
                        events: (0..<Int.random(in: 0...2, using: &random)).map {
                            EncodedEvent(type: "Type\($0)", schemaVersion: 1, payload: [UInt8($0)] + id.bytes)
                        })
                }
                defer { versions[name, default: 0] += Int64(commands.reduce(0) { $0 + $1.events.count }) }
                return StreamAppend(
                    stream: StreamID(name), expectedVersion: versions[name, default: 0], commands: commands)
            }
            _ = try await writer.query(.appendFormatOne, AppendBatch(epoch: 1, streams: streams).formatOneParameters)
        }
    }

    private static func text(_ sql: String, _ database: TestDatabase) async throws -> String {
        let rows = "SELECT coalesce(string_agg(t::text, E'\\n'), '') FROM (\(sql)) AS t"
        return try await database.admin().query(PostgresStatement(once: rows)).text(0, 0)
    }

    /// Every event and command, by the columns that both formats have.
    private static func content(_ database: TestDatabase) async throws -> [String] {
        [
            try await text(
                """
                SELECT position, stream_version, recorded_at, command_id, schema_version, stream, type, payload
                FROM holdfast.events ORDER BY position
                """, database),
            try await text(
                """
                SELECT id, recorded_at, position, event_count, stream, principal, fingerprint, outcome
                FROM holdfast.commands ORDER BY id
                """, database),
            try await text("SELECT * FROM holdfast.streams ORDER BY stream", database),
            try await text("SELECT * FROM holdfast.epochs ORDER BY epoch", database),
            try await text("SELECT epoch, position, recorded_at FROM holdfast.log_head", database),
        ]
    }

    private static func expectWhole(_ database: TestDatabase, after lastHash: [UInt8]) async throws {
        let log = PostgresUnderTest(database: database).openLog()
        let head = try await log.hashedHead()
        #expect(try await log.chainStart() == ChainStart(position: head.position, hash: lastHash))
        var check = LogCheck(try await log.chainStart())
        var events: [RecordedEvent] = []
        while case let page = try await log.batches(after: check.place, limit: 50), !page.isEmpty {
            for batch in page { try check.next(batch) }
            events += page.flatMap(\.events)
        }
        try check.end(at: head)
        #expect(try await LookUpTests.fault(in: log) == nil)
        #expect(try await log.events(after: 0, limit: .max) == events)
        for (stream, events) in Dictionary(grouping: events, by: \.stream) {
            #expect(try await log.events(of: stream, after: 0, limit: .max) == events)
        }
    }

    /// With `atOneTime` everything has the same time, so that nothing but the order of positions tells appends apart.
    @Test(
        "keeps every event, command, position and time, and chains them after the old chain", arguments: [false, true])
    func content(atOneTime: Bool) async throws {
        try await Self.withOldLog { database in
            if atOneTime {
                try await database.admin().script(
                    "UPDATE holdfast.log_head SET recorded_at = '2099-01-01T00:00:00Z'")
            }
            try await Self.fill(database, seed: atOneTime ? 1 : 2, batches: 60)
            let before = try await Self.content(database)
            let hash = try await database.admin().query(.lastHash).bytes(0, 0)
            try await Project.run("tools/migrate", database.adminConninfo)
            #expect(try await Self.content(database) == before)
            try await Self.expectWhole(database, after: hash)

            // And it goes on.
            let log = PostgresUnderTest(database: database).openLog()
            let head = try await log.head()
            #expect(try await log.append(.one(on: "new")).head == head.position + 1)
            var check = LogCheck(try await log.chainStart())
            for batch in try await log.batches(after: .start, limit: 1000) { try check.next(batch) }
            try check.end(at: try await log.hashedHead())
        }
    }

    @Test("makes many batches of what has one time, though it is on one stream")
    func longRun() async throws {
        try await Self.withOldLog { database in
            let writer = database.earlierApp()
            for time in ["2099-01-01T00:00:00Z", "2100-01-01T00:00:00Z"] {
                try await database.admin().script("UPDATE holdfast.log_head SET recorded_at = '\(time)'")
                // Each third command is without events; at the second time all are.
                for page in 0..<7 as Range<Int64> {
                    let isFirst = time.hasPrefix("2099")
                    let commands = (0..<450).map { index in
                        let id = CommandID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
                        let event = EncodedEvent(type: "Type", schemaVersion: 1, payload: id.bytes)
                        return DecidedCommand(
                            id: id, principal: "user-1", fingerprint: id.bytes + id.bytes, outcome: [1],
                            events: isFirst && index % 3 > 0 ? [event, event] : [])
                    }
                    let stream = StreamAppend(
                        stream: StreamID("a"), expectedVersion: isFirst ? page * 600 : 4200, commands: commands)
                    _ = try await writer.query(
                        .appendFormatOne, AppendBatch(epoch: 1, streams: [stream]).formatOneParameters)
                }
            }
            let before = try await Self.content(database)
            let hash = try await database.admin().query(.lastHash).bytes(0, 0)
            try await Project.run("tools/migrate", database.adminConninfo)
            #expect(try await Self.content(database) == before)
            try await Self.expectWhole(database, after: hash)
            let sizes = try await database.admin().query(
                PostgresStatement(
                    once: "SELECT count(*), max(cardinality(c_id)), max(cardinality(e_type)) FROM holdfast.batches"))
            #expect(try sizes.int64(0, 0) == 5 + 4)
            #expect(try sizes.int32(0, 1) <= 1000 && sizes.int32(0, 2) <= 1002)
        }
    }

    @Test("of an empty log leaves an empty log")
    func empty() async throws {
        try await Self.withOldLog { database in
            try await Project.run("tools/migrate", database.adminConninfo)
            try await Self.expectWhole(database, after: FormatOneHash.beforeFirst)
        }
    }

    @Test(
        "refuses a log that is not whole, and leaves it as it is",
        arguments: [
            "UPDATE holdfast.events SET payload = 'x' WHERE position = 3",
            "UPDATE holdfast.events SET recorded_at = '2001-01-01' WHERE position = 3",
            "DELETE FROM holdfast.events WHERE position = 3",
            "DELETE FROM holdfast.events WHERE position = (SELECT max(position) FROM holdfast.events)",
            "DELETE FROM holdfast.commands WHERE id = (SELECT command_id FROM holdfast.events WHERE position = 3)",
            """
            UPDATE holdfast.commands SET recorded_at = recorded_at - interval '1 microsecond'
            WHERE id = (SELECT command_id FROM holdfast.events WHERE position = 3)
            """,
        ])
    func broken(_ tampering: String) async throws {
        try await Self.withOldLog { database in
            try await Self.fill(database, seed: 3, batches: 10)
            try await database.admin().script(
                """
                ALTER TABLE holdfast.events DISABLE TRIGGER append_only;
                ALTER TABLE holdfast.commands DISABLE TRIGGER append_only;
                \(tampering);
                """)
            let before = try await Self.content(database)
            let failure = await #expect(throws: ToolFailure.self) {
                try await Project.run("tools/migrate", database.adminConninfo)
            }
            #expect(failure?.output.contains("it is not converted") == true)
            #expect(try await Self.content(database) == before)
        }
    }

    @Test("that is killed leaves the log as it was, and can be run again")
    func killed() async throws {
        try await Self.withOldLog { database in
            try await Self.fill(database, seed: 4, batches: 40)
            let before = try await Self.content(database)
            let hash = try await database.admin().query(.lastHash).bytes(0, 0)
            // In the middle of the conversion, which waits there for a lock that somebody else holds.
            let holder = database.admin()
            try await holder.script("BEGIN; LOCK TABLE holdfast.epochs")
            let migration = Task { try await Project.run("tools/migrate", database.adminConninfo) }
            let end = PostgresStatement(
                once: """
                    SELECT count(*) FROM (
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = current_database() AND application_name = 'psql' AND wait_event_type = 'Lock'
                    ) AS ended
                    """)
            while try await database.admin().query(end).int64(0, 0) == 0 {
                try await Task.sleep(for: .milliseconds(10))
            }
            await #expect(throws: ToolFailure.self) { try await migration.value }
            try await holder.script("ROLLBACK")
            #expect(try await Self.content(database) == before)
            try await Project.run("tools/migrate", database.adminConninfo)
            #expect(try await Self.content(database) == before)
            try await Self.expectWhole(database, after: hash)
        }
    }
}

extension PostgresStatement {
    fileprivate static let lastHash = PostgresStatement(once: "SELECT hash FROM holdfast.log_head")

    /// The function of format 1, without the roots.
    fileprivate static let appendFormatOne = PostgresStatement(
        name: "append_format_one",
        sql: "SELECT * FROM holdfast.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")
}

extension AppendBatch {
    fileprivate var formatOneParameters: PostgresParameters {
        let commands = streams.flatMap(\.commands)
        let events = commands.flatMap(\.events)
        var parameters = PostgresParameters(epoch)
        parameters.append(array: streams.map(\.stream.rawValue))
        parameters.append(array: streams.map(\.expectedVersion))
        parameters.append(
            array: streams.enumerated().flatMap { [Int32](repeating: Int32($0 + 1), count: $1.commands.count) })
        parameters.append(array: commands.map { PostgresUUID($0.id) })
        parameters.append(array: commands.map(\.principal))
        parameters.append(array: commands.map(\.fingerprint))
        parameters.append(array: commands.map(\.outcome))
        parameters.append(array: commands.map { Int32($0.events.count) })
        parameters.append(array: events.map(\.type))
        parameters.append(array: events.map { Int16($0.schemaVersion) })
        parameters.append(array: events.map(\.payload))
        return parameters
    }
}
