internal import Postgres

extension PostgresStatement {
    static let append = PostgresStatement(
        name: "append", sql: "SELECT * FROM holdfast.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)")

    static let barrier = PostgresStatement(name: "barrier", sql: "SELECT holdfast.barrier()")

    static let head = PostgresStatement(name: "head", sql: "SELECT epoch, position FROM holdfast.log_head")

    static let lastRecordedAt = PostgresStatement(
        name: "last_recorded_at", sql: "SELECT recorded_at FROM holdfast.log_head")

    static let hashedHead = PostgresStatement(
        name: "hashed_head", sql: "SELECT epoch, position, batch, hash, recorded_at FROM holdfast.log_head")

    static let chainStart = PostgresStatement(
        name: "chain_start", sql: "SELECT position, hash FROM holdfast.chain_start")

    /// The batches with events after $1 up to $2, the first and the last of which may reach further.
    static let events = PostgresStatement(
        name: "events",
        sql: """
            SELECT after_position, recorded_at, s_name, s_version, c_stream, c_id, c_events, e_type, e_schema_version,
                e_payload
            FROM holdfast.batches
            WHERE last_position > $1 AND last_position > after_position AND last_position <= coalesce(
                (SELECT last_position FROM holdfast.batches WHERE last_position >= $2 AND last_position > after_position
                    ORDER BY last_position LIMIT 1), 9223372036854775807)
            ORDER BY last_position
            """)

    /// A stream's parts of the batches with its versions after $2, so many versions ($3); the first and the last may
    /// reach further.
    static let streamEvents = PostgresStatement(
        name: "stream_events",
        sql: """
            SELECT s.first_position - 1, b.recorded_at, ARRAY[s.stream], ARRAY[s.first_version - 1],
                array_fill(1, ARRAY[c.last - c.first + 1]), b.c_id[c.first:c.last], b.c_events[c.first:c.last],
                b.e_type[e.first:e.last], b.e_schema_version[e.first:e.last], b.e_payload[e.first:e.last]
            FROM holdfast.stream_batches AS s
            CROSS JOIN LATERAL (
                SELECT * FROM holdfast.batches
                WHERE last_position >= s.first_position AND last_position > after_position
                ORDER BY last_position LIMIT 1
            ) AS b
            CROSS JOIN LATERAL (SELECT array_position(b.s_name, s.stream) AS index) AS i
            CROSS JOIN LATERAL (
                SELECT array_position(b.c_stream, i.index) AS first,
                    coalesce(array_position(b.c_stream, i.index + 1) - 1, cardinality(b.c_stream)) AS last
            ) AS c
            CROSS JOIN LATERAL (
                SELECT (s.first_position - b.after_position)::integer AS first,
                    (s.first_position - b.after_position)::integer + s.event_count - 1 AS last
            ) AS e
            WHERE s.stream = $1 AND s.first_version <= $2 + $3 AND s.first_version >= coalesce(
                (SELECT first_version FROM holdfast.stream_batches WHERE stream = $1 AND first_version <= $2
                    ORDER BY first_version DESC LIMIT 1), 1)
            ORDER BY s.first_version
            """)

    static let commands = PostgresStatement(
        name: "commands",
        sql: """
            SELECT id, principal, fingerprint, stream, outcome, position, event_count, recorded_at
            FROM holdfast.recorded_commands($1)
            """)

    /// The batches after the one with the last position $1 and the number $2.
    static let batches = PostgresStatement(
        name: "batches",
        sql: """
            SELECT \(batchColumns) FROM holdfast.batches
            WHERE last_position >= $1 AND (last_position, number) > ($1, $2)
            ORDER BY last_position, number LIMIT $3
            """)

    /// The batch with the command $1, then the hash of the batch before it.
    static let batchOfCommand = PostgresStatement(
        name: "batch_of_command",
        sql: """
            SELECT \(batchColumns), coalesce(
                (SELECT p.hash FROM holdfast.batches AS p
                    WHERE p.last_position <= b.last_position AND (p.last_position, p.number) < (b.last_position, b.number)
                    ORDER BY p.last_position DESC, p.number DESC LIMIT 1),
                (SELECT hash FROM holdfast.chain_start))
            FROM holdfast.batches AS b
            WHERE (last_position, number) = (SELECT last_position, number FROM holdfast.command_index WHERE id = $1)
            """)

    static let epochs = PostgresStatement(
        name: "epochs", sql: "SELECT epoch, starts_after FROM holdfast.epochs ORDER BY epoch")

    static let positionAt = PostgresStatement(name: "position_at", sql: "SELECT holdfast.position_at($1)")

    private static let batchColumns = """
        number, epoch, after_position, recorded_at, hash, s_name, s_version, s_last_position, s_root, c_stream, c_id,
        c_principal, c_fingerprint, c_outcome, c_events, e_type, e_schema_version, e_payload
        """
}
