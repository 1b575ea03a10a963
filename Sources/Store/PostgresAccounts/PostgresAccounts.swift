public import Accounts
public import Domain
public import Logging
internal import Postgres
internal import Text

/// Accounts, their sessions and the codes that were mailed to them, as PostgreSQL has them (`schema/accounts`).
///
/// Times come from the caller, so that one clock decides. Sessions are looked up on a connection of their own: no log-in
/// makes them wait.
public final class PostgresAccounts: Sendable {
    /// Sessions that one account may have at once; one more ends the longest unused.
    public static let sessionsPerAccountMax: Int32 = 20
    /// Mails that one address gets in an hour, whoever asks for them.
    public static let mailsPerHourMax: Int32 = 5
    /// Rows of each table that one purge deletes.
    private static let purgeRowsMax: Int32 = 1000
    /// Revocations that are read at once.
    public static let revocationsMax = 1000

    let accounts: PostgresClient
    let sessions: PostgresClient

    /// - Parameter conninfo: a libpq connection string; the role needs what `holdfast_appender` has. That of
    ///   `holdfast_reader` is enough to find, note and list sessions, and to show an account and its passkeys to their owner.
    public init(conninfo: String, logger: Logger) {
        func client(_ name: String) -> PostgresClient {
            PostgresClient(
                PostgresClient.Configuration(
                    conninfo: conninfo, applicationName: name, statementTimeout: .seconds(2)), logger: logger)
        }
        accounts = client("holdfast-accounts")
        sessions = client("holdfast-sessions")
    }

    /// Closes its connections; the next call opens them again.
    public func disconnect() async {
        await accounts.disconnect()
        await sessions.disconnect()
    }

    // MARK: Accounts

    /// What to mail to an address that somebody named.
    public enum Mailing: String, Sendable {
        /// The code that makes the account.
        case verification
        /// That the address has an account already.
        case exists
        /// The code that sets a new password.
        case reset
        /// That the address has no account.
        case unknown
        /// Nothing more: the address got ``mailsPerHourMax`` mails within the hour.
        case nothing
    }

    /// An account, as far as a log-in needs it.
    public struct Login: Sendable {
        public var account: UserID
        public var password: PasswordHash
    }

    /// An account, for its owner.
    public struct Account: Sendable {
        public var account: UserID
        /// As its owner wrote it.
        public var mailbox: String
        public var createdAt: Timestamp
    }

    /// Notes that somebody wants an account.
    ///
    /// - Parameters:
    ///   - code: that of the mail.
    ///   - expiry: until when the code is good.
    public func register(
        _ address: EmailAddress, password: PasswordHash, code: SecretHash, now: Timestamp, expiry: Timestamp
    ) async throws(AccountStoreError) -> Mailing {
        try await mailing(
            .register,
            PostgresParameters(
                code.bytes, address.normalized, address.text, password.text, now.postgres, expiry.postgres,
                Self.mailsPerHourMax))
    }

    /// Makes the account that a mail's code is for; nil: there is no such code, or no more.
    public func verify(code: SecretHash, now: Timestamp) async throws(AccountStoreError) -> UserID? {
        let account = Self.makeAccountID()
        let rows = try await run(.verify, PostgresParameters(code.bytes, account.rawValue, now.postgres))
        return try reading { () throws(PostgresError) in try rows.bool(0, 0) } ? account : nil
    }

    /// Notes that somebody wants a new password.
    public func beginReset(
        _ address: EmailAddress, code: SecretHash, now: Timestamp, expiry: Timestamp
    ) async throws(AccountStoreError) -> Mailing {
        try await mailing(
            .beginReset,
            PostgresParameters(
                code.bytes, address.normalized, now.postgres, expiry.postgres, Self.mailsPerHourMax))
    }

    /// Sets the password that a mail's code allows to set, and ends all sessions of the account; nil: there is no such code,
    /// or no more.
    public func resetPassword(
        code: SecretHash, password: PasswordHash, now: Timestamp
    ) async throws(AccountStoreError) -> UserID? {
        let rows = try await run(.resetPassword, PostgresParameters(code.bytes, password.text, now.postgres))
        return try reading { () throws(PostgresError) in rows.isNull(0, 0) ? nil : UserID(try rows.text(0, 0)) }
    }

