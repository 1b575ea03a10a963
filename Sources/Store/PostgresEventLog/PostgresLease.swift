public import EventLog
public import Logging
internal import Postgres
import Synchronization

/// The session that a process's leases are advisory locks of: with the session they end, whatever became of the process.
/// A process that stands still, or is cut off, loses the session too: the server ends one that says nothing for
/// ``silenceMax``.
public final class PostgresLeaseSession: Sendable {
    let client: PostgresClient
    let logger: Logger
    /// Leases that are held, or waited for.
    private let users = Mutex(0)

    /// Seconds.
    private static let silenceMax = 5

    /// - Parameter conninfo: a libpq connection string; the same database for all who share the leases.
    public init(conninfo: String, logger: Logger) {
        client = PostgresClient(
            PostgresClient.Configuration(
                conninfo: conninfo, applicationName: "holdfast-lease", statementTimeout: .seconds(2),
                sessionSetup: ["SET idle_session_timeout = '\(Self.silenceMax)s'"]),
            logger: logger)
        self.logger = logger
    }

    func join() { users.withLock { $0 += 1 } }

    /// The last one to leave closes the session.
    func leave() async {
        let isLast = users.withLock { users in
            users -= 1
            return users == 0
        }
        if isLast { await client.disconnect() }
    }
}

/// A lease that is an advisory lock of a ``PostgresLeaseSession``.
public final class PostgresLease: Lease {
    private let session: PostgresLeaseSession
    private let key: Int64
    private let name: String

    private static let attemptInterval = Duration.milliseconds(500)

    /// - Parameters:
    ///   - key: of the lock; the same for all who share the lease.
    ///   - name: for the log of the process; nil: the key.
    public init(_ session: PostgresLeaseSession, key: Int64, name: String? = nil) {
        self.name = name ?? String(key)
        self.session = session
        self.key = key
    }

    public func whileHeld(_ body: @escaping @Sendable () async -> Void) async {
        session.join()
        while !Task.isCancelled {
            if await ask(.tryLock) == true {
                session.logger.notice("lease won", metadata: ["lease": "\(name)"])
                await withTaskGroup { group in
                    group.addTask { await body() }
                    group.addTask { await self.watch() }
                    await group.next()
                    group.cancelAll()
                }
                session.logger.notice(
                    Task.isCancelled ? "lease given up" : "lease lost", metadata: ["lease": "\(name)"])
                await release()
            }
            await pause(Self.attemptInterval)
        }
        await session.leave()
    }

    /// Returns when the session that has the lock is gone, or can't be asked any more.
    private func watch() async {
        while !Task.isCancelled, await ask(.holdsLock) == true { await pause(Self.attemptInterval) }
    }

    /// Also when the task is cancelled, so that the next process need not wait for the session to end.
    private func release() async {
        let isReleased = await Task { await ask(.unlock) }.value
        // Nobody can tell: with the session goes the lock, and every other of it. A session that does not have the lock is
        // a later one than that which had it; the process's other leases may be locks of it.
        if isReleased == nil { await session.client.disconnect() }
    }

    /// Nil: the session can't be asked.
    private func ask(_ statement: PostgresStatement) async -> Bool? {
        do throws(PostgresError) {
            return try await session.client.query(statement, PostgresParameters(key)).int64(0, 0) == 1
        } catch {
            if error.code != .cancelled {
                session.logger.warning("can't ask for a lease", metadata: ["error": "\(error)"])
            }
            return nil
        }
    }
}

extension PostgresStatement {
    /// A session can take a lock twice, and would then have to free it twice.
    fileprivate static let tryLock = PostgresStatement(
        name: "try_lock",
        sql: """
            SELECT CASE WHEN (\(holdsLock.sql)) = 1 THEN 1 ELSE holdfast.try_lease($1)::integer::bigint END
            """)

    fileprivate static let unlock = PostgresStatement(
        name: "unlock", sql: "SELECT pg_advisory_unlock($1)::integer::bigint")

    fileprivate static let holdsLock = PostgresStatement(
        name: "holds_lock",
        sql: """
            SELECT count(*) FROM pg_locks
            WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid = pg_backend_pid()
            AND (classid::bigint << 32 | objid::bigint) = $1
            """)
}
