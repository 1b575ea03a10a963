public import EventLog
public import Logging
import Postgres

/// The checkpoints of sinks, as PostgreSQL has them (`schema/sinks`).
///
/// Every call throws what PostgreSQL says; each can be made again.
public final class PostgresSinkCheckpoints: SinkCheckpoints {
    private let client: PostgresClient

    /// - Parameter conninfo: a libpq connection string; the role needs what `holdfast_appender` has.
    public init(conninfo: String, logger: Logger) {
        client = PostgresClient(
            PostgresClient.Configuration(
                conninfo: conninfo, applicationName: "holdfast-sinks", statementTimeout: .seconds(2)),
            logger: logger)
    }

    public func checkpoint(of sink: String) async throws -> LogPosition? {
        let rows = try await client.query(.checkpoint, PostgresParameters(sink))
        guard rows.rowCount == 1 else { return nil }
        return LogPosition(epoch: try rows.int64(0, 0), position: try rows.int64(0, 1))
    }

    public func keep(_ place: LogPosition, of sink: String) async throws {
        _ = try await client.query(.keepCheckpoint, PostgresParameters(sink, place.epoch, place.position))
    }

    public func disconnect() async { await client.disconnect() }
}

extension PostgresStatement {
    fileprivate static let checkpoint = PostgresStatement(
        name: "sink_checkpoint", sql: "SELECT epoch, position FROM holdfast_sinks.checkpoints WHERE sink = $1")
    fileprivate static let keepCheckpoint = PostgresStatement(
        name: "keep_sink_checkpoint",
        sql: """
            INSERT INTO holdfast_sinks.checkpoints AS kept (sink, epoch, position) VALUES ($1, $2, $3)
            ON CONFLICT (sink) DO UPDATE
                SET epoch = excluded.epoch, position = excluded.position, moved_at = excluded.moved_at
                WHERE (kept.epoch, kept.position) < (excluded.epoch, excluded.position)
            """)
}
