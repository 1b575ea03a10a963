public import Accounts
public import Domain
internal import Postgres

extension PostgresAccounts {
    /// An account's second factor.
    public struct SecondFactor: Sendable {
        public var sealedSecret: [UInt8]
        /// Before that it counts for nothing.
        public var isConfirmed: Bool
        /// The time step whose password was used last.
        public var lastStep: Int64
        /// Wrong passwords since the last right one.
        public var failures: Int
        /// When the last of them came; nil: there were none.
        public var failedAt: Timestamp?
    }

    /// Nil: the account has none.
    public func secondFactor(of account: UserID) async throws(AccountStoreError) -> SecondFactor? {
        let rows = try await run(.secondFactor, PostgresParameters(account.rawValue))
        guard rows.rowCount > 0 else { return nil }
        return try reading { () throws(PostgresError) in
            SecondFactor(
                sealedSecret: try rows.bytes(0, 0), isConfirmed: try rows.bool(0, 1), lastStep: try rows.int64(0, 2),
                failures: Int(try rows.int32(0, 3)), failedAt: rows.isNull(0, 4) ? nil : try rows.time(0, 4))
        }
    }

    /// Notes the secret of a second factor that is to be.
    ///
    /// - Parameter checked: what the password was just checked against.
    /// - Returns: false: the account has a second factor, or another password.
    public func beginSecondFactor(
        of account: UserID, checked: PasswordHash, sealedSecret: [UInt8]
    ) async throws(AccountStoreError) -> Bool {
        try await isDone(.beginSecondFactor, PostgresParameters(account.rawValue, checked.text, sealedSecret))
    }

    /// From now on the account needs its second factor.
    ///
    /// - Parameter step: that of the password that was shown.
    /// - Returns: false: it is another by now, or confirmed already.
    public func confirmSecondFactor(
        of account: UserID, sealedSecret: [UInt8], step: Int64, recoveryCodes: [SecretHash]
    ) async throws(AccountStoreError) -> Bool {
        var parameters = PostgresParameters(account.rawValue, sealedSecret, step)
        parameters.append(array: recoveryCodes.map(\.bytes))
        return try await isDone(.confirmSecondFactor, parameters)
    }

    /// Uses up the password of a time step; false: it was used before.
    public func useSecondFactor(of account: UserID, step: Int64) async throws(AccountStoreError) -> Bool {
        var parameters = PostgresParameters(account.rawValue, step)
        parameters.appendNull(.bytea)
        return try await isDone(.useSecondFactor, parameters)
    }

    /// Uses up a recovery code; false: it is none, or was used before.
    public func useSecondFactor(of account: UserID, recoveryCode: SecretHash) async throws(AccountStoreError) -> Bool {
        var parameters = PostgresParameters(account.rawValue)
        parameters.appendNull(.int8)
        parameters.append(recoveryCode.bytes)
        return try await isDone(.useSecondFactor, parameters)
    }

    /// Whether a password of a second factor may be tried now. If so, it counts as wrong until it is used up.
    ///
    /// - Parameters:
    ///   - failuresMax: wrong ones in a row, from which on one is let through only where the last came before
    ///     `failedBefore`.
    public func beginSecondFactorTry(
        of account: UserID, failuresMax: Int32, failedBefore: Timestamp, now: Timestamp
    ) async throws(AccountStoreError) -> Bool {
        try await isDone(
            .beginSecondFactorTry,
            PostgresParameters(account.rawValue, failuresMax, failedBefore.postgres, now.postgres))
    }

    /// The account needs no second factor any more; false: it needed none.
    public func endSecondFactor(of account: UserID) async throws(AccountStoreError) -> Bool {
        try await isDone(.endSecondFactor, PostgresParameters(account.rawValue))
    }

    private func isDone(
        _ statement: PostgresStatement, _ parameters: PostgresParameters
    ) async throws(AccountStoreError) -> Bool {
        let rows = try await run(statement, parameters)
        return try reading { () throws(PostgresError) in try rows.bool(0, 0) }
    }
}

extension PostgresStatement {
    static let secondFactor = PostgresStatement(
        name: "second_factor",
        sql: """
            SELECT secret, is_confirmed, last_step, failures, failed_at FROM holdfast_accounts.second_factors
            WHERE account_id = $1
            """)
    static let beginSecondFactor = PostgresStatement(
        name: "begin_second_factor", sql: "SELECT holdfast_accounts.begin_second_factor($1, $2, $3)")
    static let confirmSecondFactor = PostgresStatement(
        name: "confirm_second_factor", sql: "SELECT holdfast_accounts.confirm_second_factor($1, $2, $3, $4)")
    static let useSecondFactor = PostgresStatement(
        name: "use_second_factor", sql: "SELECT holdfast_accounts.use_second_factor($1, $2, $3)")
    static let beginSecondFactorTry = PostgresStatement(
        name: "begin_second_factor_try", sql: "SELECT holdfast_accounts.begin_second_factor_try($1, $2, $3, $4)")
    static let endSecondFactor = PostgresStatement(
        name: "end_second_factor", sql: "SELECT holdfast_accounts.end_second_factor($1)")
}
