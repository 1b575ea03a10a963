import Accounts
import Domain
import HTTPTypes
import Hummingbird
import Logging
import Testing

@testable import HTTPServer
@testable import Identity
@testable import WebAPI

@Suite("The fast lane and sessions")
struct LaneCookieTests {
    @Test("A request that may have a session's cookie is the router's, unless a token says who asks")
    func cookies() throws {
        let key = SigningKey()
        let issuer = PublicJWK(key.publicKey)
        let authenticator = Authenticator(issuers: [TokenIssuer()], now: { 1_800_000_000 })
        authenticator.replace(keys: try VerificationKeys(jwks: PublicJWK.set([(issuer, issuer.thumbprint)])))
        let token = try key.sign(
            header: Array(#"{"alg":"EdDSA","kid":"\#(issuer.thumbprint)"}"#.utf8),
            payload: Array(#"{"sub":"ann","exp":1800000060}"#.utf8))
        _ = try authenticator.principal(token: token)
        let lanes = FastLanes(
            [LaneRoute(.get, "shows/{id}", by: nil) { _ in nil }], authenticator: authenticator,
            sessionCookie: SessionCookie(name: "Session", sameSite: .lax, isSecure: true),
            metrics: APIResponder(Router(context: APIContext.self)).metrics, logger: Logger(label: "test"))
        func takes(_ headers: HTTPFields) -> Bool {
            let head = HTTPRequest(
                method: .get, scheme: nil, authority: nil, path: "/api/v1/shows/a", headerFields: headers)
            return lanes.request(head) != nil
        }
        #expect(takes([:]))
        #expect(takes([.cookie: "Last-Seen-Sequence=1.4"]))
        #expect(!takes([.cookie: "__Host-Session=x"]))
        #expect(!takes([.cookie: "Last-Seen-Sequence=1.4; __Host-Session=x"]))
        #expect(takes([.cookie: "__Host-Session=x", .authorization: "Bearer \(token)"]))
        #expect(!takes([.authorization: "Bearer other", .cookie: "__Host-Session=x"]))
    }

    @Test("No token names an account")
    func namespace() throws {
        let key = SigningKey()
        let issuer = PublicJWK(key.publicKey)
        let authenticator = Authenticator(issuers: [TokenIssuer()], now: { 1_800_000_000 })
        authenticator.replace(keys: try VerificationKeys(jwks: PublicJWK.set([(issuer, issuer.thumbprint)])))
        let token = try key.sign(
            header: Array(#"{"alg":"EdDSA","kid":"\#(issuer.thumbprint)"}"#.utf8),
            payload: Array(#"{"sub":"account:0123456789abcdef0123456789abcdef","exp":1800000060}"#.utf8))
        let user = try authenticator.principal(token: token).userID
        #expect(!user.rawValue.hasPrefix(AccountID.prefix))
    }
}
