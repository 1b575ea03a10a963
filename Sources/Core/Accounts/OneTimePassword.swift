import Crypto
import Text

/// One-time passwords of an authenticator app (TOTP, RFC 6238, with the parameters that all apps know: SHA-1, six digits,
/// thirty seconds).
public struct OneTimePassword: Sendable, CustomStringConvertible, CustomReflectable {
    public static let secretBytes = 20
    static let stepSeconds: Int64 = 30
    static let digits = 6
    /// Steps before and after now that are taken: clocks differ, and people type slowly (RFC 6238, section 5.2).
    static let stepsApart: Int64 = 1

    /// What the app and the service have in common.
    public let secret: [UInt8]

    /// A new one.
    public init() {
        var generator = SystemRandomNumberGenerator()
        secret = (0..<Self.secretBytes).map { _ in .random(in: .min ... .max, using: &generator) }
    }

    /// - Parameter secret: 16 to 64 bytes; nil for others.
    public init?(secret: [UInt8]) {
        guard (16...64).contains(secret.count) else { return nil }
        self.secret = secret
    }

    /// The secret as an app takes it: base 32 (RFC 4648) without padding.
    public var base32: String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        var text: [UInt8] = []
        var (buffer, bits): (UInt32, UInt32) = (0, 0)
        for byte in secret {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(buffer >> bits & 31)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (5 - bits) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// The secret as an app reads it from a picture
    /// (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
    ///
    /// - Parameters:
    ///   - issuer: a host's name.
    ///   - account: an e-mail address, or an id.
    public func uri(issuer: String, account: String) -> String {
        func escaped(_ text: String) -> String {
            text.utf8.map { byte in
                let isPlain =
                    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-._@".utf8.contains(byte)
                return isPlain ? String(Character(Unicode.Scalar(byte))) : "%" + [byte].hex.uppercased()
            }.joined()
        }
        return "otpauth://totp/\(escaped(issuer)):\(escaped(account))?secret=\(base32)&issuer=\(escaped(issuer))"
    }

    /// The step whose password this is, around a time; nil: none. Each step is good once, so the caller remembers the last.
    ///
    /// - Parameters:
    ///   - code: six digits.
    ///   - seconds: since 1970.
    ///   - last: the last step that was used; older ones are none any more.
    public func step(of code: String, at seconds: Int64, after last: Int64) -> Int64? {
        let now = seconds / Self.stepSeconds
        guard code.utf8.count == Self.digits else { return nil }
        var found: Int64?
        for step in now - Self.stepsApart...now + Self.stepsApart where step > last && step >= 0 {
            let difference = zip(self.code(at: step).utf8, code.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
            if difference == 0 { found = step }
        }
        return found
    }

    /// The password of a step (RFC 4226, section 5.3).
    func code(at step: Int64) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * Int64($0))) }
        let digest = Array(
            HMAC<Insecure.SHA1>.authenticationCode(for: counter, using: SymmetricKey(data: secret)))
        let offset = Int(digest[19] & 15)
        let number = digest[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let text = String(number % 1_000_000)
        return String(repeating: "0", count: Self.digits - text.utf8.count) + text
    }

    public var description: String { "(a secret)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
