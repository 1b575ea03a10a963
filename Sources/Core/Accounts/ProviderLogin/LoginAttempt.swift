import Crypto
public import Domain
import Text

/// One log-in at an identity provider, from the request that sends the browser there to the one that it comes back with.
///
/// No node keeps anything of it: the browser has it in a cookie, sealed, which any node can open and nobody can make or read.
/// So an answer counts only in the browser that asked (RFC 6749, section 10.12), and only for a time.
public struct LoginAttempt: Sendable {
    /// Seconds that somebody may take at the provider.
    public static let seconds: Int64 = 600

    private let stateSecret: Secret256
    private let nonceSecret: Secret256
    private let verifierSecret: Secret256
    public let startedAt: Timestamp
    public let returnPath: ReturnPath

    /// A new one.
    public init(returnTo path: ReturnPath, now: Timestamp) {
        stateSecret = Secret256()
        nonceSecret = Secret256()
        verifierSecret = Secret256()
        startedAt = now
        returnPath = path
    }

    /// Comes back in the provider's answer.
    public var state: String { stateSecret.text }
    /// Comes back in the ID token.
    public var nonce: String { nonceSecret.text }
    /// Of ``CodeChallenge``; only the provider's token endpoint is told.
    public var verifier: String { verifierSecret.text }
    /// When no answer counts any more.
    public var endsAt: Timestamp { startedAt.adding(seconds: Self.seconds) }
    /// By which an answer that was used is known again.
    public var id: SecretHash { stateSecret.hash }

    /// Whether this is the attempt that a provider's answer names. The time it takes says nothing of the state.
    public func isNamed(by state: String) -> Bool {
        guard let given = Secret256(state) else { return false }
        return zip(given.bytes, stateSecret.bytes).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    // MARK: The cookie

    private static let secretBytes = 3 * Secret256.byteCount
    private static let headBytes = SHA256.byteCount + secretBytes + 8
    /// Characters of the longest cookie.
    static let cookieLengthMax = (headBytes + ReturnPath.bytesMax + 28) * 4 / 3 + 1

    /// The cookie's value.
    ///
    /// - Parameter issuer: the provider that is asked; no other one's answer counts.
    public func sealed(for issuer: String, in box: SecretBox) -> String {
        let time = UInt64(bitPattern: startedAt.microseconds)
        let bytes =
            Array(SHA256.hash(data: Array(issuer.utf8))) + stateSecret.bytes + nonceSecret.bytes
            + verifierSecret.bytes + (0..<8).map { UInt8(truncatingIfNeeded: time >> (56 - 8 * UInt64($0))) }
            + Array(returnPath.text.utf8)
        return Base64URL.encode(box.seal(bytes))
    }

    /// The attempt in a cookie's value.
    ///
    /// - Throws: ``ProviderLoginFault/notBegun`` for anything but what ``sealed(for:in:)`` made for this issuer, and
    ///   ``ProviderLoginFault/expired`` once its time is over.
    public init(
        cookie: String, for issuer: String, in box: SecretBox, now: Timestamp
    ) throws(ProviderLoginFault) {
        guard cookie.utf8.count <= Self.cookieLengthMax, let sealed = Base64URL.decode(cookie.utf8),
            let bytes = box.open(sealed), bytes.count > Self.headBytes,
            bytes.starts(with: SHA256.hash(data: Array(issuer.utf8))),
            let path = ReturnPath(String(decoding: bytes[Self.headBytes...], as: UTF8.self))
        else { throw .notBegun }
        func secret(_ number: Int) -> Secret256 {
            let start = SHA256.byteCount + number * Secret256.byteCount
            return Secret256(bytes: Array(bytes[start..<start + Secret256.byteCount]))
        }
        stateSecret = secret(0)
        nonceSecret = secret(1)
        verifierSecret = secret(2)
        let time = bytes[(Self.headBytes - 8)..<Self.headBytes].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        startedAt = Timestamp(microseconds: Int64(bitPattern: time))
        returnPath = path
        guard now < endsAt else { throw .expired }
    }
}
