import Accounts
import Domain
import HTTPServer
import RateLimits

/// How many log-ins may be tried with one e-mail address, whether or not it has an account, and from however many networks.
///
/// Each network has a share, so that whoever guesses from one of them keeps nobody else from logging in.
final class GuessLimits: Sendable {
    /// Log-ins a minute with one e-mail address from one network.
    static let perNetwork = RateLimit(perMinute: 10)
    /// Log-ins a minute with one e-mail address from all networks together.
    static let perAddress = RateLimit(perMinute: 30)
    /// Addresses, and addresses with a network, that are counted; see ``RateTable``. They take 3 MiB.
    private static let keysMax = 100_000

    private let limiter = RateLimiter(keysMax: keysMax)

    /// Counts a try, before anything is looked up.
    ///
    /// - Parameter network: nil: nobody knows.
    /// - Throws: ``Problem/Code/tooManyRequests``
    func begin(_ address: EmailAddress, from network: AddressGroup?, at now: Timestamp) throws(Problem) {
        let time = now.microseconds * 1_000
        let all = RateLimiter.Charge(Self.key(address, nil), Self.perAddress)
        let decision: RateDecision
        if let network {
            switch limiter.charge(RateLimiter.Charge(Self.key(address, network), Self.perNetwork), all, at: time) {
            case .admitted: return
            case .refused(let refusal, index: _): decision = refusal
            }
        } else {
            decision = limiter.charge(all, at: time)
        }
        guard !decision.isAdmitted else { return }
        throw Problem(
            .tooManyRequests, detail: "Too many log-ins were tried with this e-mail address.",
            retryAfterSeconds: Int(decision.retryAfter / 1_000_000_000) + 1)
    }

    /// A `Hasher` is seeded anew in each process: nobody can make up addresses that share a slot.
    private static func key(_ address: EmailAddress, _ network: AddressGroup?) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(address.normalized)
        hasher.combine(network)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
