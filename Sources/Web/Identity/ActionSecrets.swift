import Crypto

/// What a buyer's browser needs at the payment provider to act on a payment (Stripe's client secret), sealed for the log.
///
/// Whoever has the secret can read the payment and complete it, so it is shown to the order's buyer alone. The log is read
/// by more people, and replicas answer the buyer without asking the provider: so it goes through the log encrypted
/// (ChaCha20-Poly1305), with a key that the nodes have in common.
///
/// The nonce is made of what is sealed: the same secret is the same bytes, so a repeated proposal is the same.
public struct ActionSecrets: Sendable {
    private let key: SymmetricKey

    /// Longer texts are sealed as nothing; Stripe's have about 60 characters.
    private static let secretBytesMax = 512
    private static let nonceBytes = 12

    /// - Parameter path: the PEM file that ``TicketCodes`` has, the same for every node.
    public init(keyFile path: String) throws(KeyError) { self.init(try SigningKey(pemFile: path)) }

    init(_ signingKey: SigningKey) { key = signingKey.derivedKey(for: "holdfast payment action") }

    /// Empty where there is nothing to seal.
    public func seal(_ secret: String) -> [UInt8] {
        let plain = Array(secret.utf8)
        guard !plain.isEmpty, plain.count <= Self.secretBytesMax else { return [] }
        let digest = HMAC<SHA256>.authenticationCode(for: plain, using: key)
        do {
            let nonce = try ChaChaPoly.Nonce(data: Array(digest.prefix(Self.nonceBytes)))
            return Array(try ChaChaPoly.seal(plain, using: key, nonce: nonce).combined)
        } catch {
            preconditionFailure("ChaChaPoly seals anything under a nonce of 12 bytes: \(error)")
        }
    }

    /// Nil for anything but what this key sealed.
    public func open(_ sealed: [UInt8]) -> String? {
        guard !sealed.isEmpty else { return nil }
        do {
            let plain = try ChaChaPoly.open(ChaChaPoly.SealedBox(combined: sealed), using: key)
            return String(validating: plain, as: UTF8.self)
        } catch {
            return nil
        }
    }
}
