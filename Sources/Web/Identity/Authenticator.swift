public import Domain
public import Foundation
import Synchronization

/// Tells who sent a request, by its JSON Web Token (RFC 7519).
///
/// A token is good when one of the issuers' keys signed it (ES256, EdDSA or RS256; `kid` names it, or it is the only one), its type is `JWT`
/// or `at+jwt`, it is for one of the issuer's audiences, has not expired, is not for the future nor for longer than the
/// issuer may say, and has a `sub` that can be a user id. `role` is one of ``Principal/Role``, `user` where it is absent.
/// `organisation`, an id, says where the role counts; without it the role counts for all organisations.
/// `shows`, `gate` and `areas` say where a scanner stands; see ``DoorScope``. `channels`, a list of names, says which sales
/// channels' places the caller may hold. A token whose `jti` is denied is no longer good.
public final class Authenticator: Sendable {
    /// Seconds that this clock and the issuer's may be apart.
    static let leewaySeconds: Int64 = 60
    /// Longer tokens are not looked at; ours have about 250 bytes.
    static let tokenBytesMax = 4096
    /// Sales channels that one token may name.
    static let channelsMax = 20

    private struct State {
        /// Of each issuer; nil: they were never read.
        var keys: [VerificationKeys?]
        var denied: Set<String> = []
        var askForKeys: MissingKeyHandler?
    }

    /// Called with an issuer, from 0, whose keys have not the one that a token names; comes back when it may be there.
    public typealias MissingKeyHandler = @Sendable (_ issuer: Int) async -> Void

    let issuers: [TokenIssuer]
    private let state: Mutex<State>
    private let verified: VerifiedTokens
    let now: @Sendable () -> Int64
    private let register: (any RoleRegister)?

