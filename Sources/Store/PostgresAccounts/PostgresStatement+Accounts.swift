internal import Postgres

extension PostgresStatement {
    static let register = PostgresStatement(
        name: "register", sql: "SELECT holdfast_accounts.register($1, $2, $3, $4, $5, $6, $7)")
    static let verify = PostgresStatement(name: "verify", sql: "SELECT holdfast_accounts.verify($1, $2, $3)")
    static let beginReset = PostgresStatement(
        name: "begin_reset", sql: "SELECT holdfast_accounts.begin_reset($1, $2, $3, $4, $5)")
    static let resetPassword = PostgresStatement(
        name: "reset_password", sql: "SELECT holdfast_accounts.reset_password($1, $2, $3)")
    static let loginByAddress = PostgresStatement(
        name: "login_by_address", sql: "SELECT account_id, password FROM holdfast_accounts.accounts WHERE email = $1")
    static let loginByID = PostgresStatement(
        name: "login_by_id", sql: "SELECT account_id, password FROM holdfast_accounts.accounts WHERE account_id = $1")
    static let account = PostgresStatement(
        name: "account", sql: "SELECT mailbox, created_at FROM holdfast_accounts.accounts WHERE account_id = $1")
    static let changePassword = PostgresStatement(
        name: "change_password", sql: "SELECT holdfast_accounts.change_password($1, $2, $3, $4, $5)")
    static let deleteAccount = PostgresStatement(
        name: "delete_account", sql: "SELECT holdfast_accounts.delete_account($1, $2, $3)")
    static let purge = PostgresStatement(name: "purge", sql: "SELECT holdfast_accounts.purge($1, $2, $3, $4, $5)")

    static let openSession = PostgresStatement(
        name: "open_session", sql: "SELECT holdfast_accounts.open_session($1, $2, $3, $4, $5, $6, $7)")
    static let openProviderSession = PostgresStatement(
        name: "open_provider_session",
        sql: "SELECT holdfast_accounts.open_provider_session($1, $2, $3, $4, $5, $6, $7, $8)")
    static let endSession = PostgresStatement(
        name: "end_session", sql: "SELECT holdfast_accounts.end_sessions($1, $2, $3)")
    static let endSessions = PostgresStatement(
        name: "end_sessions", sql: "SELECT holdfast_accounts.end_sessions($1, NULL, $2)")
    static let sessionsOfAccount = PostgresStatement(
        name: "sessions_of_account",
        sql: """
            SELECT hash, created_at, seen_at, user_agent FROM holdfast_accounts.sessions
            WHERE account_id = $1 ORDER BY seen_at DESC, hash
            """)

    static let session = PostgresStatement(
        name: "session",
        sql: """
            SELECT h.number, s.account_id, s.created_at, s.seen_at, s.issuer
            FROM holdfast_accounts.revocation_head AS h LEFT JOIN holdfast_accounts.sessions AS s ON s.hash = $1
            """)
    static let revocations = PostgresStatement(
        name: "revocations",
        sql: """
            SELECT h.number, r.number, r.hash
            FROM holdfast_accounts.revocation_head AS h LEFT JOIN LATERAL (
                SELECT number, hash FROM holdfast_accounts.revocations
                WHERE number > $1 ORDER BY number LIMIT \(PostgresAccounts.revocationsMax)
            ) AS r ON true
            ORDER BY r.number
            """)
    /// Locks sessions in the order of `lock_owner`, so that the two never wait for each other.
    static let noteSessions = PostgresStatement(
        name: "note_sessions",
        sql: """
            WITH locked AS MATERIALIZED (
                SELECT hash FROM holdfast_accounts.sessions WHERE hash = ANY ($1::bytea[]) ORDER BY hash FOR UPDATE
            )
            UPDATE holdfast_accounts.sessions AS s SET seen_at = n.seen_at
            FROM unnest($1::bytea[], $2::timestamptz[]) AS n (hash, seen_at) JOIN locked USING (hash)
            WHERE s.hash = n.hash AND s.seen_at < n.seen_at
            """)
}
