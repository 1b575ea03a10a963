import Bots
public import Domain
import HTTPServer
public import HTTPTypes
public import Identity
import Metrics
import RateLimits
import Synchronization

/// Asks callers who look like programs to prove that they are none, before they take places of a show; see ``BotScore`` and
/// docs/bots.md.
///
/// It decides by a request's head, behind the limits and before any route, so the fast lane and the router answer alike.
/// What it asks for is on no record: the request can be sent again, with the same `Idempotency-Key` and an answer.
public final class BotGuard: Sendable {
    public struct Settings: Sendable {
        /// Whether anything is done about callers; otherwise their scores are shown and nothing else.
        public var acts = true
        /// Work of the least suspicious on a calm day, in bits.
        public var baseBits = WorkDifficulty.baseBitsDefault
        /// What a page needs to show the provider's challenge; nil: there is no provider.
        public var siteKey: String?
        /// The header in which a trusted proxy tells the JA4 fingerprint of a caller's TLS.
        public var ja4Header: HTTPField.Name?
        /// Whether the node's own connections are encrypted.
        public var isSecure = false

        public init() {}
    }

    /// A request whose answer tells more of its caller.
    struct Pending {
        fileprivate var caller: UInt64
        fileprivate var outcome: BotMemory.Outcome
    }

    /// Seconds that a challenge, and a pass, are good for.
    static let challengeSeconds: Int64 = 120
    static let passSeconds: Int64 = 300
    /// Seconds that work is asked for after the provider could not be reached.
    private static let providerPauseNanoseconds: Int64 = 30_000_000_000
    /// How often one answer may be used: so many times at once, and so many more each minute.
    private static let usesLimit = RateLimit(perMinute: 4)
    private static let slowLimit = RateLimit(perMinute: 1)

    let settings: Settings
    let tokens: ChallengeTokens
    let report = BotReport()
    private let memory: BotMemory
    private let quotas = RateLimiter(keysMax: 50_000)
    private let pace = RecentPace()
    private let now: @Sendable () -> Int64
    let wallClock: @Sendable () -> Timestamp
    private let providerAwayUntil = Mutex(Int64.min)
    private let actions: [BotAction: Counter]

    /// - Parameters:
    ///   - now: nanoseconds by a clock that never goes back.
    ///   - wallClock: when challenges end.
    public init(
        _ settings: Settings, tokens: ChallengeTokens, now: @escaping @Sendable () -> Int64 = RequestLimits.uptime,
        wallClock: @escaping @Sendable () -> Timestamp
    ) {
        self.settings = settings
        self.tokens = tokens
        self.now = now
        self.wallClock = wallClock
        memory = BotMemory(startedAt: now())
        actions = BotAction.allCases.reduce(into: [:]) { actions, action in
            actions[action] = Counter(label: "http_bot_decisions", dimensions: [("action", action.rawValue)])
        }
    }

    // MARK: Deciding

    /// Notes a request, and decides it where it takes places.
    ///
    /// - Parameters:
    ///   - caller: nil: nobody who is known.
    ///   - isScored: staff and services are not.
    ///   - comesThroughProxy: through one whose headers count.
    func judge(
        _ head: HTTPRequest, path: Substring, caller: Principal?, isScored: Bool, address: AddressGroup?,
        comesThroughProxy: Bool
    ) throws(Problem) -> Pending? {
        let now = now()
        let addressKey = address.map { Self.key(1, $0) }
        let method = head.method.rawValue
        guard let caller, isScored else {
            memory.note(caller: nil, address: addressKey, isLook: method == "GET", at: now)
            return nil
        }
        let key = Self.key(0, caller.userID)
        guard let place = RateClass.placesTaken(method: method, path: path), let show = ShowID(checking: place.show)
        else {
            memory.note(caller: key, address: addressKey, isLook: method == "GET", at: now)
            let isOrder = RateClass.of(method: method, path: path, hasQuery: false) == .checkout
            return isOrder ? Pending(caller: key, outcome: .ordered) : nil
        }
        let traits = traits(head.headerFields, comesThroughProxy: comesThroughProxy)
        let signals = memory.tries(
            BotMemory.Visitor(caller: key, address: addressKey, print: traits.print, headers: HeaderOddity(traits)),
            at: now)
        let score = BotScore(signals)
        let action = BotAction(score)
        let triesPerSecond = pace.count(at: now)
        actions[action]?.increment()
        let pending = place.isHold ? Pending(caller: key, outcome: .held) : nil
        guard action > .none else { return pending }
        guard settings.acts else {
            report.note(show, caller.userID, score, .watched(action), at: wallClock())
            return pending
        }
        do throws(Problem) {
            try admit(head, key, caller.userID, show, action, triesPerSecond, at: now)
            report.note(show, caller.userID, score, .answered(action), at: wallClock())
        } catch {
            report.note(show, caller.userID, score, .stopped(action), at: wallClock())
            throw error
        }
        return pending
    }

    /// A request of a caller's was answered.
    func answered(_ pending: Pending, _ response: HTTPResponse) {
        guard response.status.kind == .successful, !response.headerFields.contains(.idempotentReplayed) else { return }
        // An order that waits for its buyer's bank is not paid for, and may never be.
        guard pending.outcome == .held || response.status == .created else { return }
        memory.settle(pending.outcome, of: pending.caller, at: now())
    }

