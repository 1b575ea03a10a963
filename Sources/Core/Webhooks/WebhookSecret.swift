import Crypto
public import Domain
import Foundation

/// What an endpoint and its owner share, by Standard Webhooks 1.0.0 (https://www.standardwebhooks.com): `whsec_` and the key
/// in base 64.
public struct WebhookSecret: Equatable, Sendable {
    /// 32 random bytes.
    public let key: [UInt8]

    public static let keyBytes = 32

    /// Nil unless the key has ``keyBytes``.
    public init?(key: [UInt8]) {
        guard key.count == Self.keyBytes else { return nil }
        self.key = key
    }

    /// A new one.
    public static func random() -> WebhookSecret {
        var generator = SystemRandomNumberGenerator()
        return WebhookSecret(key: (0..<keyBytes).map { _ in .random(in: .min ... .max, using: &generator) })!
    }

    /// As its owner gets it.
    public var text: String { "whsec_\(Data(key).base64EncodedString())" }
}

/// One message as it is sent.
public struct WebhookMessage: Sendable {
    /// The header `webhook-id`: the same however often the message is sent.
    public let id: String
    public let body: [UInt8]

    /// - Parameter id: has no full stop, which separates it from what else is signed.
    public init(id: String, body: [UInt8]) {
        precondition(!id.utf8.contains(UInt8(ascii: ".")), "what is signed must be unambiguous")
        self.id = id
        self.body = body
    }

    /// The headers that say of whom the message is, and of when.
    ///
    /// - Parameter secrets: each makes a signature; the receiver takes any that it knows.
    public func headers(at time: Timestamp, secrets: [WebhookSecret]) -> [(name: String, value: String)] {
        let seconds = String(time.microseconds / 1_000_000)
        let signed = Array("\(id).\(seconds).".utf8) + body
        let signatures = secrets.map { secret in
            let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: secret.key))
            return "v1,\(Data(code).base64EncodedString())"
        }
        return [
            ("webhook-id", id), ("webhook-timestamp", seconds),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }
}
