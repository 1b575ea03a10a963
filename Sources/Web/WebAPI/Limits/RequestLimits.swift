import Domain
public import HTTPServer
import HTTPTypes
public import Identity
import Metrics
import NIOCore
public import RateLimits

/// How many requests each caller and each address may make, by kind; see ``RateClass`` and ``RateRules``.
///
/// A request with a good token, or with the cookie of a session that the node knows, is charged to its caller and, where the
/// class has a limit for addresses, to the address; any other to the address alone. A refused request reaches no route, and nothing of it is recorded.
public struct RequestLimits: Sendable {
    /// Whose limit a request met.
    enum Party: String, CaseIterable {
        case caller, address
    }

    /// What the headers of an answer tell: `RateLimit-Policy` and `RateLimit` of draft-ietf-httpapi-ratelimit-headers-10.
    struct Standing {
        fileprivate var policy: String
        fileprivate var state: String
    }

    /// A request that may pass.
    struct Admission {
        /// Nil: nothing limits it.
        var standing: Standing?
        /// What it costs besides if what it is about is not there; nil: nothing.
        fileprivate var ofMiss: RateLimiter.Charge?
        /// Until its answer has ended.
        fileprivate var ofCaller: OpenCounts<UserID>.Lease?
        fileprivate var ofAddress: OpenCounts<AddressGroup>.Lease?
        fileprivate var ofOrganisation: OpenCounts<OrganisationID>.Lease?
        /// Tells more of its caller once it is answered.
        fileprivate var ofBots: BotGuard.Pending?
    }

    enum Judgement {
        case admitted(Admission)
        case refused(Problem)
    }

    /// How many streams may be open at once.
    public struct Streams: Sendable {
        public var perCallerMax = 20
        public var perAddressMax = 500
        /// Of all API keys of an organisation together, whoever they act for.
        public var perOrganisationMax = 2_000

        public init() {}
    }

    private let limiter: RateLimiter
    private let rules: RateRules
    private let services: Set<String>
    private let proxies: TrustedProxies
    private let authenticator: Authenticator
    private let sessions: CookieSessions?
    private let bots: BotGuard?
    let edge: EdgeHeaders
    private let now: @Sendable () -> Int64
    private let streamsOfCallers: OpenCounts<UserID>
    private let streamsOfAddresses: OpenCounts<AddressGroup>
    private let streamsOfOrganisations: OpenCounts<OrganisationID>
    private let refusals: [RateClass: [Party: Counter]]

    /// - Parameters:
    ///   - services: users whose requests are of the class ``RateClass/service``.
    ///   - proxies: whose `X-Forwarded-For` counts.
    ///   - streams: those that the operator named as services may have any number, and staff at any address.
    ///   - sessions: nil: no cookie stands for a caller.
    ///   - bots: asks callers who look like programs; nil: nobody is scored.
    ///   - edge: the headers of what is refused.
    ///   - now: nanoseconds by a clock that never goes back.
    public init(
        _ rules: RateRules, limiter: RateLimiter = RateLimiter(), services: Set<String> = [],
        proxies: TrustedProxies = TrustedProxies(), streams: Streams = Streams(), authenticator: Authenticator,
        sessions: CookieSessions? = nil, bots: BotGuard? = nil, edge: EdgeHeaders = EdgeHeaders(),
        now: @escaping @Sendable () -> Int64 = uptime
    ) {
        self.rules = rules
        self.limiter = limiter
        self.services = services
        self.proxies = proxies
        self.authenticator = authenticator
        self.sessions = sessions
        self.bots = bots
        self.edge = edge
        self.now = now
        streamsOfCallers = OpenCounts(countMax: streams.perCallerMax)
        streamsOfAddresses = OpenCounts(countMax: streams.perAddressMax)
        streamsOfOrganisations = OpenCounts(countMax: streams.perOrganisationMax)
        refusals = RateClass.allCases.reduce(into: [:]) { refusals, rateClass in
            refusals[rateClass] = Party.allCases.reduce(into: [:]) { counters, party in
                counters[party] = Counter(
                    label: "http_rate_limited_requests",
                    dimensions: [("class", rateClass.rawValue), ("by", party.rawValue)])
            }
        }
    }

    /// Nanoseconds since the machine started.
    public static let uptime: @Sendable () -> Int64 = { Int64(NIODeadline.now().uptimeNanoseconds) }

