import Domain
import EventLog
import Postgres
import TestSupport
import Testing

@testable import PostgresEventLog

/// The tables that batches are found through, compared with the batches.
@Suite("The look-up tables")
struct LookUpTests {
    /// The command of the first batch.
    private static let firstID = CommandID(high: 0x0A00_0000_0000_0000, low: 1)
    private static let protected = ["batches", "command_index", "stream_batches"]

    /// A log of 30 events on the streams a and b in 10 batches, two of which have no events and one of which has both
    /// streams.
    private static func withLog(_ body: (TestDatabase, PostgresEventLog) async throws -> Void) async throws {
        try await TestDatabase.with { database in
            let log = PostgresUnderTest(database: database).openLog()
            _ = try await log.append(.one(on: "a", events: 5, id: firstID))
            for version in 1..<4 as Range<Int64> {
                _ = try await log.append(.one(on: "a", at: version * 5, events: 5))
                _ = try await log.append(.one(on: "b", at: version - 1, events: 1))
            }
            for _ in 1...2 { _ = try await log.append(.one(on: "b", at: 3, events: 0)) }
            var both = AppendBatch.one(on: "a", at: 20, events: 3)
            both.streams += AppendBatch.one(on: "b", at: 3, events: 4).streams
            _ = try await log.append(both)
            try await body(database, log)
        }
    }

    private static func tamper(_ sql: String, with database: TestDatabase) async throws {
        let off = protected.map { "ALTER TABLE holdfast.\($0) DISABLE TRIGGER append_only;" }.joined()
        let on = protected.map { "ALTER TABLE holdfast.\($0) ENABLE ALWAYS TRIGGER append_only;" }.joined()
        try await database.admin().script("BEGIN; \(off) \(sql); \(on) COMMIT")
    }

    /// What `replay log check` finds.
    static func fault(in log: PostgresEventLog, meanwhile: () async throws -> Void = {}) async throws
        -> LookUpCheck.Fault?
    {
        let lookUps = try await LookUpCheck(of: log)
        try await meanwhile()
        var check = LogCheck(try await log.chainStart())
        while check.place.number < lookUps.head.batch {
            let limit = Int(min(4, lookUps.head.batch - check.place.number))
            let page = try await log.batches(after: check.place, limit: limit)
            for batch in page { try check.next(batch) }
            if let fault = try await lookUps.fault(in: page) { return fault }
        }
        try check.end(at: lookUps.head)
        return try await lookUps.fault(after: check)
    }

    @Test("are what the batches say, in a new log and in one that goes on meanwhile")
    func right() async throws {
        try await TestDatabase.with { database in
            let found = try await Self.fault(in: PostgresUnderTest(database: database).openLog())
            #expect(found == nil)
        }
        try await Self.withLog { _, log in
            #expect(try await Self.fault(in: log) == nil)
            let whileItGoesOn = try await Self.fault(in: log) {
                _ = try await log.append(.one(on: "a", at: 23, events: 2))
                _ = try await log.append(.one(on: "new", events: 3))
                _ = try await log.append(.one(on: "b", at: 7, events: 0))
            }
            #expect(whileItGoesOn == nil)
            #expect(try await Self.fault(in: log) == nil)
        }
    }

    private static let command = "command 0a000000000000000000000000000001"
    private static let stranger = "0b000000-0000-0000-0000-000000000002"

    /// What somebody does to the tables, and what is found.
    private static let changes: [(sql: String, fault: LookUpCheck.Fault)] = [
        (
            "DELETE FROM command_index WHERE id = '0a000000-0000-0000-0000-000000000001'",
            .init(.commandIndex, .missing, command)
        ),
        (
            "UPDATE command_index SET number = 2 WHERE id = '0a000000-0000-0000-0000-000000000001'",
            .init(.commandIndex, .wrong, command)
        ),
        (
            "UPDATE command_index SET last_position = 6 WHERE id = '0a000000-0000-0000-0000-000000000001'",
            .init(.commandIndex, .wrong, command)
        ),
        (
            "INSERT INTO command_index VALUES ('\(stranger)', 5, 1)",
            .init(.commandIndex, .extra, "command 0b000000000000000000000000000002")
        ),
        // Beyond the end of the log: a batch that is not there yet.
        (
            "INSERT INTO command_index VALUES ('\(stranger)', 1000, 99)",
            .init(.commandIndex, .extra, "command 0b000000000000000000000000000002")
        ),
        (
            "DELETE FROM stream_batches WHERE stream = 'a' AND first_version = 6",
            .init(.streamBatches, .missing, "a from version 6 on")
        ),
        (
            "UPDATE stream_batches SET first_position = 8 WHERE stream = 'a' AND first_version = 6",
            .init(.streamBatches, .wrong, "a from version 6 on")
        ),
        (
            "UPDATE stream_batches SET event_count = 3 WHERE stream = 'b' AND first_version = 4",
            .init(.streamBatches, .wrong, "b from version 4 on")
        ),
        ("INSERT INTO stream_batches VALUES ('a', 8, 8, 1)", .init(.streamBatches, .extra, "a from version 8 on")),
        ("INSERT INTO stream_batches VALUES ('a', 24, 30, 1)", .init(.streamBatches, .extra, "a from version 24 on")),
        ("INSERT INTO stream_batches VALUES ('a', -3, 1, 4)", .init(.streamBatches, .extra, "a from version -3 on")),
        ("INSERT INTO stream_batches VALUES ('c', 1, 7, 1)", .init(.streamBatches, .extra, "c from version 1 on")),
        (
            "INSERT INTO stream_batches VALUES ('c', 9223372036854775807, 7, 1)",
            .init(.streamBatches, .extra, "c from version 9223372036854775807 on")
        ),
        ("DELETE FROM streams WHERE stream = 'b'", .init(.streams, .missing, "b")),
        ("UPDATE streams SET version = version - 1 WHERE stream = 'a'", .init(.streams, .wrong, "a")),
        ("UPDATE streams SET last_position = 3 WHERE stream = 'a'", .init(.streams, .wrong, "a")),
        ("UPDATE streams SET version = 99, last_position = 1000 WHERE stream = 'b'", .init(.streams, .wrong, "b")),
        ("UPDATE streams SET last_position = -9223372036854775808 WHERE stream = 'b'", .init(.streams, .wrong, "b")),
        ("INSERT INTO streams VALUES ('Ünknown', 3, 7)", .init(.streams, .extra, "Ünknown")),
        ("INSERT INTO streams VALUES ('c', 3, 9223372036854775807)", .init(.streams, .extra, "c")),
    ]

    @Test("show a row that is missing, wrong or too many", arguments: changes.indices)
    func changed(_ index: Int) async throws {
        let (sql, fault) = Self.changes[index]
        try await Self.withLog { database, log in
            try await Self.tamper("SET LOCAL search_path = holdfast; \(sql)", with: database)
            let found = try await Self.fault(in: log)
            #expect(found == fault, "\(sql)")
        }
    }

    @Test("show a command that another's row stands in for: the count is right")
    func exchanged() async throws {
        try await Self.withLog { database, log in
            try await Self.tamper(
                """
                UPDATE holdfast.command_index SET id = '\(Self.stranger)'
                WHERE id = '0a000000-0000-0000-0000-000000000001'
                """, with: database)
            #expect(try await Self.fault(in: log) == LookUpCheck.Fault(.commandIndex, .missing, Self.command))
        }
    }
}
