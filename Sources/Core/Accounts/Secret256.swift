import Crypto
import Text

/// 256 random bits that only whoever was given them knows: a session's id, or the code in a mail. The service keeps their
/// hash alone.
public struct Secret256: Sendable, CustomStringConvertible, CustomReflectable {
    public static let byteCount = 32

    let bytes: [UInt8]

    /// A new one.
    public init() {
        var generator = SystemRandomNumberGenerator()
        bytes = (0..<Self.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads what ``text`` wrote; nil for anything else.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 43, let bytes = Base64URL.decode(text.utf8), bytes.count == Self.byteCount else {
            return nil
        }
        self.bytes = bytes
    }

    /// 43 characters that need no escaping in a URL.
    public var text: String { Base64URL.encode(bytes) }

    /// SHA-256, by which it is found.
    public var hash: SecretHash { SecretHash(bytes: Array(SHA256.hash(data: bytes))) }

    public var description: String { "(a secret)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The SHA-256 of a ``Secret256``.
public struct SecretHash: Hashable, Sendable {
    public let bytes: [UInt8]

    /// - Parameter bytes: 32.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// How its owner names a session among others: the first 16 bytes in hexadecimal. It opens nothing.
    public var handle: String { bytes.prefix(16).hex }
}