    /// - Parameters:
    ///   - issuers: at least one, no two of one name. Whom the first one names are users by their `sub` alone.
    ///   - verifiedTokensMax: how many checked tokens are remembered; about half a kilobyte each.
    ///   - register: whose roles are on record, and API keys; nil: nobody's.
    ///   - now: the time in seconds since 1970.
    public init(
        issuers: [TokenIssuer], verifiedTokensMax: Int = 16_384, register: (any RoleRegister)? = nil,
        now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) }
    ) {
        precondition(!issuers.isEmpty, "somebody issues the tokens")
        self.issuers = issuers
        state = Mutex(State(keys: Array(repeating: nil, count: issuers.count)))
        verified = VerifiedTokens(countMax: verifiedTokensMax)
        self.register = register
        self.now = now
    }

    /// Replaces an issuer's keys. From now on no other key of it counts, not even for tokens verified before.
    ///
    /// - Parameter issuer: counts from 0.
    public func replace(keys: VerificationKeys, ofIssuer issuer: Int = 0) {
        state.withLock { $0.keys[issuer] = keys }
        verified.removeAll()
    }

    /// From now on no token with one of these `jti` is good, and others that were denied before are.
    public func deny(_ ids: Set<String>) {
        state.withLock { $0.denied = ids }
        verified.removeAll()
    }

    /// Whoever reads the issuers' keys is asked for those that are missing.
    public func onMissingKey(_ handler: @escaping MissingKeyHandler) { state.withLock { $0.askForKeys = handler } }

    /// Asks for an issuer's keys, and waits; see ``onMissingKey(_:)``.
    public func askForKeys(ofIssuer issuer: Int) async { await state.withLock(\.askForKeys)?(issuer) }

    /// Whether an issuer's keys were ever read.
    public func hasKeys(ofIssuer issuer: Int) -> Bool { state.withLock { $0.keys[issuer] != nil } }

    /// The caller that a token names, or an API key.
    ///
    /// - Throws: ``InvalidToken``
    public func principal(token: String) throws(InvalidToken) -> Principal {
        if token.hasPrefix(APIKeyText.prefix) {
            guard register?.isCurrent != false else { throw .unknownYet }
            guard let holder = register?.holder(ofKey: token) else {
                throw InvalidToken("The API key is not known here, has expired, or was revoked.")
            }
            return holder
        }
        let now = now()
        if let principal = verified.find(token, now: now) { return withRoles(principal) }
        let edition = verified.edition
        let entry = try verify(token, now: now)
        verified.insert(entry, for: token, asOf: edition)
        return withRoles(entry.principal)
    }

    /// Whether a token is still good; for whoever was let in with it some time ago.
    public func isGood(token: String) -> Bool { grants(token: token) != nil }

    /// The roles of whom a token names now; nil: it is not good.
    public func grants(token: String) -> [Grant]? {
        do throws(InvalidToken) { return try principal(token: token).grants } catch { return nil }
    }

    /// The caller that a token names whose signature was checked before, or a good API key; nil: look closer.
    public func remembered(token: String) -> Principal? {
        if token.hasPrefix(APIKeyText.prefix) {
            guard let register, register.isCurrent else { return nil }
            return register.holder(ofKey: token)
        }
        return verified.find(token, now: now()).map(withRoles)
    }

    /// The holder of an account, with the roles that are on record.
    public func principal(account: UserID) -> Principal { withRoles(Principal(userID: account, role: .user)) }

    private func withRoles(_ principal: Principal) -> Principal {
        guard let register else { return principal }
        var principal = principal
        if register.isCurrent {
            principal.grants += register.grants(of: principal.userID)
        } else {
            principal.hasUnknownRoles = true
        }
        return principal
    }

    private func verify(_ token: String, now: Int64) throws(InvalidToken) -> VerifiedTokens.Entry {
        let signed: Signed<Claims> = try signed(token, .access)
        return try check(signed.claims, of: signed.issuer, now: now)
    }

    /// What a token is for.
    enum TokenKind {
        case access
        /// Of OpenID Connect.
        case id

        /// What a token's `typ` may be, in lower case: others are for somebody else, such as a log-out (RFC 8725, section 3.11).
        fileprivate var types: Set<String> {
            switch self {
            case .access: ["jwt", "at+jwt", "application/jwt", "application/at+jwt"]
            case .id: ["jwt", "application/jwt"]
            }
        }

        /// Longer tokens are not looked at; our access tokens have about 250 bytes, and what a provider tells of a person more.
        fileprivate var bytesMax: Int {
            switch self {
            case .access: Authenticator.tokenBytesMax
            case .id: 4 * Authenticator.tokenBytesMax
            }
        }

        fileprivate var wrongType: String {
            switch self {
            case .access: "The token is not an access token: its type is neither JWT nor at+jwt."
            case .id: "The token is not an ID token: its type is not JWT."
            }
        }
    }

    /// A token that an issuer signed, and did not revoke. Its claims are not looked at yet.
    struct Signed<Claims> {
        var claims: Claims
        /// From 0.
        var issuer: Int
        var algorithm: VerificationKey.Algorithm
    }

    func signed<Claims: SignedClaims>(_ token: String, _ kind: TokenKind) throws(InvalidToken) -> Signed<Claims> {
        let text = Array(token.utf8)
        guard text.count <= kind.bytesMax else { throw InvalidToken("The token is too long.") }
        guard let jws = CompactJWS(text), let header: Header = jws.decodedHeader() else {
            throw InvalidToken("The token is not a signed JSON Web Token.")
        }
        guard header.crit == nil else {
            throw InvalidToken("The token has critical extensions that are not known here.")
        }
        guard header.typ.map({ kind.types.contains($0.lowercased()) }) ?? true else {
            throw InvalidToken(kind.wrongType)
        }
        guard let algorithm = header.alg.flatMap(VerificationKey.Algorithm.init(rawValue:)) else {
            throw InvalidToken("The token is not signed with \(VerificationKey.Algorithm.list).")
        }
        // What is not signed yet says no more than whose keys to look in.
        guard let claims: Claims = jws.decodedPayload() else { throw InvalidToken("The token's claims can't be read.") }
        guard let issuer = issuers.firstIndex(where: { $0.name == nil || $0.name == claims.iss }) else {
            throw InvalidToken("The token's issuer (iss) is not known here.")
        }
        let (key, isDenied) = state.withLock { state in
            (state.keys[issuer]?.key(header.kid, for: algorithm), claims.jti.map(state.denied.contains) ?? false)
        }
        guard let key else {
            throw InvalidToken("The token's key is not known here.", unknownKeyOfIssuer: issuer)
        }
        guard jws.isSigned(by: key) else { throw InvalidToken("The token's signature is not valid.") }
        guard !isDenied else { throw InvalidToken("The token was revoked.") }
        return Signed(claims: claims, issuer: issuer, algorithm: algorithm)
    }

    private func check(_ claims: Claims, of index: Int, now: Int64) throws(InvalidToken) -> VerifiedTokens.Entry {
        let issuer = issuers[index]
        if !issuer.audiences.isEmpty {
            guard let audience = claims.aud, !issuer.audiences.isDisjoint(with: audience.names) else {
                throw InvalidToken("The token is for another audience (aud).")
            }
        }
        let leeway = Self.leewaySeconds
        guard let expiry = claims.exp.flatMap(Int64.init(exactlyRounded:)) else {
            throw InvalidToken("The token has no expiry (exp).")
        }
        guard now < expiry + leeway else { throw InvalidToken("The token has expired.") }
        guard expiry - now <= issuer.lifetimeSecondsMax + leeway else {
            throw InvalidToken("The token is valid for more than \(issuer.lifetimeSecondsMax) seconds.")
        }
        for start in [claims.nbf, claims.iat].compactMap(\.self) {
            guard let start = Int64(exactlyRounded: start), start - leeway <= now else {
                throw InvalidToken("The token is not valid yet.")
            }
        }
        guard let subject = claims.sub else { throw InvalidToken("The token has no subject (sub).") }
        guard let userID = UserID(subject: subject, of: issuer, isFirst: index == 0) else {
            throw InvalidToken("The token's subject can't be a user id.")
        }
        guard let role = Principal.Role(rawValue: issuer.grantsRoles ? claims.role ?? "user" : "user") else {
            throw InvalidToken("The token's role is not \(Principal.Role.list).")
        }
        guard claims.channels?.count ?? 0 <= Self.channelsMax else {
            throw InvalidToken("The token names more than \(Self.channelsMax) channels.")
        }
        let organisation = claims.organisation.map { OrganisationID(checking: $0) }
        guard organisation.map({ $0 != nil }) ?? true else {
            throw InvalidToken("The token's organisation can't be an organisation's id.")
        }
        guard role == .user || organisation == nil || (organisation ?? nil)?.roles.contains(role) ?? true else {
            throw InvalidToken("The token's role is none that an organisation has.")
        }
        let door = try DoorScope(shows: claims.shows, gate: claims.gate, areas: claims.areas)
        let channels = issuer.grantsRoles ? Set(claims.channels ?? []) : []
        return VerifiedTokens.Entry(
            principal: Principal(
                // Who works for the instance works for all.
                userID: userID, role: role, of: (organisation ?? nil).flatMap { $0 == .instance ? nil : $0 },
                channels: channels, door: door),
            expiry: expiry + leeway)
    }

    private struct Header: Decodable {
        var alg: String?
        var typ: String?
        var kid: String?
        var crit: [String]?
    }

    private struct Claims: SignedClaims {
        var iss: String?
        var aud: Audience?
        var jti: String?
        var iat: Double?
        var sub: String?
        var role: String?
        var organisation: String?
        var channels: [String]?
        var exp: Double?
        var nbf: Double?
        var shows: [String]?
        var gate: String?
        var areas: [String]?
    }
}

