import Crypto
import Domain

/// Issues the challenges that passkeys answer, and knows them again. Nothing is kept of a challenge until it was answered
/// well: whoever asks for one has not shown who they are, so it must cost nothing.
struct PasskeyChallenges: Sendable {
    /// What a challenge is good for.
    enum Purpose: Hashable, Sendable {
        case registration(UserID)
        /// To log in to whichever account has the passkey.
        case login
        /// To log in to the account with an address, in normal form.
        case loginTo(String)

        fileprivate var bytes: [UInt8] {
            switch self {
            case .registration(let account): [1] + Array(account.rawValue.utf8)
            case .login: [2]
            case .loginTo(let address): [3] + Array(address.utf8)
            }
        }
    }

    /// Seconds for which a challenge is good.
    static let seconds: Int64 = 300
    private static let nonceBytes = 16
    private static let timeBytes = 8
    static let byteCount = nonceBytes + timeBytes + SHA256.byteCount

    private let key: SymmetricKey

    init(_ key: SymmetricKey) { self.key = key }

    /// Random bits, when the challenge ends, and a tag that binds both to the purpose.
    func issue(for purpose: Purpose, now: Timestamp) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        let end = UInt64(bitPattern: now.adding(seconds: Self.seconds).microseconds)
        let head =
            (0..<Self.nonceBytes).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            + (0..<Self.timeBytes).map { UInt8(truncatingIfNeeded: end >> (56 - 8 * UInt64($0))) }
        return head + tag(head, purpose)
    }

    /// When the challenge ends; nil: it was issued for none of these purposes, or has ended.
    func end(of challenge: [UInt8], for purposes: [Purpose], now: Timestamp) -> Timestamp? {
        guard challenge.count == Self.byteCount else { return nil }
        let head = Array(challenge.prefix(Self.nonceBytes + Self.timeBytes))
        let isOurs = purposes.contains { purpose in
            zip(challenge.dropFirst(head.count), tag(head, purpose)).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
        }
        let end = Timestamp(
            microseconds: Int64(bitPattern: head.suffix(Self.timeBytes).reduce(0) { $0 << 8 | UInt64($1) }))
        return isOurs && now < end ? end : nil
    }

    private func tag(_ head: [UInt8], _ purpose: Purpose) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: head + purpose.bytes, using: key))
    }
}
