public import Crypto
import Text

/// What sessions' cookies are sealed with, the same on every node: a session's secret, and a tag that proves that some node
/// issued it. So a made-up cookie is refused without a look into the database.
public struct SessionKey: Sendable {
    /// Characters of a cookie's value.
    public static let cookieLength = 64
    private static let tagBytes = 16

    private let key: SymmetricKey

    public init(_ key: SymmetricKey) { self.key = key }

    /// The cookie's value for a session.
    public func seal(_ secret: Secret256) -> String { Base64URL.encode(secret.bytes + tag(secret.bytes)) }

    /// The session's secret in a cookie's value; nil for anything but what ``seal(_:)`` made.
    public func open(_ cookie: some StringProtocol) -> Secret256? {
        guard cookie.utf8.count == Self.cookieLength, let bytes = Base64URL.decode(cookie.utf8),
            bytes.count == Secret256.byteCount + Self.tagBytes
        else { return nil }
        let secret = Array(bytes.prefix(Secret256.byteCount))
        let difference = zip(bytes.dropFirst(Secret256.byteCount), tag(secret)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        return difference == 0 ? Secret256(bytes: secret) : nil
    }

    private func tag(_ secret: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: secret, using: key).prefix(Self.tagBytes))
    }
}
