public import EventLog
public import Logging
import Postgres

/// The outbox: a table of the log's events for change data capture (`schema/sinks/0002_outbox.sql`).
///
/// Every call throws what PostgreSQL says; each can be made again.
public final class PostgresOutbox: Sendable {
    /// One event, as a row.
    public struct Row: Sendable {
        var position: Int64
        var id: String
        var aggregateType: String
        var aggregateID: String
        var type: String
        var payload: String

        /// - Parameters:
        ///   - position: the event's sequence number.
        ///   - id: the event's place, as a token.
        ///   - payload: a JSON document.
        public init(
            position: Int64, id: String, aggregateType: String, aggregateID: String, type: String, payload: String
        ) {
            self.position = position
            self.id = id
            self.aggregateType = aggregateType
            self.aggregateID = aggregateID
            self.type = type
            self.payload = payload
        }
    }

    /// Old rows that one call deletes at most, oldest first.
    private static let deletedMax: Int32 = 10_000

    private let client: PostgresClient

    /// - Parameter conninfo: a libpq connection string; the role needs what `holdfast_appender` has.
    public init(conninfo: String, logger: Logger) {
        client = PostgresClient(
            PostgresClient.Configuration(
                conninfo: conninfo, applicationName: "holdfast-outbox", statementTimeout: .seconds(10)),
            logger: logger)
    }

    /// Adds rows, in one transaction, if the log of this very server has their events. Those that are there stay as they are.
    ///
    /// - Parameters:
    ///   - rows: at least one, ascending.
    ///   - epoch: of the log that they are from.
    /// - Returns: false: nothing was added. After a failover the server may have lost the events, and be in another epoch.
    public func add(_ rows: [Row], epoch: Int64) async throws -> Bool {
        var values = PostgresParameters()
        values.append(array: rows.map(\.position))
        for column in [\Row.id, \.aggregateType, \.aggregateID, \.type, \.payload] {
            values.append(array: rows.map { $0[keyPath: column] })
        }
        values.append(epoch)
        values.append(rows.last?.position ?? 0)
        return try await client.query(.addToOutbox, values).bool(0, 0)
    }

    /// The place of the last row; nil: there is none.
    public func last() async throws -> LogPosition? {
        let rows = try await client.query(.lastOfOutbox)
        return rows.rowCount == 1 ? LogPosition(try rows.text(0, 0)) : nil
    }

    /// Deletes rows whose next one was added longer ago than `days`, some of them at a time: who reads on after a row finds it there
    /// for that long.
    ///
    /// - Returns: whether there may be more.
    public func deleteOlder(thanDays days: Int) async throws -> Bool {
        let deleted = try await client.query(.emptyOutbox, PostgresParameters(Int32(clamping: days), Self.deletedMax))
        return deleted.rowCount == Int(Self.deletedMax)
    }

    public func disconnect() async { await client.disconnect() }
}

extension PostgresStatement {
    fileprivate static let addToOutbox = PostgresStatement(
        name: "add_to_outbox",
        sql: """
            WITH log AS MATERIALIZED (
                SELECT epoch = $7 AND position >= $8 AS has_all FROM holdfast.log_head
            ), added AS (
                INSERT INTO holdfast_sinks.outbox (position, id, aggregatetype, aggregateid, type, payload)
                SELECT told.position, id, aggregatetype, aggregateid, type, payload::json
                FROM unnest($1, $2, $3, $4, $5, $6) AS told (position, id, aggregatetype, aggregateid, type, payload), log
                WHERE has_all ORDER BY told.position
                ON CONFLICT (position) DO NOTHING
            )
            SELECT has_all FROM log
            """)
    fileprivate static let emptyOutbox = PostgresStatement(
        name: "empty_outbox",
        sql: """
            DELETE FROM holdfast_sinks.outbox WHERE position IN (
                SELECT position FROM (
                    SELECT position, lead(told_at) OVER (ORDER BY position) AS followed_at
                    FROM (SELECT position, told_at FROM holdfast_sinks.outbox ORDER BY position LIMIT $2 + 1) AS oldest
                ) AS followed
                WHERE followed_at < now() - make_interval(days => $1)
            ) RETURNING true
            """)
    fileprivate static let lastOfOutbox = PostgresStatement(
        name: "last_of_outbox", sql: "SELECT id FROM holdfast_sinks.outbox ORDER BY position DESC LIMIT 1")
}
