public import Accounts
public import Domain
public import EventLog
public import Logging
public import Postgres

/// Whom notices go to, and what is left to tell, as PostgreSQL has it (`schema/accounts`).
///
/// Every call throws ``Postgres/PostgresError``, and can be made again.
public final class PostgresNotices: Sendable {
    /// Notices that wait to be tried again; one more is not put aside.
    public static let lateMax: Int64 = 100_000

    /// Somebody with an account.
    public struct Reader: Sendable {
        public var address: EmailAddress
        public var preferences: Preferences
    }

    /// What somebody wants of notices.
    public struct Preferences: Equatable, Sendable {
        /// Such as `de`; nil: the instance's.
        public var language: String?
        /// Whether to get what nobody needs to use what they bought.
        public var wantsReminders: Bool

        public init(language: String? = nil, wantsReminders: Bool = true) {
            self.language = language
            self.wantsReminders = wantsReminders
        }
    }

    /// A notice that waits to be tried again.
    public struct Late: Sendable {
        /// Of its event.
        public var place: LogPosition
        /// As templates name it.
        public var kind: String
        public var user: UserID
        /// From 1.
        public var attempts: Int
        public var firstAt: Timestamp

        public init(place: LogPosition, kind: String, user: UserID, attempts: Int, firstAt: Timestamp) {
            self.place = place
            self.kind = kind
            self.user = user
            self.attempts = attempts
            self.firstAt = firstAt
        }
    }

    /// An event that everybody with a ticket is told of.
    public struct Round: Sendable {
        public var place: LogPosition
        /// The last who was told; nil: nobody was.
        public var told: UserID?
    }

    private let client: PostgresClient

    /// - Parameter conninfo: a libpq connection string; the role needs what `holdfast_appender` has, and that of
    ///   `holdfast_reader` to look preferences up.
    public init(conninfo: String, logger: Logger) {
        client = PostgresClient(
            PostgresClient.Configuration(
                conninfo: conninfo, applicationName: "holdfast-notices", statementTimeout: .seconds(5)), logger: logger)
    }

    /// Closes the connection; the next call opens it again.
    public func disconnect() async { await client.disconnect() }

    // MARK: Readers

    /// Those of some users who have an account here. Every account's address is confirmed.
    public func readers(of users: [UserID]) async throws(PostgresError) -> [UserID: Reader] {
        var parameters = PostgresParameters()
        parameters.append(array: users.lazy.map(\.rawValue))
        let rows = try await client.query(.readers, parameters)
        var readers: [UserID: Reader] = [:]
        for row in 0..<rows.rowCount {
            guard let address = EmailAddress(try rows.text(row, 1)) else { continue }
            readers[UserID(try rows.text(row, 0))] = Reader(
                address: address,
                preferences: Preferences(
                    language: rows.isNull(row, 2) ? nil : try rows.text(row, 2),
                    wantsReminders: rows.isNull(row, 3) ? true : try rows.bool(row, 3)))
        }
        return readers
    }

    public func preferences(of user: UserID) async throws(PostgresError) -> Preferences {
        let rows = try await client.query(.preferences, PostgresParameters(user.rawValue))
        guard rows.rowCount == 1 else { return Preferences() }
        return Preferences(
            language: rows.isNull(0, 0) ? nil : try rows.text(0, 0), wantsReminders: try rows.bool(0, 1))
    }

    /// Changes some of what an account wants.
    ///
    /// - Parameters:
    ///   - language: nil: as it is; empty: the instance's.
    ///   - wantsReminders: nil: as it is.
    /// - Returns: what it wants now; nil: there is no such account.
    public func change(
        of user: UserID, language: String? = nil, wantsReminders: Bool? = nil
    ) async throws(PostgresError) -> Preferences? {
        var parameters = PostgresParameters(user.rawValue)
        parameters.append(language, .text)
        parameters.append(wantsReminders, .bool)
        let rows = try await client.query(.change, parameters)
        guard rows.rowCount == 1 else { return nil }
        return Preferences(
            language: rows.isNull(0, 0) ? nil : try rows.text(0, 0), wantsReminders: try rows.bool(0, 1))
    }

    // MARK: Late notices

    /// Puts a notice aside that was not taken; false: too many wait.
    public func putAside(_ notice: Late, until next: Timestamp) async throws(PostgresError) -> Bool {
        let rows = try await client.query(
            .putAside,
            PostgresParameters(
                notice.place.epoch, notice.place.position, notice.kind, notice.user.rawValue, Int32(notice.attempts),
                notice.firstAt.postgres, next.postgres, Self.lateMax))
        return try rows.bool(0, 0)
    }

    /// Those whose time has come, the longest due first.
    public func due(at now: Timestamp, limit: Int) async throws(PostgresError) -> [Late] {
        let rows = try await client.query(.due, PostgresParameters(now.postgres, Int64(limit)))
        var due: [Late] = []
        for row in 0..<rows.rowCount {
            due.append(
                Late(
                    place: LogPosition(epoch: try rows.int64(row, 0), position: try rows.int64(row, 1)),
                    kind: try rows.text(row, 2), user: UserID(try rows.text(row, 3)),
                    attempts: Int(try rows.int32(row, 4)),
                    firstAt: Timestamp(microseconds: try rows.timestamp(row, 5).microsecondsSince1970)))
        }
        return due
    }

