import Diagnosis
import Foundation
import Logging
import Postgres

/// What a database is like, asked as the role that the nodes use.
enum DatabaseReading {
    /// What a database is to have: a folder of files below `schema/` and the schema that they make.
    enum Part: String, CaseIterable {
        case log = "."
        case accounts, webhooks, sinks, orders, shows

        /// Whether it may be in a database of its own, with the other that may.
        var isStoredViews: Bool { self == .orders || self == .shows }

        fileprivate var schema: String { self == .log ? "holdfast" : "holdfast_\(rawValue)" }
    }

    /// - Parameters:
    ///   - parts: what this database is to have. Without the log it is looked at for these alone.
    ///   - schema: the folder with the files that should be applied; nil: that is not looked at.
    static func findings(conninfo: String, parts: [Part], schema: String?) async -> [Finding] {
        var logger = Logger(label: "holdfast") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .critical
        let client = PostgresClient(
            PostgresClient.Configuration(conninfo: conninfo, applicationName: "holdfast-doctor"), logger: logger)
        var findings: [Finding] = []
        do {
            // The first statement connects, which is no part of the time between two clocks.
            _ = try await client.query(.ping)
            findings += try await server(client)
            if parts.contains(.log) {
                findings += try await role(client)
                findings.append(try await waits(client))
                findings += try await sinks(client)
                findings += try await webhooks(client)
            }
            if let schema {
                for part in parts { findings.append(try await files(of: part, in: schema, client)) }
            }
        } catch {
            findings.append(
                findings.isEmpty
                    ? Finding(
                        "connection", .problem, "\(error)",
                        advice: "Is PostgreSQL running, and has tools/migrate run? See docs/runbook.md#postgreserrors.")
                    : Finding(
                        "database", .problem, "\(error)", advice: "Does the role lack a right? See schema/README.md."))
        }
        await client.disconnect()
        return findings
    }

    private static func server(_ client: PostgresClient) async throws(PostgresError) -> [Finding] {
        let began = Date()
        let row = try await client.query(.server)
        let ended = Date()
        let there = Double(try row.timestamp(0, 1).microsecondsSince1970) / 1e6
        let here = (began.timeIntervalSince1970 + ended.timeIntervalSince1970) / 2
        return [
            .postgresVersion(Int(try row.int32(0, 0))),
            .clock(offset: here - there, uncertainty: ended.timeIntervalSince(began) / 2, against: "the database"),
            .standby(isInRecovery: try row.bool(0, 2)),
            .connections(used: Int(try row.int32(0, 3)), max: Int(try row.int32(0, 4))),
            .setting("synchronous_commit", try row.text(0, 5)), .setting("fsync", try row.text(0, 6)),
            .setting("full_page_writes", try row.text(0, 7)),
        ]
    }

    private static func role(_ client: PostgresClient) async throws(PostgresError) -> [Finding] {
        let row = try await client.query(.role)
        guard try row.bool(0, 3) else {
            return [Finding("schema", .problem, "there is no schema holdfast", advice: "Run tools/migrate.")]
        }
        let lacks = try row.text(0, 4).split(separator: " ").map(String.init)
        return [
            .role(try row.text(0, 0), isSuperuser: try row.bool(0, 1), mayChange: try row.bool(0, 2), lacks: lacks)
        ]
    }

    private static func waits(_ client: PostgresClient) async throws(PostgresError) -> Finding {
        let row = try await client.query(.waits)
        return .waits(
            lock: Double(try row.int64(0, 0)) / 1_000_000, standby: Double(try row.int64(0, 1)) / 1_000_000,
            hidden: Int(try row.int64(0, 2)))
    }

    private static func sinks(_ client: PostgresClient) async throws(PostgresError) -> [Finding] {
        // A database that has not been migrated has none, which is told elsewhere.
        guard try await client.query(.hasSinks).bool(0, 0) else { return [] }
        let rows = try await client.query(.sinks)
        var findings: [Finding] = []
        for row in 0..<rows.rowCount {
            findings.append(
                .sink(
                    try rows.text(row, 0), behind: try rows.int64(row, 1),
                    still: Double(try rows.int64(row, 2)) / 1_000_000))
        }
        return findings
    }

    private static func webhooks(_ client: PostgresClient) async throws(PostgresError) -> [Finding] {
        // A database that has not been migrated has none, which is told elsewhere.
        guard try await client.query(.mayRead("endpoints", of: "holdfast_webhooks")).bool(0, 0) else { return [] }
        let row = try await client.query(.webhooks)
        return [.webhooks(count: Int(try row.int64(0, 0)), failing: Int(try row.int64(0, 1)))]
    }

