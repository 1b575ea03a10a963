import Domain
import EventLog
import Postgres
import PostgresEventLog
import TestSupport

/// What only an operator, a failover or an accident does to the log.
extension Cluster {
    /// Appends an event as another version of the program might. Returns its sequence number.
    func append(_ event: EncodedEvent, to show: String) async throws -> Int64 {
        let log = log()
        let version = Int64(try await log.events(of: StreamID(show), after: 0, limit: 10_000).count)
        let id = CommandID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
        let command = DecidedCommand(
            id: id, principal: "system", fingerprint: id.bytes + id.bytes, outcome: [], events: [event])
        let result = try await log.append(
            AppendBatch(
                epoch: 1, streams: [StreamAppend(stream: StreamID(show), expectedVersion: version, commands: [command])]
            ))
        return result.head
    }

    /// Changes a letter of the user's name in the last event, past all that protects the log.
    func editLastEvent() async throws {
        try await database.admin().script(
            """
            BEGIN;
            ALTER TABLE holdfast.batches DISABLE TRIGGER append_only;
            UPDATE holdfast.batches SET e_payload[cardinality(e_payload)] = overlay(
                    e_payload[cardinality(e_payload)] PLACING 'Z'
                    FROM position('user-'::bytea IN e_payload[cardinality(e_payload)]) + 5)
                WHERE last_position = (SELECT position FROM holdfast.log_head) AND last_position > after_position;
            ALTER TABLE holdfast.batches ENABLE ALWAYS TRIGGER append_only;
            COMMIT;
            """)
    }

    /// Ends the epoch, as an operator does after a failover. Returns the new one.
    func raiseEpoch() async throws -> Int64 {
        try await database.admin().query(PostgresStatement(once: "SELECT holdfast.raise_epoch()")).int64(0, 0)
    }

    /// Cuts off the batches that reach beyond `position`, as a failover to a standby that was behind would, and begins a
    /// new epoch.
    ///
    /// - Parameter raisingEpoch: not to is an operator's mistake.
    func loseTail(after position: Int64, raisingEpoch: Bool = true) async throws {
        try await database.admin().script(
            """
            BEGIN;
            SELECT 1 FROM holdfast.log_head FOR UPDATE;
            ALTER TABLE holdfast.batches DISABLE TRIGGER append_only;
            ALTER TABLE holdfast.command_index DISABLE TRIGGER append_only;
            ALTER TABLE holdfast.stream_batches DISABLE TRIGGER append_only;
            DELETE FROM holdfast.batches WHERE last_position > \(position);
            DELETE FROM holdfast.command_index WHERE last_position > \(position);
            DELETE FROM holdfast.stream_batches
                WHERE first_position > (SELECT coalesce(max(last_position), 0) FROM holdfast.batches);
            DELETE FROM holdfast.streams;
            INSERT INTO holdfast.streams (stream, version, last_position)
                SELECT stream, sum(event_count), max(first_position + event_count - 1)
                FROM holdfast.stream_batches GROUP BY stream;
            UPDATE holdfast.log_head AS h SET position = b.last_position, batch = b.number, hash = b.hash
                FROM (SELECT last_position, number, hash FROM holdfast.batches
                    UNION ALL SELECT position, 0, hash FROM holdfast.chain_start
                    ORDER BY number DESC LIMIT 1) AS b;
            ALTER TABLE holdfast.batches ENABLE ALWAYS TRIGGER append_only;
            ALTER TABLE holdfast.command_index ENABLE ALWAYS TRIGGER append_only;
            ALTER TABLE holdfast.stream_batches ENABLE ALWAYS TRIGGER append_only;
            \(raisingEpoch ? "SELECT holdfast.raise_epoch();" : "")
            COMMIT;
            """)
    }
}
