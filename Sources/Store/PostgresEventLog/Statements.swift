internal import Postgres

extension PostgresStatement {
    static let append = PostgresStatement(
        name: "append", sql: "SELECT * FROM holdfast.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)")

    static let barrier = PostgresStatement(name: "barrier", sql: "SELECT holdfast.barrier()")

    static let head = PostgresStatement(name: "head", sql: "SELECT epoch, position FROM holdfast.log_head")

    static let lastRecordedAt = PostgresStatement(
        name: "last_recorded_at", sql: "SELECT recorded_at FROM holdfast.log_head")

    static let sealedHead = PostgresStatement(name: "sealed_head", sql: "SELECT position, hash FROM holdfast.log_head")

    static let events = PostgresStatement(
        name: "events",
        sql: """
            SELECT \(eventColumns) FROM holdfast.events WHERE position > $1 AND position <= $2 ORDER BY position
            """)

    static let hashedEvents = PostgresStatement(
        name: "hashed_events",
        sql: """
            SELECT \(eventColumns), hash FROM holdfast.events WHERE position > $1 AND position <= $2 ORDER BY position
            """)

    static let streamEvents = PostgresStatement(
        name: "stream_events",
        sql: """
            SELECT \(eventColumns) FROM holdfast.events WHERE stream = $1 AND stream_version > $2
            ORDER BY stream_version LIMIT $3
            """)

    static let commands = PostgresStatement(
        name: "commands",
        sql: """
            SELECT id, principal, fingerprint, stream, outcome, position, event_count, recorded_at
            FROM holdfast.commands WHERE id = ANY ($1)
            """)

    static let epochs = PostgresStatement(
        name: "epochs", sql: "SELECT epoch, starts_after FROM holdfast.epochs ORDER BY epoch")

    static let positionAt = PostgresStatement(name: "position_at", sql: "SELECT holdfast.position_at($1)")

    private static let eventColumns =
        "position, stream, stream_version, type, schema_version, payload, command_id, recorded_at"
}
