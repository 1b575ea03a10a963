import Domain
import EventLog
import Postgres
import PostgresEventLog
import TestSupport
import Testing

@Suite("The log is append-only")
struct AppendOnlyTests {
    /// Each table, with a change of it.
    private static let tables = [
        "batches": "epoch = 1", "batches_from_0": "epoch = 1", "command_index": "number = 0",
        "stream_batches": "event_count = 1", "chain_start": "position = 0",
    ]

    private static let changes = tables.flatMap { table, change in
        [
            "UPDATE holdfast.\(table) SET \(change)", "DELETE FROM holdfast.\(table)", "TRUNCATE holdfast.\(table)",
            "UPDATE holdfast.\(table) SET \(change) WHERE false",
        ]
    }

    private static let forbidden = [
        "INSERT INTO holdfast.batches SELECT * FROM holdfast.batches",
        "INSERT INTO holdfast.command_index SELECT * FROM holdfast.command_index",
        "INSERT INTO holdfast.stream_batches SELECT * FROM holdfast.stream_batches",
        "UPDATE holdfast.log_head SET position = 0", "DELETE FROM holdfast.log_head", "DELETE FROM holdfast.streams",
        "UPDATE holdfast.streams SET version = 7", "INSERT INTO holdfast.epochs VALUES (9, 0, now())",
        "SELECT holdfast.raise_epoch()", "SELECT holdfast.add_partition(0, 1)", "DROP TABLE holdfast.batches",
        "ALTER TABLE holdfast.batches DISABLE TRIGGER ALL", "CREATE TABLE holdfast.mine ()", "SET ROLE holdfast_owner",
        "SELECT * FROM holdfast.log_head FOR UPDATE", "SELECT holdfast.merkle_root('{}')",
    ]

    @Test("to nodes, which have no right but to read it, and some of them to append")
    func nodes() async throws {
        try await TestDatabase.with { database in
            _ = try await PostgresUnderTest(database: database).openLog().append(.one(events: 2))
            for node in [database.app(), database.reader()] {
                for statement in Self.changes + Self.forbidden {
                    let error = await #expect(throws: PostgresError.self, "\(statement)") {
                        try await node.script(statement)
                    }
                    #expect(error?.sqlState == "42501", "\(statement)")
                }
                await node.disconnect()
            }
        }
    }

    @Test("to a superuser, whichever table or setting they take")
    func superuser() async throws {
        try await TestDatabase.with { database in
            let log = PostgresUnderTest(database: database).openLog()
            _ = try await log.append(.one(events: 2))
            for prefix in ["", "SET ROLE holdfast_owner", "SET session_replication_role = replica"] {
                let admin = database.admin()
                try await admin.script(prefix)
                for statement in Self.changes {
                    let error = await #expect(throws: PostgresError.self, "\(statement)") {
                        try await admin.script(statement)
                    }
                    #expect(error?.sqlState == "LG002", "\(statement) after \(prefix)")
                }
            }
            #expect(try await log.events(after: 0, limit: 10).count == 2)
        }
    }
}
