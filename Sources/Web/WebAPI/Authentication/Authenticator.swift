import Domain
public import Foundation
public import HTTPTypes
import JWTKit
import Synchronization

/// Tells who a request is from, by the JSON Web Token (RFC 7519) in its `Authorization: Bearer` header.
///
/// A token is good when it is signed with ES256 or EdDSA by a key of the set that its `kid` names, has not expired, is
/// not for the future, and has a `sub` that can be a user id. `role` is `user` (or absent), `scanner`
/// or `admin`.
public final class Authenticator: Sendable {
    /// Seconds that this clock and the issuer's may be apart.
    static let leewaySeconds: Int64 = 60
    /// Longer tokens are not looked at; ours have about 250 bytes.
    static let tokenBytesMax = 4096

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

    /// From now on only these keys count, for tokens checked before as well.
    public func replace(keys: VerificationKeys) {
        self.keys.withLock { $0 = keys }
        verified.removeAll()
    }

    /// Whom the headers are from; nil where they have no `Authorization`.
    ///
    /// - Throws: ``Problem/Code/unauthenticated`` where there is one that is not good.
    public func principal(_ headers: HTTPFields) throws(Problem) -> Principal? {
        guard let authorization = headers[.authorization] else { return nil }
        let text = authorization.utf8
        // `headers[…]` joins several into one with a comma, which no token has.
        guard text.count > 7, text.prefix(7).elementsEqual("Bearer ".utf8, by: { $0 | 0x20 == $1 | 0x20 }) else {
            throw .unauthenticated("The Authorization header is not of the form `Bearer <token>`.")
        }
        return try principal(token: String(authorization[text.index(text.startIndex, offsetBy: 7)...]))
    }

    /// Whom the token is for.
    func principal(token: String) throws(Problem) -> Principal {
        let now = now()
        if let principal = verified.find(token, now: now) { return principal }
        let entry: VerifiedTokens.Entry
        do {
            entry = try verify(token, now: now)
        } catch {
            throw .unauthenticated(error.detail)
        }
        verified.insert(entry, for: token)
        return entry.principal
    }

    private struct Refusal: Error {
        var detail: String
        init(_ detail: String) { self.detail = detail }
    }

    private func verify(_ token: String, now: Int64) throws(Refusal) -> VerifiedTokens.Entry {
        let text = Array(token.utf8)
        guard text.count <= Self.tokenBytesMax else { throw Refusal("The token is too long.") }
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header: Header = Self.decode(parts[0]),
            let signature = Base64URL.decode(parts[2])
        else { throw Refusal("The token is not a signed JSON Web Token.") }
        guard header.crit == nil else { throw Refusal("The token has critical extensions that are not known here.") }
        guard header.alg == "ES256" || header.alg == "EdDSA" else {
            throw Refusal("The token is not signed with ES256 or EdDSA.")
        }
        guard let kid = header.kid else { throw Refusal("The token does not name its key (kid).") }
        guard let key = keys.withLock({ $0[kid] }), key.algorithm == header.alg else {
            throw Refusal("The token's key is not known here.")
        }
        guard Self.isValid(signature, of: text[..<parts[1].endIndex], key) else {
            throw Refusal("The token's signature is not valid.")
        }
        return try Self.check(parts[1], now: now)
    }

    /// A signature of the wrong length makes some verifiers throw; it is not valid, no more and no less.
    private static func isValid(
        _ signature: [UInt8], of signed: ArraySlice<UInt8>, _ key: VerificationKeys.Key
    ) -> Bool {
        do { return try key.verifier.verify(signature, signs: signed) } catch { return false }
    }

    private static func check(_ payload: ArraySlice<UInt8>, now: Int64) throws(Refusal) -> VerifiedTokens.Entry {
        guard let claims: Claims = decode(payload) else { throw Refusal("The token's claims can't be read.") }
        guard let expiry = claims.exp.flatMap(Int64.init(exactlyRounded:)) else {
            throw Refusal("The token has no expiry (exp).")
        }
        guard now < expiry + leewaySeconds else { throw Refusal("The token has expired.") }
        if let start = claims.nbf {
            guard let start = Int64(exactlyRounded: start), start - leewaySeconds <= now else {
                throw Refusal("The token is not valid yet.")
            }
        }
        guard let subject = claims.sub else { throw Refusal("The token has no subject (sub).") }
        guard let userID = UserID(checking: subject) else { throw Refusal("The token's subject can't be a user id.") }
        guard let role = Principal.Role(rawValue: claims.role ?? "user") else {
            throw Refusal("The token's role is not user, scanner or admin.")
        }
        return VerifiedTokens.Entry(
            principal: Principal(userID: userID, role: role), expiry: expiry + leewaySeconds)
    }

    private static func decode<T: Decodable>(_ part: ArraySlice<UInt8>) -> T? {
        guard let json = Base64URL.decode(part), JSONScan.fault(in: json) == nil else { return nil }
        do { return try JSONDecoder().decode(T.self, from: Data(json)) } catch { return nil }
    }

    private struct Header: Decodable {
        var alg: String?
        var kid: String?
        var crit: [String]?
    }

    private struct Claims: Decodable {
        var sub: String?
        var role: String?
        var exp: Double?
        var nbf: Double?
    }
}

extension Int64 {
    /// Seconds since 1970 from a JWT's NumericDate, which may have a fraction; nil for what is far from any real time.
    fileprivate init?(exactlyRounded date: Double) {
        guard date.magnitude < 1e15 else { return nil }
        self.init(date.rounded(.down))
    }
}

extension Problem {
    /// 401, with the challenge that RFC 6750, section 3, asks for.
    ///
    /// - Parameter detail: what is wrong with the token, without quotation marks; nil where there was none.
    public static func unauthenticated(_ detail: String?) -> Problem {
        var challenge = "Bearer realm=\"holdfast\""
        if let detail {
            challenge += ", error=\"invalid_token\", error_description=\"\(detail)\""
        }
        return Problem(
            .unauthenticated, detail: detail ?? "This needs an Authorization header with a bearer token.",
            headers: [.wwwAuthenticate: challenge])
    }
}
