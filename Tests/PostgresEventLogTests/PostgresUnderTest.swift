import Domain
import EventLog
import EventLogContract
import Logging
import Postgres
import TestSupport

@testable import PostgresEventLog

/// A log in a database of its own.
struct PostgresUnderTest: LogUnderTest {
    let database: TestDatabase

    func open() -> any EventLog & EventAuditor { openLog() }

    func openLog(statementTimeout: Duration = .seconds(20)) -> PostgresEventLog {
        PostgresEventLog(conninfo: database.appConninfo, statementTimeout: statementTimeout, logger: .test)
    }

    func begin(_ batch: AppendBatch) async throws -> any OpenTransaction {
        try await begin { _ = try await $0.query(.append, batch.parameters) }
    }

    func beginEpoch() async throws -> any OpenTransaction {
        try await begin { try await $0.script("SELECT holdfast.raise_epoch()") }
    }

    private func begin(_ write: (PostgresClient) async throws -> Void) async throws -> any OpenTransaction {
        let client = database.admin()
        try await client.script("BEGIN")
        try await write(client)
        return Open(client: client)
    }

    private struct Open: OpenTransaction {
        let client: PostgresClient
        func commit() async throws { try await client.script("COMMIT") }
        func rollBack() async throws { try await client.script("ROLLBACK") }
    }
}

extension AppendBatch {
    /// One command with so many events on one stream.
    static func one(
        on stream: String = "a", at version: Int64 = 0, events: Int = 1, id: CommandID? = nil
    ) -> AppendBatch {
        let id = id ?? CommandID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
        return AppendBatch(
            epoch: 1,
            streams: [
                StreamAppend(
                    stream: StreamID(stream), expectedVersion: version,
                    commands: [
                        DecidedCommand(
                            id: id, principal: "user-1", fingerprint: id.bytes + id.bytes, outcome: [1],
                            events: (0..<events).map { index in
                                EncodedEvent(
                                    type: "SeatsHeld✓", schemaVersion: 2,
                                    payload: [UInt8](repeating: UInt8(index & 255), count: index))
                            })
                    ])
            ])
    }
}