    /// Decides a request by its head.
    ///
    /// - Parameter peer: the other end of the connection; nil: not known any more.
    func judge(_ head: HTTPRequest, from peer: IPAddress?) -> Judgement {
        let target = (head.path ?? "")[...]
        let path = target.prefix { $0 != "?" }
        guard
            let asked = RateClass.of(
                method: head.method.rawValue, path: path, hasQuery: path.endIndex != target.endIndex)
        else { return .admitted(Admission()) }
        let now = now()
        let address = peer.map { proxies.caller(peer: $0, forwarded: head.headerFields[values: .forwardedFor]).group }
        let comesThroughProxy = peer.map { proxies.contains($0) } ?? false
        var caller: Principal?
        if head.headerFields.contains(.authorization) {
            caller = authenticator.remembered(head.headerFields)
            if caller == nil {
                // To check a signature costs more than most requests; whoever sends bad ones has to stop.
                let ofTokens = address.flatMap { charge($0, .token) }
                if let ofTokens, case let decision = limiter.peek(ofTokens, at: now), !decision.isAdmitted {
                    return refused(.token, .address, decision, head, asked, caller)
                }
                do throws(Problem) {
                    caller = try authenticator.principal(head.headerFields)
                } catch {
                    // The route says what is wrong with it.
                    if error.code != .notReady, let ofTokens { _ = limiter.charge(ofTokens, at: now) }
                }
            }
        }
        if caller == nil, let account = sessions?.remembered(head.headerFields) {
            caller = authenticator.principal(account: account)
        }
        let rateClass = caller.map { self.rateClass(asked, of: $0) } ?? asked
        var admission = Admission()
        if RateClass.isStream(method: head.method.rawValue, path: path) {
            // Where the rest refuses it, it is closed again at once.
            do throws(Problem) {
                try open(caller, rateClass, address, &admission)
            } catch {
                return .refused(error)
            }
        }
        if let caller, Self.isCommand(head, asked), rateClass != .staff, rateClass != .service {
            // The log keeps each refusal: nobody may make it keep what they make up, for long.
            let ofMiss = charge(caller, .miss)
            let decision = limiter.peek(ofMiss, at: now)
            guard decision.isAdmitted else { return refused(.miss, .caller, decision, head, asked, caller) }
            admission.ofMiss = ofMiss
        }
        let ofAddress = address.flatMap { charge($0, rateClass) }
        guard let caller else {
            guard let ofAddress else { return .admitted(admission) }
            let decision = limiter.charge(ofAddress, at: now)
            guard decision.isAdmitted else { return refused(rateClass, .address, decision, head, asked, caller) }
            admission.standing = standing(rateClass, .address, decision, caller)
            do throws(Problem) {
                _ = try bots?.judge(
                    head, path: path, caller: nil, isScored: false, address: address,
                    comesThroughProxy: comesThroughProxy)
            } catch {
                return .refused(error)
            }
            return .admitted(admission)
        }
        switch limiter.charge(charge(caller, rateClass), ofAddress, at: now) {
        case .admitted(let decision):
            admission.standing = standing(rateClass, .caller, decision, caller)
            do throws(Problem) {
                admission.ofBots = try bots?.judge(
                    head, path: path, caller: caller, isScored: !isExempt(caller),
                    address: address, comesThroughProxy: comesThroughProxy)
            } catch {
                return .refused(error)
            }
            return .admitted(admission)
        case .refused(let decision, let index):
            return refused(rateClass, index == 0 ? .caller : .address, decision, head, asked, caller)
        }
    }

    private static func isCommand(_ head: HTTPRequest, _ asked: RateClass) -> Bool {
        ![.get, .head, .options].contains(head.method) && asked != .auth && asked != .webhook
    }

    /// The answer to an admitted request begins.
    func answered(_ admission: Admission, _ response: HTTPResponse) {
        if response.status == .notFound, let ofMiss = admission.ofMiss { _ = limiter.charge(ofMiss, at: now()) }
        if let pending = admission.ofBots { bots?.answered(pending, response) }
    }

    private func open(
        _ caller: Principal?, _ rateClass: RateClass, _ address: AddressGroup?, _ admission: inout Admission
    ) throws(Problem) {
        if let key = caller?.key {
            admission.ofOrganisation = streamsOfOrganisations.open(key.organisation)
            guard admission.ofOrganisation == nil else { return }
            throw .tooManyStreams("the organisation's", streamsOfOrganisations.countMax)
        }
        guard rateClass != .service else { return }
        if let caller {
            admission.ofCaller = streamsOfCallers.open(caller.userID)
            if admission.ofCaller == nil { throw .tooManyStreams("the caller's", streamsOfCallers.countMax) }
        }
        if let address, rateClass != .staff {
            admission.ofAddress = streamsOfAddresses.open(address)
            if admission.ofAddress == nil { throw .tooManyStreams("one address's", streamsOfAddresses.countMax) }
        }
    }

