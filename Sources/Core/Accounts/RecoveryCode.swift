import Crypto

/// A code for who has lost their authenticator app: 120 random bits, good once. So many that a hash without a salt is enough for them.
public struct RecoveryCode: Sendable {
    /// Codes that an account gets at once.
    public static let count = 10
    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    private static let letters = 24
    /// Of codes that were made before.
    private static let oldLetters = 16

    private let plain: [UInt8]

    /// A new one.
    public init() {
        var generator = SystemRandomNumberGenerator()
        plain = (0..<Self.letters).map { _ in Self.alphabet[Int.random(in: 0..<32, using: &generator)] }
    }

    /// Reads what somebody typed, in whatever case, with or without its hyphens; nil for what can't be a code.
    public init?(_ text: String) {
        let plain = text.lowercased().utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }
        guard plain.count == Self.letters || plain.count == Self.oldLetters,
            plain.allSatisfy({ Self.alphabet.contains($0) })
        else { return nil }
        self.plain = plain
    }

    /// For example `abcd-efgh-ijkl-mnop-qrst-uvwx`.
    public var text: String {
        stride(from: 0, to: plain.count, by: 4)
            .map { String(decoding: plain[$0..<$0 + 4], as: UTF8.self) }.joined(separator: "-")
    }

    /// SHA-256, by which it is found.
    public var hash: SecretHash { SecretHash(bytes: Array(SHA256.hash(data: plain))) }
}
