import Crypto
public import Domain
import Text

/// The tokens that say whom a show's waiting room has admitted: the header `Admission` of whoever places a hold.
///
/// A token is short (about 150 characters) and is checked for every hold, so it is no JSON Web Token: it has one form, which
/// only these nodes read. In base 64 without padding it is, one after the other:
///
/// | bytes | are |
/// | --- | --- |
/// | 1 | the form, 1 |
/// | 8 | until when holds can be placed: microseconds since 1970, big-endian |
/// | 8 | until when the first has to be placed; the smallest number there is: claimed already |
/// | 1 | how long the entry's id is |
/// | n | the entry's id, which begins with its show's |
/// | m | the user's id |
/// | 16 | the first bytes of the HMAC-SHA-256 of all of it (RFC 2104, section 5) |
///
/// A token says that the room admitted its bearer, and no more: whether the admission was used up is for the show's own
/// events to say.
public struct AdmissionTokens: Sendable {
    /// Keyed, before any byte: a copy is cheaper than another key schedule.
    private let keyed: HMAC<SHA256>

    private static let form: UInt8 = 1
    private static let macBytes = 16
    /// The form, two times, and the length of the entry's id.
    private static let headBytes = 18
    /// Longer texts are not looked at; two ids of 64 characters make 217.
    private static let textBytesMax = 256

    /// - Parameter path: the PEM file that ``TicketCodes`` has, the same for every node.
    public init(keyFile path: String) throws(KeyError) { self.init(try SigningKey(pemFile: path)) }

    init(_ signingKey: SigningKey) { keyed = HMAC(key: signingKey.derivedKey(for: "holdfast admission")) }

    /// The same admission always has the same token.
    public func token(for admission: Admission) -> String {
        var bytes: [UInt8] = [Self.form]
        let (entry, user) = (admission.entryID.rawValue.utf8, admission.userID.rawValue.utf8)
        bytes.reserveCapacity(Self.headBytes + entry.count + user.count + Self.macBytes)
        for time in [admission.sessionUntil.microseconds, admission.claimUntil?.microseconds ?? .min] {
            withUnsafeBytes(of: time.bigEndian) { bytes.append(contentsOf: $0) }
        }
        precondition(entry.count <= EntryID.lengthMax, "an id is short")
        bytes.append(UInt8(entry.count))
        bytes.append(contentsOf: entry)
        bytes.append(contentsOf: user)
        return Base64URL.encode(bytes + mac(bytes[...]))
    }

    /// What a token says; nil for anything but a token that this key made.
    public func admission(_ token: String) -> Admission? {
        guard token.utf8.count <= Self.textBytesMax else { return nil }
        var token = token
        return token.withUTF8 { text in Base64URL.decode(text) }.flatMap(admission(in:))
    }

    private func admission(in bytes: [UInt8]) -> Admission? {
        guard bytes.count > Self.headBytes + Self.macBytes, bytes[0] == Self.form else { return nil }
        let content = bytes.dropLast(Self.macBytes)
        // No byte's comparison says how many were right.
        let difference = zip(mac(content), bytes.suffix(Self.macBytes)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) }
        let userStart = Self.headBytes + Int(bytes[Self.headBytes - 1])
        guard difference == 0, userStart <= content.endIndex,
            let entry = EntryID(checking: String(decoding: content[Self.headBytes..<userStart], as: UTF8.self)),
            let user = UserID(checking: String(decoding: content[userStart...], as: UTF8.self))
        else { return nil }
        let claimUntil = Self.time(content[9..<17])
        return Admission(
            entryID: entry, userID: user, claimUntil: claimUntil == .min ? nil : Timestamp(microseconds: claimUntil),
            sessionUntil: Timestamp(microseconds: Self.time(content[1..<9])))
    }

    private static func time(_ bytes: ArraySlice<UInt8>) -> Int64 {
        Int64(bitPattern: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    private func mac(_ content: ArraySlice<UInt8>) -> [UInt8] {
        var mac = keyed
        mac.update(data: content)
        return Array(mac.finalize().prefix(Self.macBytes))
    }
}
