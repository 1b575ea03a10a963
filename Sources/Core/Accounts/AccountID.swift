public import Domain

/// The user ids of accounts. They are opaque: the log keeps them for ever, and they tell nothing of whose they are.
public enum AccountID {
    /// How each begins, and no other caller's does: a token's `sub` that does names another user.
    public static let prefix = "account:"

    /// Whether this is an account's, and no issuer's user.
    public static func isAccount(_ user: UserID) -> Bool { user.rawValue.hasPrefix(prefix) }
}