/// The claims by which a token's keys are found, and whether it is denied.
protocol SignedClaims: Decodable {
    var iss: String? { get }
    var jti: String? { get }
}

/// One name, or a list of them (RFC 7519, section 4.1.3).
struct Audience: Decodable {
    var names: [String]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do { names = [try container.decode(String.self)] } catch { names = try container.decode([String].self) }
    }
}

extension Int64 {
    /// Seconds since 1970 from a JWT's NumericDate, which may have a fraction; nil for what is far from any real time.
    init?(exactlyRounded date: Double) {
        guard date.magnitude < 1e15 else { return nil }
        self.init(date.rounded(.down))
    }
}

/// The token does not prove who sent the request.
public struct InvalidToken: Error, Equatable {
    /// The rule that the token breaks, as a sentence for its bearer; without quotation marks.
    public var reason: String
    /// The issuer, from 0, whose keys that are known here have none of this name: it may have a new one.
    public var unknownKeyOfIssuer: Int?
    /// Nobody can say at this moment whether it is good.
    public var isUnknownYet = false

    static var unknownYet: InvalidToken {
        var unknown = InvalidToken("API keys can't be looked up at this moment.")
        unknown.isUnknownYet = true
        return unknown
    }

    init(_ reason: String, unknownKeyOfIssuer: Int? = nil) {
        self.reason = reason
        self.unknownKeyOfIssuer = unknownKeyOfIssuer
    }
}