    private func rateClass(_ asked: RateClass, of caller: Principal) -> RateClass {
        if asked == .auth || asked == .webhook { return asked }
        if isService(caller) { return .service }
        // Organisers give roles to whom they like: those don't help to take places, of anybody's shows.
        return caller.worksForAll || caller.role != .user && !asked.takesPlaces ? .staff : asked
    }

    private func isService(_ caller: Principal) -> Bool {
        caller.key != nil || services.contains(caller.userID.rawValue)
    }

    /// Nobody asks whether such a caller is a program.
    private func isExempt(_ caller: Principal) -> Bool { isService(caller) || caller.worksForAll }

    // MARK: Keys

    // A `Hasher` is seeded anew in each process, so nobody can make up callers or addresses that share a slot.

    private func charge(_ caller: Principal, _ rateClass: RateClass) -> RateLimiter.Charge {
        var hasher = Hasher()
        hasher.combine(Party.caller)
        hasher.combine(rateClass)
        // All keys and all customers of an organisation share what its servers may ask.
        if let key = caller.key, rateClass == .service {
            hasher.combine(key.organisation)
        } else {
            hasher.combine(caller.userID)
        }
        return RateLimiter.Charge(UInt64(bitPattern: Int64(hasher.finalize())), limit(rateClass, .caller, caller))
    }

    private func charge(_ address: AddressGroup, _ rateClass: RateClass) -> RateLimiter.Charge? {
        guard let limit = rules.addressLimit(rateClass) else { return nil }
        var hasher = Hasher()
        hasher.combine(Party.address)
        hasher.combine(rateClass)
        hasher.combine(address)
        return RateLimiter.Charge(UInt64(bitPattern: Int64(hasher.finalize())), limit)
    }

    // MARK: What callers are told

    private func limit(_ rateClass: RateClass, _ party: Party, _ caller: Principal?) -> RateLimit {
        if party == .address, let ofAddress = rules.addressLimit(rateClass) { return ofAddress }
        if rateClass == .service, let key = caller?.key {
            return rules.organisationLimit(key.organisation.rawValue)
        }
        return rules.callerLimit(rateClass)
    }

    private func standing(
        _ rateClass: RateClass, _ party: Party, _ decision: RateDecision, _ caller: Principal?
    ) -> Standing {
        let name = party == .caller ? rateClass.rawValue : rateClass.rawValue + "-address"
        let seconds = Self.seconds(decision.isAdmitted ? decision.resetAfter : decision.retryAfter)
        return Standing(
            policy: "\"\(name)\";q=\(limit(rateClass, party, caller).perMinute);w=\(RateLimit.windowSeconds)",
            state: "\"\(name)\";r=\(decision.remaining);t=\(seconds)")
    }

    /// - Parameter asked: the class that the path belongs to.
    private func refused(
        _ rateClass: RateClass, _ party: Party, _ decision: RateDecision, _ head: HTTPRequest, _ asked: RateClass,
        _ caller: Principal?
    ) -> Judgement {
        refusals[rateClass]?[party]?.increment()
        let standing = standing(rateClass, party, decision, caller)
        let whose = party == .caller ? "one caller" : "all callers of one address together"
        return .refused(
            Problem(
                .rateLimited,
                detail:
                    "At most \(limit(rateClass, party, caller).perMinute) requests of the class “\(rateClass.rawValue)” a "
                    + "minute are answered for \(whose).",
                outcome: Self.isCommand(head, asked) ? Problem.Outcome.none : nil,
                retryAfterSeconds: max(1, Self.seconds(decision.retryAfter)),
                headers: [.rateLimitPolicy: standing.policy, .rateLimit: standing.state]))
    }

    /// Rounded up: whoever comes back then is not too early.
    private static func seconds(_ nanoseconds: Int64) -> Int { Int((nanoseconds + 999_999_999) / 1_000_000_000) }
}

extension Problem {
    fileprivate static func tooManyStreams(_ whose: String, _ countMax: Int) -> Problem {
        Problem(
            .tooManyRequests, detail: "At most \(countMax) of \(whose) streams are open at once.",
            retryAfterSeconds: 15)
    }
}

extension HTTPFields {
    mutating func set(_ standing: RequestLimits.Standing) {
        append(HTTPField(name: .rateLimitPolicy, value: standing.policy))
        append(HTTPField(name: .rateLimit, value: standing.state))
    }
}
