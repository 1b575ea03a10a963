import Crypto
public import Domain
import Text

/// The challenges that callers who look like programs have to meet before they may take places, and the passes of those who
/// met one. A node keeps no record of either: every node of an instance can check what another gave out.
///
/// A token is bound to its caller and its show, and ends. In base 64 without padding it is, one after the other:
///
/// | bytes | are |
/// | --- | --- |
/// | 1 | the form, 1 |
/// | 1 | the kind: 1 work, 2 a provider's challenge, 3 a pass |
/// | 1 | bits of work |
/// | 8 | until when it is good: microseconds since 1970, big-endian |
/// | 8 | random |
/// | 16 | the first bytes of the HMAC-SHA-256 of all of it, the user's id, a zero byte and the show's id |
public struct ChallengeTokens: Sendable {
    public enum Kind: UInt8, Sendable {
        case work = 1
        case provider = 2
        case pass = 3
    }

    /// What a good token says.
    public struct Claim: Equatable, Sendable {
        public var kind: Kind
        public var bits: Int
        public var until: Timestamp
        /// Another one for each token.
        public var nonce: UInt64
    }

    /// Keyed, before any byte: a copy is cheaper than another key schedule.
    private let keyed: HMAC<SHA256>

    private static let form: UInt8 = 1
    private static let contentBytes = 19
    private static let macBytes = 16
    /// Characters of a token.
    public static let textLength = 47

    /// - Parameter path: the PEM file that ``TicketCodes`` has, the same for every node.
    public init(keyFile path: String) throws(KeyError) { self.init(try SigningKey(pemFile: path)) }

    init(_ signingKey: SigningKey) { keyed = HMAC(key: signingKey.derivedKey(for: "holdfast challenge")) }

    /// A new token.
    ///
    /// - Parameter bits: 0 to 255.
    public func token(_ kind: Kind, bits: Int = 0, until: Timestamp, for user: UserID, on show: ShowID) -> String {
        var bytes: [UInt8] = [Self.form, kind.rawValue, UInt8(clamping: bits)]
        bytes.reserveCapacity(Self.contentBytes + Self.macBytes)
        withUnsafeBytes(of: until.microseconds.bigEndian) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt64.random(in: 0 ... .max)) { bytes.append(contentsOf: $0) }
        return Base64URL.encode(bytes + mac(bytes[...], user, show))
    }

    /// What a token says; nil for anything but a token that this key made for this caller and this show. Whether it has
    /// ended is for the caller of this to look at.
    public func claim(_ token: String, of user: UserID, on show: ShowID) -> Claim? {
        guard token.utf8.count == Self.textLength else { return nil }
        var token = token
        guard let bytes = token.withUTF8({ Base64URL.decode($0) }),
            bytes.count == Self.contentBytes + Self.macBytes, bytes[0] == Self.form, let kind = Kind(rawValue: bytes[1])
        else { return nil }
        let content = bytes.dropLast(Self.macBytes)
        // No byte's comparison says how many were right.
        let difference = zip(mac(content, user, show), bytes.suffix(Self.macBytes)).reduce(UInt8(0)) {
            $0 | ($1.0 ^ $1.1)
        }
        guard difference == 0 else { return nil }
        return Claim(
            kind: kind, bits: Int(bytes[2]),
            until: Timestamp(microseconds: Int64(bitPattern: Self.number(bytes[3..<11]))),
            nonce: Self.number(bytes[11..<19]))
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }

    private func mac(_ content: ArraySlice<UInt8>, _ user: UserID, _ show: ShowID) -> [UInt8] {
        var mac = keyed
        mac.update(data: content)
        mac.update(data: Array("\(user.rawValue)\0\(show.rawValue)".utf8))
        return Array(mac.finalize().prefix(Self.macBytes))
    }
}
