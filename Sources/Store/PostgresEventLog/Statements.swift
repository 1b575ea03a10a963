internal import Postgres

extension PostgresStatement {
    static let append = PostgresStatement(
        name: "append", sql: "SELECT * FROM holdfast.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)")

    static let barrier = PostgresStatement(name: "barrier", sql: "SELECT holdfast.barrier()")
    static let readBarrier = PostgresStatement(name: "read_barrier", sql: "SELECT holdfast.read_barrier()")

    static let head = PostgresStatement(name: "head", sql: "SELECT epoch, position FROM holdfast.log_head")

    /// The head, beside each batch with events whose last position is from $1 to $2.
    static let look = PostgresStatement(
        name: "look",
        sql: """
            SELECT h.epoch, h.position, b.after_position, b.last_position, b.hash
            FROM holdfast.log_head AS h
            LEFT JOIN holdfast.batches AS b
                ON b.last_position BETWEEN $1 AND $2 AND b.last_position > b.after_position
            ORDER BY b.last_position
            """)

    static let lastRecordedAt = PostgresStatement(
        name: "last_recorded_at", sql: "SELECT recorded_at FROM holdfast.log_head")

    static let hashedHead = PostgresStatement(
        name: "hashed_head", sql: "SELECT epoch, position, batch, hash, recorded_at FROM holdfast.log_head")

    /// The head, and how many rows `command_index` and `stream_batches` have at that very moment.
    static let countedHead = PostgresStatement(
        name: "counted_head",
        sql: """
            SELECT epoch, position, batch, hash, recorded_at, (SELECT count(*) FROM holdfast.command_index),
                (SELECT count(*) FROM holdfast.stream_batches)
            FROM holdfast.log_head
            """)

    /// One of the commands $1 whose row in `command_index` does not name the batch with the last position $2 and the number
    /// $3, beside it, and whether it has none.
    static let misplacedCommand = PostgresStatement(
        name: "misplaced_command",
        sql: """
            SELECT n.id, k.id IS NULL
            FROM unnest($1, $2, $3) AS n (id, last_position, number)
            LEFT JOIN holdfast.command_index AS k ON k.id = n.id
            WHERE (k.last_position, k.number) IS DISTINCT FROM (n.last_position, n.number)
            LIMIT 1
            """)

    /// One of the streams $1 and first versions $2 whose row in `stream_batches` does not have the first position $3 and so
    /// many events ($4), beside them, and whether it has none.
    static let misplacedStreamBatch = PostgresStatement(
        name: "misplaced_stream_batch",
        sql: """
            SELECT n.stream, n.first_version, s.stream IS NULL
            FROM unnest($1, $2, $3, $4) AS n (stream, first_version, first_position, event_count)
            LEFT JOIN holdfast.stream_batches AS s ON s.stream = n.stream AND s.first_version = n.first_version
            WHERE (s.first_position, s.event_count) IS DISTINCT FROM (n.first_position, n.event_count)
            LIMIT 1
            """)

    /// The first command from $1 to $2 in `command_index` whose batch does not have it.
    static let strangeCommand = PostgresStatement(
        name: "strange_command",
        sql: """
            SELECT k.id FROM holdfast.command_index AS k
            LEFT JOIN holdfast.batches AS b ON b.last_position = k.last_position AND b.number = k.number
            WHERE k.id BETWEEN $1 AND $2 AND (b.number IS NULL OR k.id <> ALL (b.c_id))
            ORDER BY k.id LIMIT 1
            """)

    /// The rows of `stream_batches` after the one of the stream $1 with the first version $2.
    static let streamBatches = PostgresStatement(
        name: "stream_batches",
        sql: """
            SELECT stream, first_version, first_position, event_count FROM holdfast.stream_batches
            WHERE (stream, first_version) > ($1, $2) ORDER BY stream, first_version LIMIT $3
            """)

    /// The streams after $1, each with the log's last position at that moment.
    static let streams = PostgresStatement(
        name: "streams",
        sql: """
            SELECT t.stream, t.version, t.last_position, h.position
            FROM holdfast.streams AS t CROSS JOIN holdfast.log_head AS h
            WHERE t.stream > $1 ORDER BY t.stream LIMIT $2
            """)

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
        c_principal, c_fingerprint, c_outcome, c_events, e_type, e_schema_version, e_payload, last_position
        """
}