    private func admit(
        _ head: HTTPRequest, _ key: UInt64, _ user: UserID, _ show: ShowID, _ action: BotAction, _ triesPerSecond: Int,
        at now: Int64
    ) throws(Problem) {
        guard action < .refuse else {
            throw Problem(
                .callerRefused, detail: "The caller acts like a program. Wait a while, and do less.",
                outcome: Problem.Outcome.none, retryAfterSeconds: 300)
        }
        let needsProvider = action >= .challenge && providerIsThere(at: now)
        let bits = WorkDifficulty.bits(base: settings.baseBits, action: action, triesPerSecond: triesPerSecond)
        func challenge(_ detail: String) -> Problem {
            needsProvider ? providerChallenge(user, show, detail) : workChallenge(bits, user, show, detail)
        }
        let texts = head.headerFields[values: .challengeAnswer]
        guard let text = texts.first, texts.count == 1 else {
            throw challenge("Send it again with the header Challenge-Answer.")
        }
        // What load adds may have changed meanwhile; the caller is asked for what was said.
        let calmBits = WorkDifficulty.bits(base: settings.baseBits, action: action, triesPerSecond: 0)
        guard let answer = ChallengeAnswer(text), let claim = tokens.claim(answer.token, of: user, on: show) else {
            throw challenge("The answer is to no challenge of this caller and this show.")
        }
        guard claim.until > wallClock() else { throw challenge("The answer comes too late.") }
        switch claim.kind {
        case .pass: break
        case .provider: throw challenge("The provider's response has to be exchanged for an answer first.")
        case .work:
            guard !needsProvider, claim.bits >= calmBits else { throw challenge("That answer is not enough any more.") }
            guard WorkChallenge(bits: claim.bits, salt: answer.token).isMet(by: answer.nonce, of: user) else {
                throw challenge("The nonce does not meet the challenge.")
            }
        }
        if action == .slow {
            let decision = quotas.charge(RateLimiter.Charge(key, Self.slowLimit), at: now)
            guard decision.isAdmitted else {
                throw Problem(
                    .callerSlowed, detail: "The caller acts like a program, and gets one try a minute.",
                    outcome: Problem.Outcome.none,
                    retryAfterSeconds: max(1, Int((decision.retryAfter + 999_999_999) / 1_000_000_000)))
            }
        }
        let use = quotas.charge(RateLimiter.Charge(Self.key(2, claim.nonce), Self.usesLimit), at: now)
        guard use.isAdmitted else { throw challenge("The answer was used too often.") }
    }

    // MARK: Challenges

    func workChallenge(_ bits: Int, _ user: UserID, _ show: ShowID, _ detail: String) -> Problem {
        let until = wallClock().adding(seconds: Self.challengeSeconds)
        let salt = tokens.token(.work, bits: bits, until: until, for: user, on: show)
        return Problem(
            .challengeRequired, detail: detail, outcome: Problem.Outcome.none,
            members: [
                .init("challenge", .string("proof-of-work")), .init("challengeBits", .integer(Int64(bits))),
                .init("challengeSalt", .string(salt)), .init("challengeUntil", .string(until.rfc3339)),
            ])
    }

    private func providerChallenge(_ user: UserID, _ show: ShowID, _ detail: String) -> Problem {
        let until = wallClock().adding(seconds: Self.challengeSeconds)
        let salt = tokens.token(.provider, until: until, for: user, on: show)
        return Problem(
            .challengeRequired, detail: detail, outcome: Problem.Outcome.none,
            members: [
                .init("challenge", .string("siteverify")), .init("challengeSalt", .string(salt)),
                .init("challengeSiteKey", .string(settings.siteKey ?? "")),
                .init("challengeUntil", .string(until.rfc3339)),
            ])
    }

    /// The provider could not be reached, or failed: for half a minute callers are asked for more work in its place. So
    /// nobody is locked out by its failure, and nobody let through by it.
    func providerFailed() { providerAwayUntil.withLock { $0 = now() + Self.providerPauseNanoseconds } }

    private func providerIsThere(at now: Int64) -> Bool {
        settings.siteKey != nil && providerAwayUntil.withLock { $0 } <= now
    }

    // MARK: Callers

    private func traits(_ headers: HTTPFields, comesThroughProxy: Bool) -> HeaderTraits {
        var traits = HeaderTraits(userAgent: headers[.userAgent])
        traits.hasAcceptLanguage = headers.contains(.acceptLanguage)
        traits.hasFetchMetadata = headers.contains(.secFetchSite)
        traits.hasClientHints = headers.contains(.secClientHints)
        traits.isSecure = settings.isSecure || comesThroughProxy && headers[.forwardedProto] == "https"
        if comesThroughProxy, let name = settings.ja4Header { traits.ja4 = headers[name] }
        return traits
    }

    /// A `Hasher` is seeded anew in each process, so nobody can make up callers or addresses that share a slot.
    private static func key(_ kind: Int, _ value: some Hashable) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(kind)
        hasher.combine(value)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

/// The header `Challenge-Answer`: a pass, or the salt of a challenge to work, a colon and a nonce.
struct ChallengeAnswer {
    var token: String
    /// Empty for a pass.
    var nonce: String

    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard text.utf8.count <= ChallengeTokens.textLength + 1 + WorkChallenge.nonceLengthMax, let first = parts.first
        else { return nil }
        token = String(first)
        nonce = parts.count == 2 ? String(parts[1]) : ""
    }
}
