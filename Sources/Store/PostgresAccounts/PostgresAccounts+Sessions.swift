public import Accounts
public import Domain
internal import Postgres

extension PostgresAccounts {
    /// A session, for its owner.
    public struct OwnSession: Sendable {
        public var hash: SecretHash
        public var times: SessionTimes
        /// Empty: the browser did not say.
        public var userAgent: String
    }

    /// What was revoked after a number.
    public struct Revocations: Sendable {
        public var hashes: [SecretHash]
        /// The number of the last of them; the one asked for, where there are none.
        public var through: Int64
        /// Some that came after the number asked for are not to be had any more, or the database is another: whoever
        /// remembers sessions has to start over, at ``through``.
        public var isBroken: Bool
    }

    /// Opens a session.
    ///
    /// - Parameters:
    ///   - checked: what the password was just checked against.
    ///   - raised: the same password at today's cost; nil: it stays as it is.
    /// - Returns: false: `checked` is not the account's password any more.
    public func openSession(
        _ hash: SecretHash, of account: UserID, checked: PasswordHash, raised: PasswordHash?, userAgent: String,
        now: Timestamp
    ) async throws(AccountStoreError) -> Bool {
        let rows = try await run(
            .openSession,
            PostgresParameters(
                account.rawValue, checked.text, (raised ?? checked).text, hash.bytes, userAgent, now.postgres,
                Self.sessionsPerAccountMax))
        return try reading { () throws(PostgresError) in try rows.bool(0, 0) }
    }

    /// Opens a session for an identity provider's user.
    ///
    /// - Parameters:
    ///   - issuer: the provider that named the user.
    ///   - attempt: the log-in that the provider answered.
    ///   - end: until when it could answer.
    /// - Returns: false: the same answer has opened a session before.
    public func openSession(
        _ hash: SecretHash, of user: UserID, at issuer: String, answering attempt: SecretHash, until end: Timestamp,
        userAgent: String, now: Timestamp
    ) async throws(AccountStoreError) -> Bool {
        let rows = try await run(
            .openProviderSession,
            PostgresParameters(
                user.rawValue, issuer, attempt.bytes, end.postgres, hash.bytes, userAgent, now.postgres,
                Self.sessionsPerAccountMax))
        return try reading { () throws(PostgresError) in try rows.bool(0, 0) }
    }

    /// Ends one session of an account, or of a provider's user.
    ///
    /// - Parameter prefix: how its hash begins.
    /// - Returns: whether there was one.
    public func endSession(
        _ prefix: some Sequence<UInt8> & Sendable, of account: UserID, now: Timestamp
    ) async throws(AccountStoreError) -> Bool {
        let rows = try await run(.endSession, PostgresParameters(account.rawValue, Array(prefix), now.postgres))
        return try reading { () throws(PostgresError) in try rows.int64(0, 0) } > 0
    }

    /// Ends all sessions of an account, or of a provider's user.
    public func endSessions(of account: UserID, now: Timestamp) async throws(AccountStoreError) {
        _ = try await run(.endSessions, PostgresParameters(account.rawValue, now.postgres))
    }

    /// The sessions of an account, or of a provider's user, that have not ended, the last used first.
    public func sessions(
        of account: UserID, by clock: SessionClock, now: Timestamp
    ) async throws(AccountStoreError) -> [OwnSession] {
        let rows = try await run(.sessionsOfAccount, PostgresParameters(account.rawValue))
        return try reading { () throws(PostgresError) in
            var sessions: [OwnSession] = []
            for row in 0..<rows.rowCount {
                let times = SessionTimes(createdAt: try rows.time(row, 1), seenAt: try rows.time(row, 2))
                guard !clock.isOver(times, at: now) else { continue }
                sessions.append(
                    OwnSession(
                        hash: SecretHash(bytes: try rows.bytes(row, 0)), times: times,
                        userAgent: try rows.text(row, 3)))
            }
            return sessions
        }
    }

    // MARK: For those who remember sessions

    /// A session as it is stored, over or not; nil: there is none. With the identity provider that named its user, nil for an
    /// account's, and the number of the last revocation when it was read.
    public func session(
        _ hash: SecretHash
    ) async throws(AccountStoreError) -> (session: SessionMemory.Session?, issuer: String?, asOf: Int64) {
        let rows = try await look(.session, PostgresParameters(hash.bytes))
        return try reading { () throws(PostgresError) in
            let number = try rows.int64(0, 0)
            guard !rows.isNull(0, 1) else { return (nil, nil, number) }
            let times = SessionTimes(createdAt: try rows.time(0, 2), seenAt: try rows.time(0, 3))
            return (
                SessionMemory.Session(account: UserID(try rows.text(0, 1)), times: times),
                rows.isNull(0, 4) ? nil : try rows.text(0, 4), number
            )
        }
    }

    /// What was revoked after a number.
    ///
    /// - Parameter number: nil: nothing was heard so far, and only the last number is wanted.
    public func revocations(after number: Int64?) async throws(AccountStoreError) -> Revocations {
        let rows = try await look(.revocations, PostgresParameters(number ?? .max))
        return try reading { () throws(PostgresError) in
            let head = try rows.int64(0, 0)
            guard let number, number <= head else { return Revocations(hashes: [], through: head, isBroken: true) }
            guard number < head else { return Revocations(hashes: [], through: head, isBroken: false) }
            guard !rows.isNull(0, 1), try rows.int64(0, 1) == number + 1 else {
                return Revocations(hashes: [], through: head, isBroken: true)
            }
            var hashes: [SecretHash] = []
            for row in 0..<rows.rowCount { hashes.append(SecretHash(bytes: try rows.bytes(row, 2))) }
            return Revocations(hashes: hashes, through: number + Int64(hashes.count), isBroken: false)
        }
    }

    /// Notes when sessions were last used.
    public func note(_ seen: [(hash: SecretHash, seenAt: Timestamp)]) async throws(AccountStoreError) {
        var parameters = PostgresParameters()
        parameters.append(array: seen.map(\.hash.bytes))
        parameters.append(array: seen.map(\.seenAt.postgres))
        _ = try await look(.noteSessions, parameters)
    }

    private func look(
        _ statement: PostgresStatement, _ parameters: PostgresParameters
    ) async throws(AccountStoreError) -> PostgresResult {
        do throws(PostgresError) {
            return try await sessions.query(statement, parameters)
        } catch {
            throw AccountStoreError(reason: error)
        }
    }
}
