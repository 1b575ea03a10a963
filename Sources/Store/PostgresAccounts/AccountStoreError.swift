public import Postgres

/// The accounts can't be read or changed now. A change may have been made all the same; each can be asked for again.
public struct AccountStoreError: Error, Sendable, CustomStringConvertible {
    /// What PostgreSQL says; never a value that somebody sent.
    public var reason: PostgresError

    public var description: String { "the accounts are unavailable: \(reason.code) \(reason.sqlState ?? "")" }
}
