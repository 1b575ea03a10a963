import Crypto
import Text

/// What a room asks of everybody who joins: work that takes one person a moment, and somebody with ten thousand accounts ten
/// thousand moments.
///
/// The answer is a nonce for which SHA-256 of `salt:user:nonce` (ASCII) begins with so many zero bits. It is checked from
/// what is on record alone.
public struct WorkChallenge: Equatable, Sendable {
    /// Characters of a nonce.
    public static let nonceLengthMax = 64

    /// Zero bits; each doubles the work. 18 are a quarter of a million hashes, about a second in a browser.
    public var bits: Int
    /// Not known before the room is set up: nobody works ahead.
    public var salt: String

    public init(bits: Int, salt: String) {
        self.bits = bits
        self.salt = salt
    }

    public func isMet(by nonce: String, of user: UserID) -> Bool {
        guard nonce.utf8.count <= Self.nonceLengthMax else { return false }
        let digest = SHA256.hash(data: Array("\(salt):\(user):\(nonce)".utf8))
        var zeros = 0
        for byte in digest {
            zeros += byte.leadingZeroBitCount
            guard byte == 0 else { break }
        }
        return zeros >= bits
    }
}

extension RoomConfigured {
    /// Characters of a salt: half of the commitment's, which is random enough.
    private static let saltBytes = 16

    /// Nil: joining asks for nothing.
    public var challenge: WorkChallenge? {
        guard let bits = settings.challengeBits else { return nil }
        return WorkChallenge(bits: bits, salt: instanceCommitment.prefix(Self.saltBytes).hex)
    }
}
