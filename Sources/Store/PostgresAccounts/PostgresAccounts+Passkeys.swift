public import Accounts
public import Domain
internal import Postgres

extension PostgresAccounts {
    /// Passkeys that one account may have.
    public static let passkeysPerAccountMax: Int32 = 10

    /// A passkey, for its owner.
    public struct OwnPasskey: Sendable {
        public var credentialID: [UInt8]
        public var name: String
        public var isBackedUp: Bool
        public var createdAt: Timestamp
        /// Nil: it was never used.
        public var usedAt: Timestamp?

        public init(
            credentialID: [UInt8], name: String, isBackedUp: Bool, createdAt: Timestamp, usedAt: Timestamp?
        ) {
            self.credentialID = credentialID
            self.name = name
            self.isBackedUp = isBackedUp
            self.createdAt = createdAt
            self.usedAt = usedAt
        }
    }

    /// The passkeys of an account, the oldest first.
    public func passkeys(of account: UserID) async throws(AccountStoreError) -> [OwnPasskey] {
        let rows = try await run(.passkeysOfAccount, PostgresParameters(account.rawValue))
        return try reading { () throws(PostgresError) in
            var passkeys: [OwnPasskey] = []
            for row in 0..<rows.rowCount {
                passkeys.append(
                    OwnPasskey(
                        credentialID: try rows.bytes(row, 0), name: try rows.text(row, 1),
                        isBackedUp: try rows.bool(row, 2), createdAt: try rows.time(row, 3),
                        usedAt: rows.isNull(row, 4) ? nil : try rows.time(row, 4)))
            }
            return passkeys
        }
    }

    /// A passkey with its account; nil: no account has it.
    public func passkey(_ credentialID: [UInt8]) async throws(AccountStoreError) -> PasskeyVerifier.StoredPasskey? {
        let rows = try await run(.passkey, PostgresParameters(credentialID))
        guard rows.rowCount > 0 else { return nil }
        return try reading { () throws(PostgresError) in
            PasskeyVerifier.StoredPasskey(
                account: UserID(try rows.text(0, 0)), address: try rows.text(0, 1), publicKey: try rows.bytes(0, 2),
                signCount: UInt32(clamping: try rows.int64(0, 3)), isBackupEligible: try rows.bool(0, 4))
        }
    }

    /// Gives an account a passkey.
    ///
    /// - Returns: why not; nil: it has it.
    public func add(
        _ passkey: PasskeyVerifier.NewPasskey, named name: String, to account: UserID, now: Timestamp
    ) async throws(AccountStoreError) -> PasskeyFault? {
        try await fault(
            .addPasskey,
            PostgresParameters(
                account.rawValue, passkey.credentialID, passkey.publicKey, Int64(passkey.signCount),
                passkey.isBackupEligible, passkey.isBackedUp, name, passkey.challenge.hash.bytes,
                passkey.challenge.end.postgres, now.postgres, Self.passkeysPerAccountMax))
    }

    /// Opens a session for whoever has just shown a passkey.
    ///
    /// - Returns: why not; nil: it is open.
    public func openSession(
        _ hash: SecretHash, of account: UserID, with credentialID: [UInt8], _ use: PasskeyVerifier.Use,
        userAgent: String, now: Timestamp
    ) async throws(AccountStoreError) -> PasskeyFault? {
        try await fault(
            .openPasskeySession,
            PostgresParameters(
                account.rawValue, credentialID, Int64(use.signCount), use.isBackedUp, use.challenge.hash.bytes,
                use.challenge.end.postgres, hash.bytes, userAgent, now.postgres, Self.sessionsPerAccountMax))
    }

    /// Gives a passkey of an account another name.
    ///
    /// - Parameter handle: how the SHA-256 of its id begins.
    /// - Returns: whether there is such a passkey.
    public func renamePasskey(
        _ handle: [UInt8], of account: UserID, to name: String
    ) async throws(AccountStoreError) -> Bool {
        try await run(.renamePasskey, PostgresParameters(account.rawValue, handle, name)).rowCount > 0
    }

    /// Takes a passkey from an account.
    ///
    /// - Parameter handle: how the SHA-256 of its id begins.
    /// - Returns: whether there was such a passkey.
    public func deletePasskey(_ handle: [UInt8], of account: UserID) async throws(AccountStoreError) -> Bool {
        try await run(.deletePasskey, PostgresParameters(account.rawValue, handle)).rowCount > 0
    }

    private func fault(
        _ statement: PostgresStatement, _ parameters: PostgresParameters
    ) async throws(AccountStoreError) -> PasskeyFault? {
        let rows = try await run(statement, parameters)
        guard let name = try reading({ () throws(PostgresError) in rows.isNull(0, 0) ? nil : try rows.text(0, 0) })
        else { return nil }
        guard let fault = PasskeyFault(rawValue: name) else {
            throw AccountStoreError(reason: PostgresError(.unreadable, .unknown, "there is no fault \(name)"))
        }
        return fault
    }
}

extension PostgresStatement {
    static let passkeysOfAccount = PostgresStatement(
        name: "passkeys_of_account",
        sql: """
            SELECT credential_id, name, is_backed_up, created_at, used_at FROM holdfast_accounts.passkeys
            WHERE account_id = $1 ORDER BY created_at, credential_id
            """)
    static let passkey = PostgresStatement(
        name: "passkey",
        sql: """
            SELECT p.account_id, a.email, p.public_key, p.sign_count, p.is_backup_eligible
            FROM holdfast_accounts.passkeys AS p JOIN holdfast_accounts.accounts AS a USING (account_id)
            WHERE p.credential_id = $1
            """)
    static let addPasskey = PostgresStatement(
        name: "add_passkey",
        sql: "SELECT holdfast_accounts.add_passkey($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)")
    static let openPasskeySession = PostgresStatement(
        name: "open_passkey_session",
        sql: "SELECT holdfast_accounts.open_passkey_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
    static let renamePasskey = PostgresStatement(
        name: "rename_passkey",
        sql: """
            UPDATE holdfast_accounts.passkeys SET name = $3
            WHERE account_id = $1 AND substring(sha256(credential_id) FROM 1 FOR 16) = $2 RETURNING true
            """)
    static let deletePasskey = PostgresStatement(
        name: "delete_passkey",
        sql: """
            DELETE FROM holdfast_accounts.passkeys
            WHERE account_id = $1 AND substring(sha256(credential_id) FROM 1 FOR 16) = $2 RETURNING true
            """)
}