    private static func files(
        of part: Part, in folder: String, _ client: PostgresClient
    ) async throws(PostgresError) -> Finding {
        var applied: Set<String> = []
        if try await client.query(.mayRead("schema_migrations", of: part.schema)).bool(0, 0) {
            let rows = try await client.query(.migrations(of: part.schema))
            for row in 0..<rows.rowCount { applied.insert(try rows.text(row, 0)) }
        }
        let all = FileManager.default.subpaths(atPath: folder + "/" + part.rawValue) ?? []
        // The log's own: those of the other schemas are in folders beside functions/.
        let wanted = all.filter { name in
            name.hasSuffix(".sql") && (!name.contains("/") || name.hasPrefix("functions/"))
        }
        return .schema(part.schema, missing: wanted.filter { !applied.contains($0) }.sorted(), count: wanted.count)
    }
}

extension PostgresStatement {
    fileprivate static let ping = PostgresStatement(once: "SELECT 1")

    fileprivate static let server = PostgresStatement(
        once: """
            SELECT current_setting('server_version_num')::int, clock_timestamp(), pg_is_in_recovery(),
                (SELECT count(*)::int FROM pg_stat_activity WHERE \(isClient)),
                current_setting('max_connections')::int, current_setting('synchronous_commit'),
                current_setting('fsync'), current_setting('full_page_writes')
            """)

    fileprivate static let role = PostgresStatement(
        once: """
            SELECT current_user::text, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
                coalesce((
                    SELECT bool_or(has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
                    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'holdfast' AND c.relkind IN ('r', 'p')), false),
                to_regnamespace('holdfast') IS NOT NULL,
                (SELECT coalesce(string_agg('holdfast.' || name, ' ' ORDER BY name), '') FROM (
                    SELECT c.relname::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'holdfast' AND c.relname IN ('events', 'batches', 'log_head', 'epochs')
                        AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'))
                    UNION ALL
                    SELECT p.proname::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
                    WHERE n.nspname = 'holdfast' AND p.proname IN ('append', 'barrier', 'claim_writer')
                        AND EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = 'holdfast_appender'
                            AND pg_has_role(r.oid, 'MEMBER'))
                        AND NOT has_function_privilege(p.oid, 'EXECUTE')) AS lacking (name))
            """)

    /// Microseconds. Of other roles' sessions PostgreSQL tells which locks they wait for, and not that they wait for a standby.
    fileprivate static let waits = PostgresStatement(
        once: """
            SELECT (1000000 * coalesce((
                    SELECT max(extract(epoch FROM clock_timestamp() - waitstart)) FROM pg_locks
                    WHERE NOT granted AND (database IS NULL OR database IN (
                        SELECT oid FROM pg_database WHERE datname = current_database()))), 0))::bigint,
                (1000000 * coalesce(max(extract(epoch FROM clock_timestamp() - query_start))
                    FILTER (WHERE wait_event = 'SyncRep' AND state = 'active'), 0))::bigint,
                count(*) FILTER (WHERE state IS NULL)
            FROM pg_stat_activity WHERE \(isClient) AND datname = current_database()
            """)

    /// An expression: whether a session is a client's. Of other roles' sessions PostgreSQL does not say it, but names their database.
    private static let isClient = "coalesce(backend_type = 'client backend', datname IS NOT NULL)"

    fileprivate static let hasSinks = PostgresStatement(
        once:
            "SELECT to_regclass('holdfast_sinks.checkpoints') IS NOT NULL AND to_regclass('holdfast.log_head') IS NOT NULL"
    )

    fileprivate static let sinks = PostgresStatement(
        once: """
            SELECT s.sink, h.position - s.position, (extract(epoch FROM clock_timestamp() - s.moved_at) * 1000000)::bigint
            FROM holdfast_sinks.checkpoints AS s, holdfast.log_head AS h ORDER BY s.sink
            """)

    fileprivate static let webhooks = PostgresStatement(
        once: """
            SELECT count(*), count(*) FILTER (WHERE disabled IS NULL AND failures > \(Finding.webhookFailuresMax))
            FROM holdfast_webhooks.endpoints
            """)

    fileprivate static func migrations(of schema: String) -> PostgresStatement {
        PostgresStatement(once: "SELECT file FROM \(schema).schema_migrations")
    }

    /// Whether the table is there, and this role may read any of its columns.
    fileprivate static func mayRead(_ table: String, of schema: String) -> PostgresStatement {
        PostgresStatement(
            once: """
                SELECT EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                    WHERE n.nspname = '\(schema)' AND c.relname = '\(table)'
                        AND has_schema_privilege(n.oid, 'USAGE') AND has_any_column_privilege(c.oid, 'SELECT'))
                """)
    }
}