    /// The account with an address; nil: there is none.
    public func login(_ address: EmailAddress) async throws(AccountStoreError) -> Login? {
        try Self.login(in: try await run(.loginByAddress, PostgresParameters(address.normalized)))
    }

    /// The account with an id; nil: there is none.
    public func login(_ account: UserID) async throws(AccountStoreError) -> Login? {
        try Self.login(in: try await run(.loginByID, PostgresParameters(account.rawValue)))
    }

    public func account(_ account: UserID) async throws(AccountStoreError) -> Account? {
        let rows = try await run(.account, PostgresParameters(account.rawValue))
        guard rows.rowCount > 0 else { return nil }
        return try reading { () throws(PostgresError) in
            Account(account: account, mailbox: try rows.text(0, 0), createdAt: try rows.time(0, 1))
        }
    }

    /// Sets another password, and ends all sessions of the account but one.
    ///
    /// - Parameter checked: what the former password was just checked against.
    /// - Returns: false: that is not the account's password any more.
    public func changePassword(
        of account: UserID, checked: PasswordHash, to password: PasswordHash, keeping session: SecretHash,
        now: Timestamp
    ) async throws(AccountStoreError) -> Bool {
        let rows = try await run(
            .changePassword,
            PostgresParameters(account.rawValue, checked.text, password.text, session.bytes, now.postgres))
        return try reading { () throws(PostgresError) in try rows.bool(0, 0) }
    }

    /// Deletes an account with all that is kept of it.
    ///
    /// - Parameter checked: what the password was just checked against.
    /// - Returns: false: that is not the account's password any more.
    public func delete(
        _ account: UserID, checked: PasswordHash, now: Timestamp
    ) async throws(AccountStoreError) -> Bool {
        let rows = try await run(.deleteAccount, PostgresParameters(account.rawValue, checked.text, now.postgres))
        return try reading { () throws(PostgresError) in try rows.bool(0, 0) }
    }

    /// Deletes what is over, some of it.
    public func purge(_ clock: SessionClock, now: Timestamp) async throws(AccountStoreError) {
        _ = try await run(
            .purge,
            PostgresParameters(
                now.adding(seconds: -clock.absoluteSeconds).postgres,
                // What nodes have not noted yet must not end a session that is in use.
                now.adding(seconds: -clock.idleSeconds - 600).postgres, now.adding(seconds: -3600).postgres,
                now.postgres, Self.purgeRowsMax))
    }

    private func mailing(
        _ statement: PostgresStatement, _ parameters: PostgresParameters
    ) async throws(AccountStoreError) -> Mailing {
        let rows = try await run(statement, parameters)
        let name = try reading { () throws(PostgresError) in try rows.text(0, 0) }
        guard let mailing = Mailing(rawValue: name) else {
            throw AccountStoreError(reason: PostgresError(.unreadable, .unknown, "there is no mailing \(name)"))
        }
        return mailing
    }

    private static func login(in rows: PostgresResult) throws(AccountStoreError) -> Login? {
        guard rows.rowCount > 0 else { return nil }
        let (account, text) = try reading { () throws(PostgresError) in (try rows.text(0, 0), try rows.text(0, 1)) }
        guard let password = PasswordHash(text) else {
            throw AccountStoreError(reason: PostgresError(.unreadable, .unknown, "a password is no PHC string"))
        }
        return Login(account: UserID(account), password: password)
    }

    func run(
        _ statement: PostgresStatement, _ parameters: PostgresParameters
    ) async throws(AccountStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await accounts.query(statement, parameters)
        } catch {
            throw AccountStoreError(reason: error)
        }
    }

    /// The namespace of accounts' ids, and 128 random bits.
    private static func makeAccountID() -> UserID {
        var generator = SystemRandomNumberGenerator()
        return UserID(
            AccountID.prefix + (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hex)
    }
}

func reading<R>(_ body: () throws(PostgresError) -> R) throws(AccountStoreError) -> R {
    do throws(PostgresError) {
        return try body()
    } catch {
        throw AccountStoreError(reason: error)
    }
}

extension Timestamp {
    var postgres: PostgresTimestamp { PostgresTimestamp(microsecondsSince1970: microseconds) }
}

extension PostgresResult {
    func time(_ row: Int, _ column: Int) throws(PostgresError) -> Timestamp {
        Timestamp(microseconds: try timestamp(row, column).microsecondsSince1970)
    }
}
