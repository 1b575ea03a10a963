import Domain
import EventLog
import Postgres
import PostgresEventLog
import TestSupport
import Testing

@Suite("The hash chain")
struct HashChainTests {
    /// A log of 30 events on two streams, some of them rejections', checked after `tampering`.
    private func fault(after tampering: String?) async throws -> LogCheck.Fault? {
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
                    ALTER TABLE holdfast.events_from_1 DISABLE TRIGGER append_only;
                    ALTER TABLE holdfast.events DISABLE TRIGGER append_only;
                    \(tampering)
                    """)
            }
            let head = try await log.sealedHead()
            var check = LogCheck()
            do {
                while case let page = try await log.hashedEvents(after: check.position, limit: 7), !page.isEmpty {
                    for event in page { try check.next(event) }
                }
                try check.end(at: head)
                return nil
            } catch let fault as LogCheck.Fault {
                return fault
            }
        }
    }

    @Test("is the same whether PostgreSQL or Swift computes it")
    func whole() async throws {
        #expect(try await fault(after: nil) == nil)
    }

    @Test(
        "shows a change of any column",
        arguments: [
            "payload = payload || '\\x00'", "stream = 'c'", "stream_version = 99", "type = 'SeatsReleased'",
            "schema_version = 3", "command_id = gen_random_uuid()",
            "recorded_at = recorded_at + interval '1 microsecond'",
            "hash = sha256('x')",
        ])
    func changed(_ change: String) async throws {
        let fault = try await fault(after: "UPDATE holdfast.events SET \(change) WHERE position = 11")
        #expect(fault == LogCheck.Fault(position: 11, kind: .hash))
    }

    @Test("shows an event that was deleted, and a tail that was")
    func deleted() async throws {
        #expect(
            try await fault(after: "DELETE FROM holdfast.events WHERE position = 11")
                == LogCheck.Fault(position: 11, kind: .gap(found: 12)))
        let cut = try await fault(after: "DELETE FROM holdfast.events WHERE position > 28")
        #expect(cut?.position == 28)
    }
}
