import Crypto
public import Domain
import Text

/// What an ID token has to answer (OpenID Connect Core 1.0, section 3.1.3.7).
public struct IDTokenRequest: Sendable {
    public var clientID: String
    /// Of the request that began the log-in.
    public var nonce: String
    /// Seconds since 1970 at which it began.
    public var startedAt: Int64
    /// What came with the ID token; nil: nothing.
    public var accessToken: String?

    public init(clientID: String, nonce: String, startedAt: Int64, accessToken: String?) {
        self.clientID = clientID
        self.nonce = nonce
        self.startedAt = startedAt
        self.accessToken = accessToken
    }
}

extension Authenticator {
    /// The user who logged in, as the first issuer says in an ID token: the same as of its access tokens.
    ///
    /// The token's key has to be the issuer's, its audience this client, its nonce the request's. Other audiences than this
    /// client and those of the issuer's access tokens are refused, as is a token for several that does not say that this client
    /// asked for it. It was issued since the request, and has not expired; `at_hash`, where there is one, fits the access token.
    ///
    /// - Throws: ``InvalidToken``
    public func user(ofIDToken token: String, for request: IDTokenRequest) throws(InvalidToken) -> UserID {
        let signed: Signed<IDClaims> = try signed(token, .id)
        let claims = signed.claims
        // Another issuer that is believed here did not get the request.
        guard signed.issuer == 0, let issuer = issuers.first, issuer.name == claims.iss else {
            throw InvalidToken("The ID token is another issuer's (iss).")
        }
        let audiences = Set(claims.aud?.names ?? [])
        guard audiences.contains(request.clientID) else {
            throw InvalidToken("The ID token is for another client (aud).")
        }
        guard audiences.subtracting(issuer.audiences).subtracting([request.clientID]).isEmpty else {
            throw InvalidToken("The ID token is for others, too (aud).")
        }
        guard claims.azp == request.clientID || (claims.azp == nil && audiences.count == 1) else {
            throw InvalidToken("The ID token was given to another client (azp).")
        }
        try checkTimes(of: claims, since: request.startedAt)
        guard let nonce = claims.nonce, Self.isSame(nonce, request.nonce) else {
            throw InvalidToken("The ID token answers another request (nonce).")
        }
        if let hash = claims.at_hash {
            guard let accessToken = request.accessToken,
                Self.isSame(hash, signed.algorithm.accessTokenHash(of: accessToken))
            else { throw InvalidToken("The ID token came with another access token (at_hash).") }
        }
        guard let subject = claims.sub, let user = UserID(subject: subject, of: issuer, isFirst: true) else {
            throw InvalidToken("The ID token's subject can't be a user id.")
        }
        return user
    }

    private func checkTimes(of claims: IDClaims, since start: Int64) throws(InvalidToken) {
        let (now, leeway) = (now(), Self.leewaySeconds)
        guard let expiry = claims.exp.flatMap(Int64.init(exactlyRounded:)) else {
            throw InvalidToken("The ID token has no expiry (exp).")
        }
        guard now < expiry + leeway else { throw InvalidToken("The ID token has expired.") }
        guard let issuedAt = claims.iat.flatMap(Int64.init(exactlyRounded:)) else {
            throw InvalidToken("The ID token does not say when it was issued (iat).")
        }
        guard issuedAt - leeway <= now else { throw InvalidToken("The ID token is not valid yet.") }
        guard start <= issuedAt + leeway else {
            throw InvalidToken("The ID token was issued before the log-in began (iat).")
        }
        if let start = claims.nbf {
            guard let start = Int64(exactlyRounded: start), start - leeway <= now else {
                throw InvalidToken("The ID token is not valid yet.")
            }
        }
    }

    /// Takes a time that says nothing of where two texts of one length differ.
    private static func isSame(_ one: String, _ other: String) -> Bool {
        one.utf8.count == other.utf8.count && zip(one.utf8, other.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// Named as the standard does.
    private struct IDClaims: SignedClaims {
        var iss: String?
        var aud: Audience?
        var azp: String?
        var jti: String?
        var sub: String?
        var exp: Double?
        var iat: Double?
        var nbf: Double?
        var nonce: String?
        var at_hash: String?
    }
}

extension VerificationKey.Algorithm {
    /// The left half of a digest of the token, by the hash of this algorithm (OpenID Connect Core 1.0, section 3.1.3.6).
    func accessTokenHash(of token: String) -> String {
        let bytes = Array(token.utf8)
        switch self {
        case .es256, .rs256: return Base64URL.encode(SHA256.hash(data: bytes).prefix(SHA256.byteCount / 2))
        case .edDSA: return Base64URL.encode(SHA512.hash(data: bytes).prefix(SHA512.byteCount / 2))
        }
    }
}
