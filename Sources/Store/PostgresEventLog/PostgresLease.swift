public import EventLog
public import Logging
internal import Postgres

/// A lease that is a session's advisory lock: with the session it ends, whatever became of the process. A process that
/// stands still, or is cut off, loses the session too: the server ends one that says nothing for ``silenceMax``.
public final class PostgresLease: Lease {
    private let client: PostgresClient
    private let key: Int64
    private let logger: Logger

    private static let attemptInterval = Duration.milliseconds(500)
    /// Seconds.
    private static let silenceMax = 5

    /// - Parameters:
    ///   - conninfo: a libpq connection string.
    ///   - key: of the lock; the same for all who share the lease.
    public init(conninfo: String, key: Int64, logger: Logger) {
        client = PostgresClient(
            PostgresClient.Configuration(
                conninfo: conninfo, applicationName: "holdfast-lease", statementTimeout: .seconds(2),
                sessionSetup: ["SET idle_session_timeout = '\(Self.silenceMax)s'"]),
            logger: logger)
        self.key = key
        self.logger = logger
    }

    public func whileHeld(_ body: @escaping @Sendable () async -> Void) async {
        while !Task.isCancelled {
            if await isTrue(.tryLock) {
                await withTaskGroup { group in
                    group.addTask { await body() }
                    group.addTask { await self.watch() }
                    await group.next()
                    group.cancelAll()
                }
                // With the session goes the lock.
                await client.disconnect()
            }
            await pause(Self.attemptInterval)
        }
    }

    /// Returns when the session that has the lock is gone, or can't be asked any more.
    private func watch() async {
        while !Task.isCancelled, await isTrue(.holdsLock) { await pause(Self.attemptInterval) }
    }

    private func isTrue(_ statement: PostgresStatement) async -> Bool {
        do throws(PostgresError) {
            return try await client.query(statement, PostgresParameters(key)).int64(0, 0) == 1
        } catch {
            if error.code != .cancelled { logger.warning("can't ask for a lease", metadata: ["error": "\(error)"]) }
            return false
        }
    }
}

extension PostgresStatement {
    fileprivate static let tryLock = PostgresStatement(
        name: "try_lock", sql: "SELECT pg_try_advisory_lock($1)::integer::bigint")

    fileprivate static let holdsLock = PostgresStatement(
        name: "holds_lock",
        sql: """
            SELECT count(*) FROM pg_locks
            WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid = pg_backend_pid()
            AND (classid::bigint << 32 | objid::bigint) = $1
            """)
}
