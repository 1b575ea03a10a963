import Domain
public import Foundation
import Synchronization

/// Tells who sent a request, by its JSON Web Token (RFC 7519).
///
/// A token is good when it is signed with ES256 or EdDSA by a key of the set that its `kid` names, has not expired, is
/// not for the future, and has a `sub` that can be a user id. `role` is one of ``Principal/Role``, `user` where it is
/// absent. `shows`, `gate` and `areas` say where a scanner stands; see ``DoorScope``. `channels`, a list of names, says
/// which sales channels' places the caller may hold.
public final class Authenticator: Sendable {
    /// Seconds that this clock and the issuer's may be apart.
    static let leewaySeconds: Int64 = 60
    /// Longer tokens are not looked at; ours have about 250 bytes.
    static let tokenBytesMax = 4096
    /// Sales channels that one token may name.
    static let channelsMax = 20

    private let keys: Mutex<VerificationKeys>
    private let verified: VerifiedTokens
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - verifiedTokensMax: how many checked tokens are remembered; about half a kilobyte each.
    ///   - now: the time in seconds since 1970.
    public init(
        keys: VerificationKeys, verifiedTokensMax: Int = 16_384,
        now: @escaping @Sendable () -> Int64 = { Int64(Date().timeIntervalSince1970) }
    ) {
        self.keys = Mutex(keys)
        verified = VerifiedTokens(countMax: verifiedTokensMax)
        self.now = now
    }

    /// Replaces the keys. From now on no other key counts, not even for tokens verified before.
    public func replace(keys: VerificationKeys) {
        self.keys.withLock { $0 = keys }
        verified.removeAll()
    }

    /// The caller that a token names.
    ///
    /// - Throws: ``InvalidToken``
    public func principal(token: String) throws(InvalidToken) -> Principal {
        let now = now()
        if let principal = verified.find(token, now: now) { return principal }
        let entry = try verify(token, now: now)
        verified.insert(entry, for: token)
        return entry.principal
    }

    /// The caller that a token names whose signature was checked before; nil: look closer.
    public func remembered(token: String) -> Principal? { verified.find(token, now: now()) }

    private func verify(_ token: String, now: Int64) throws(InvalidToken) -> VerifiedTokens.Entry {
        let text = Array(token.utf8)
        guard text.count <= Self.tokenBytesMax else { throw InvalidToken("The token is too long.") }
        guard let jws = CompactJWS(text), let header: Header = jws.decodedHeader() else {
            throw InvalidToken("The token is not a signed JSON Web Token.")
        }
        guard header.crit == nil else {
            throw InvalidToken("The token has critical extensions that are not known here.")
        }
        guard let algorithm = header.alg.flatMap(VerificationKey.Algorithm.init(rawValue:)) else {
            throw InvalidToken("The token is not signed with ES256 or EdDSA.")
        }
        guard let kid = header.kid else { throw InvalidToken("The token does not name its key (kid).") }
        guard let key = keys.withLock({ $0[kid] }), key.algorithm == algorithm else {
            throw InvalidToken("The token's key is not known here.")
        }
        guard jws.isSigned(by: key) else {
            throw InvalidToken("The token's signature is not valid.")
        }
        return try Self.check(jws, now: now)
    }

    private static func check(_ jws: CompactJWS, now: Int64) throws(InvalidToken) -> VerifiedTokens.Entry {
        guard let claims: Claims = jws.decodedPayload() else { throw InvalidToken("The token's claims can't be read.") }
        guard let expiry = claims.exp.flatMap(Int64.init(exactlyRounded:)) else {
            throw InvalidToken("The token has no expiry (exp).")
        }
        guard now < expiry + leewaySeconds else { throw InvalidToken("The token has expired.") }
        if let start = claims.nbf {
            guard let start = Int64(exactlyRounded: start), start - leewaySeconds <= now else {
                throw InvalidToken("The token is not valid yet.")
            }
        }
        guard let subject = claims.sub else { throw InvalidToken("The token has no subject (sub).") }
        guard let userID = UserID(checking: subject) else {
            throw InvalidToken("The token's subject can't be a user id.")
        }
        guard let role = Principal.Role(rawValue: claims.role ?? "user") else {
            throw InvalidToken("The token's role is not \(Principal.Role.list).")
        }
        guard claims.channels?.count ?? 0 <= channelsMax else {
            throw InvalidToken("The token names more than \(channelsMax) channels.")
        }
        let door = try DoorScope(shows: claims.shows, gate: claims.gate, areas: claims.areas)
        return VerifiedTokens.Entry(
            principal: Principal(userID: userID, role: role, channels: Set(claims.channels ?? []), door: door),
            expiry: expiry + leewaySeconds)
    }

    private struct Header: Decodable {
        var alg: String?
        var kid: String?
        var crit: [String]?
    }

    private struct Claims: Decodable {
        var sub: String?
        var role: String?
        var channels: [String]?
        var exp: Double?
        var nbf: Double?
        var shows: [String]?
        var gate: String?
        var areas: [String]?
    }
}

extension Int64 {
    /// Seconds since 1970 from a JWT's NumericDate, which may have a fraction; nil for what is far from any real time.
    fileprivate init?(exactlyRounded date: Double) {
        guard date.magnitude < 1e15 else { return nil }
        self.init(date.rounded(.down))
    }
}

/// The token does not prove who sent the request.
public struct InvalidToken: Error, Equatable {
    /// The rule that the token breaks, as a sentence for its bearer; without quotation marks.
    public var reason: String

    init(_ reason: String) { self.reason = reason }
}