    /// Forgets a notice: it was taken, or given up.
    public func settle(_ notice: Late) async throws(PostgresError) {
        _ = try await client.query(
            .settle,
            PostgresParameters(
                notice.place.epoch, notice.place.position, notice.kind, notice.user.rawValue))
    }

    public func lateCount() async throws(PostgresError) -> Int64 { try await client.query(.lateCount).int64(0, 0) }

    // MARK: Rounds

    /// Notes that everybody with a ticket is to be told of an event.
    public func begin(_ place: LogPosition) async throws(PostgresError) {
        _ = try await client.query(.begin, PostgresParameters(place.epoch, place.position))
    }

    /// The oldest round that is not over; nil: there is none.
    public func nextRound() async throws(PostgresError) -> Round? {
        let rows = try await client.query(.nextRound)
        guard rows.rowCount == 1 else { return nil }
        let told = try rows.text(0, 2)
        return Round(
            place: LogPosition(epoch: try rows.int64(0, 0), position: try rows.int64(0, 1)),
            told: told.isEmpty ? nil : UserID(told))
    }

    /// Notes up to whom a round is done.
    public func advance(_ place: LogPosition, told: UserID) async throws(PostgresError) {
        _ = try await client.query(.advance, PostgresParameters(place.epoch, place.position, told.rawValue))
    }

    public func end(_ place: LogPosition) async throws(PostgresError) {
        _ = try await client.query(.end, PostgresParameters(place.epoch, place.position))
    }
}

extension PostgresParameters {
    fileprivate mutating func append<V: PostgresValue>(_ value: V?, _ type: PostgresType) {
        if let value { append(value) } else { appendNull(type) }
    }
}

extension Timestamp {
    fileprivate var postgres: PostgresTimestamp { PostgresTimestamp(microsecondsSince1970: microseconds) }
}

extension PostgresStatement {
    fileprivate static let readers = PostgresStatement(
        name: "notice_readers",
        sql: """
            SELECT a.account_id, a.mailbox, p.language, p.wants_reminders
            FROM unnest($1) AS u (account_id) JOIN holdfast_accounts.accounts AS a USING (account_id)
            LEFT JOIN holdfast_accounts.notice_preferences AS p USING (account_id)
            """)
    fileprivate static let preferences = PostgresStatement(
        name: "notice_preferences",
        sql: "SELECT language, wants_reminders FROM holdfast_accounts.notice_preferences WHERE account_id = $1")
    fileprivate static let change = PostgresStatement(
        name: "change_notice_preferences",
        sql: """
            INSERT INTO holdfast_accounts.notice_preferences AS p (account_id, language, wants_reminders)
            SELECT account_id, NULLIF($2::text, ''), COALESCE($3::boolean, true)
            FROM holdfast_accounts.accounts WHERE account_id = $1
            ON CONFLICT (account_id) DO UPDATE SET
                language = CASE WHEN $2::text IS NULL THEN p.language ELSE NULLIF($2::text, '') END,
                wants_reminders = COALESCE($3::boolean, p.wants_reminders)
            RETURNING language, wants_reminders
            """)
    fileprivate static let putAside = PostgresStatement(
        name: "put_notice_aside",
        sql: """
            WITH put AS (
                INSERT INTO holdfast_accounts.late_notices AS l
                    (epoch, position, kind, account_id, attempts, first_at, next_at)
                SELECT $1, $2, $3, account_id, $5, $6, $7 FROM holdfast_accounts.accounts
                WHERE account_id = $4 AND ($5 > 1 OR (SELECT count(*) FROM holdfast_accounts.late_notices) < $8)
                ON CONFLICT (epoch, position, kind, account_id) DO UPDATE
                    SET attempts = greatest(l.attempts, excluded.attempts), next_at = excluded.next_at
                RETURNING 1
            )
            SELECT EXISTS (SELECT FROM put)
                OR NOT EXISTS (SELECT FROM holdfast_accounts.accounts WHERE account_id = $4)
            """)
    fileprivate static let due = PostgresStatement(
        name: "due_notices",
        sql: """
            SELECT epoch, position, kind, account_id, attempts, first_at FROM holdfast_accounts.late_notices
            WHERE next_at <= $1 ORDER BY next_at, epoch, position, kind, account_id LIMIT $2
            """)
    fileprivate static let settle = PostgresStatement(
        name: "settle_notice",
        sql: """
            DELETE FROM holdfast_accounts.late_notices
            WHERE epoch = $1 AND position = $2 AND kind = $3 AND account_id = $4
            """)
    fileprivate static let lateCount = PostgresStatement(
        name: "late_notices", sql: "SELECT count(*) FROM holdfast_accounts.late_notices")
    fileprivate static let begin = PostgresStatement(
        name: "begin_round",
        sql: "INSERT INTO holdfast_accounts.notice_rounds (epoch, position) VALUES ($1, $2) ON CONFLICT DO NOTHING")
    fileprivate static let nextRound = PostgresStatement(
        name: "next_round",
        sql: "SELECT epoch, position, told FROM holdfast_accounts.notice_rounds ORDER BY epoch, position LIMIT 1")
    fileprivate static let advance = PostgresStatement(
        name: "advance_round",
        sql: "UPDATE holdfast_accounts.notice_rounds SET told = $3 WHERE epoch = $1 AND position = $2 AND told < $3")
    fileprivate static let end = PostgresStatement(
        name: "end_round", sql: "DELETE FROM holdfast_accounts.notice_rounds WHERE epoch = $1 AND position = $2")
}
