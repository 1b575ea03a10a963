public import Crypto
public import Domain
import Text

/// What proves that a link to unsubscribe was mailed to the account that it is for. The link works without a log-in, and for
/// ever: mail is read late.
public struct UnsubscribeKey: Sendable {
    private static let tagBytes = 16
    private static let accountBytes = 16

    private let key: SymmetricKey

    public init(_ key: SymmetricKey) { self.key = key }

    /// The token for an account; nil: the user has none.
    public func token(of user: UserID) -> String? {
        guard AccountID.isAccount(user), let bytes = [UInt8](hex: user.rawValue.dropFirst(AccountID.prefix.count)),
            bytes.count == Self.accountBytes
        else { return nil }
        return Base64URL.encode(bytes + tag(bytes))
    }

    /// The account of a token; nil for anything but what ``token(of:)`` made.
    public func account(of token: some StringProtocol) -> UserID? {
        guard token.utf8.count <= 64, let bytes = Base64URL.decode(token.utf8),
            bytes.count == Self.accountBytes + Self.tagBytes
        else { return nil }
        let account = Array(bytes.prefix(Self.accountBytes))
        let difference = zip(bytes.dropFirst(Self.accountBytes), tag(account)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        return difference == 0 ? UserID(AccountID.prefix + account.hex) : nil
    }

    private func tag(_ account: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: account, using: key).prefix(Self.tagBytes))
    }
}
