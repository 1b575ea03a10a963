import Domain
import EventLog
import Foundation
import Postgres
import PostgresEventLog
import Subprocess
import TestSupport
import Testing

@Suite("The hash chain")
struct HashChainTests {
    /// A log of 30 events on two streams in 15 batches, a third of them rejections'.
    private static func withLog(
        tampering: String? = nil, _ body: (TestDatabase, PostgresEventLog) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let log = PostgresUnderTest(database: database).openLog()
            for version in 0..<5 as Range<Int64> {
                _ = try await log.append(.one(on: "a", at: version * 5, events: 5))
                _ = try await log.append(.one(on: "b", at: version, events: 0))
                _ = try await log.append(.one(on: "b", at: version, events: 1))
            }
            if let tampering {
                try await database.admin().script(
                    """
                    ALTER TABLE holdfast.batches DISABLE TRIGGER append_only;
                    \(tampering)
                    """)
            }
            try await body(database, log)
        }
    }

    private static func fault(in log: PostgresEventLog) async throws -> LogCheck.Fault? {
        let head = try await log.hashedHead()
        var check = LogCheck(try await log.chainStart())
        do {
            while case let page = try await log.batches(after: check.place, limit: 4), !page.isEmpty {
                for batch in page { try check.next(batch) }
            }
            try check.end(at: head)
            return nil
        } catch let fault as LogCheck.Fault {
            return fault
        }
    }

    /// What the Python program in `schema` says; nil if it finds the log whole.
    private static func verdict(on database: TestDatabase, head: URL? = nil) async throws -> String? {
        var arguments = ["python3", Project.root.appending(path: "schema/verify.py").path, database.appConninfo]
        if let head { arguments.append(head.path) }
        let result = try await Subprocess.run(
            .name("env"), arguments: Arguments(arguments), output: .string(limit: 1 << 16),
            error: .string(limit: 1 << 16))
        guard case .exited(0) = result.terminationStatus else { return result.standardError }
        return nil
    }

    /// What the check and the Python program say about a log after `tampering`.
    private static func findings(after tampering: String? = nil) async throws -> (
        fault: LogCheck.Fault?, verdict: String?
    ) {
        var findings: (LogCheck.Fault?, String?)
        try await withLog(tampering: tampering) { database, log in
            findings = (try await fault(in: log), try await verdict(on: database))
        }
        return findings
    }

    @Test("is the same whether PostgreSQL, Swift or Python computes it")
    func whole() async throws {
        let (fault, verdict) = try await Self.findings()
        #expect(fault == nil && verdict == nil)
    }

    /// Changes of the batch with the events 7 to 11, number 4, and what they do to its hash.
    private static let changes: [(change: String, kind: LogCheck.Fault.Kind)] = [
        ("e_payload[5] = e_payload[5] || '\\x00'", .content("a")), ("e_type[5] = 'SeatsReleased'", .content("a")),
        ("e_schema_version[5] = 3", .content("a")), ("c_id[1] = gen_random_uuid()", .content("a")),
        ("c_principal[1] = 'user-2'", .content("a")), ("c_outcome[1] = ''", .content("a")),
        ("c_fingerprint[1] = sha256('x')", .content("a")), ("s_root[1] = sha256('x')", .content("a")),
        ("s_name[1] = 'c'", .hash), ("s_version[1] = 99", .hash), ("s_last_position[1] = 4", .hash),
        ("recorded_at = recorded_at + interval '1 microsecond'", .hash), ("epoch = 2", .hash),
        ("hash = sha256('x')", .hash),
    ]

    @Test("shows a change of any column", arguments: changes.indices)
    func changed(_ index: Int) async throws {
        let (change, kind) = Self.changes[index]
        let (fault, verdict) = try await Self.findings(
            after: "UPDATE holdfast.batches SET \(change) WHERE number = 4")
        #expect(fault == LogCheck.Fault(batch: 4, position: 6, kind: kind))
        #expect(verdict?.contains("batch 4") == true, "\(verdict ?? "whole")")
    }

    /// Of two streams in one batch, number 16.
    private static let contradictions = [
        "c_stream = '{2,1}'", "c_stream = '{0,1}'", "c_stream = '{1,3}'", "c_events = '{3,-1}'",
        "e_type = e_type || 'x'::text", "c_principal = c_principal || 'x'::text", "s_version[2] = -1",
        "s_version[2] = 9223372036854775807", "c_events = '{1,2}'",
    ]

    @Test("is of no batch that contradicts itself, which no reader trips over", arguments: contradictions)
    func contradiction(_ change: String) async throws {
        try await Self.withLog { database, log in
            var batch = AppendBatch.one(on: "c")
            batch.streams += AppendBatch.one(on: "d").streams
            _ = try await log.append(batch)
            try await database.admin().script(
                """
                ALTER TABLE holdfast.batches DISABLE TRIGGER append_only;
                UPDATE holdfast.batches SET \(change) WHERE number = 16;
                """)
            let check = await #expect(throws: LogError.self) { try await Self.fault(in: log) }
            #expect(check?.code == .refused)
            if !change.hasPrefix("c_principal") {
                let read = await #expect(throws: LogError.self) { try await log.events(after: 0, limit: 100) }
                #expect(read?.code == .refused)
            }
            let verdict = try await Self.verdict(on: database)
            #expect(verdict?.contains("batch 16") == true, "\(verdict ?? "whole")")
        }
    }

    @Test("is of no batch that stands elsewhere than its events do")
    func misplaced() async throws {
        // Readers that ask for what comes after event 10 would never see event 11.
        try await Self.withLog(tampering: "UPDATE holdfast.batches SET last_position = 10 WHERE number = 4") {
            database, log in
            let check = await #expect(throws: LogError.self) { try await Self.fault(in: log) }
            #expect(check?.message.contains("batch 4") == true, "\(check.map(String.init(describing:)) ?? "whole")")
            let verdict = try await Self.verdict(on: database)
            #expect(verdict?.contains("batch 4") == true)
        }
    }

    @Test("shows a start that contradicts itself, or that the log does not reach")
    func chainStart() async throws {
        for change in ["position = 31", "hash = sha256('x')", "position = 31, hash = sha256('x')"] {
            let findings = try await Self.findings(
                after: """
                    ALTER TABLE holdfast.chain_start DISABLE TRIGGER append_only;
                    UPDATE holdfast.chain_start SET \(change);
                    """)
            #expect(findings.fault != nil && findings.verdict != nil, "\(change)")
        }
    }

    @Test("is followed by the Python program up to the head that it saw, though the log goes on")
    func growing() async throws {
        let tampering = """
            UPDATE holdfast.log_head SET (position, batch, hash) =
                (SELECT last_position, number, hash FROM holdfast.batches WHERE number = 13);
            """
        let (_, verdict) = try await Self.findings(after: tampering)
        #expect(verdict == nil)
    }

    @Test("of an empty log is remembered too")
    func emptyHead() async throws {
        try await Self.withLog { database, log in
            try await withTemporaryFolder { folder in
                let file = folder.appending(path: "head.json")
                var head = try await log.hashedHead()
                head.position = 0
                head.batch = 0
                head.hash = ChainStart.new.hash
                try JSONEncoder().encode(SignedHead(head: head)).write(to: file)
                let whole = try await Self.verdict(on: database, head: file)
                #expect(whole == nil)
                head.hash[0] = 1
                try JSONEncoder().encode(SignedHead(head: head)).write(to: file)
                let verdict = try await Self.verdict(on: database, head: file)
                #expect(verdict?.contains("the log was rewritten") == true)
            }
        }
    }

    @Test("shows a batch that was deleted, and a tail that was")
    func deleted() async throws {
        let hole = try await Self.findings(after: "DELETE FROM holdfast.batches WHERE number = 5")
        #expect(hole.fault == LogCheck.Fault(batch: 5, position: 11, kind: .gap(found: 6)))
        #expect(hole.verdict?.contains("batch 5 is missing") == true)
        let cut = try await Self.findings(after: "DELETE FROM holdfast.batches WHERE number > 13")
        #expect(cut.fault?.batch == 13)
        #expect(cut.verdict?.contains("the head is another") == true)
    }

    @Test("shows a tail that was cut off with the head, to whoever has an earlier head")
    func cutWithHead() async throws {
        try await Self.withLog { database, log in
            let earlier = try await log.hashedHead()
            try await withTemporaryFolder { folder in
                let file = folder.appending(path: "head.json")
                try JSONEncoder().encode(SignedHead(head: earlier)).write(to: file)
                let untouched = try await Self.verdict(on: database, head: file)
                #expect(untouched == nil)
                try await database.admin().script(
                    """
                    ALTER TABLE holdfast.batches DISABLE TRIGGER append_only;
                    DELETE FROM holdfast.batches WHERE number > 13;
                    UPDATE holdfast.log_head SET (position, batch, hash) =
                        (SELECT last_position, number, hash FROM holdfast.batches WHERE number = 13);
                    """)
                let fault = try await Self.fault(in: log)
                let withoutHead = try await Self.verdict(on: database)
                #expect(fault == nil && withoutHead == nil, "nothing in the log itself tells")
                let verdict = try await Self.verdict(on: database, head: file)
                #expect(verdict?.contains("the log was cut off after batch 13") == true)
            }
        }
    }
}
