import Crypto
import Foundation
import Identity
import Synchronization
import Testing
import Text

@testable import OpenID

/// An identity provider of RFC 6749, RFC 7636 and OpenID Connect Core 1.0 that answers without a network, and as badly as a
/// test wants.
final class TestProvider: Sendable {
    static let issuer = "https://id.example"
    static let clientID = "shop"
    static let secret = "s3cr&t"

    struct Behaviour: Sendable {
        /// Nil: it can't be reached.
        var status: UInt? = 200
        var issuesTwice = false
        var checksVerifier = true
        var namesIssuer = true
        /// Claims of its ID tokens that are not to be what they should, as JSON; nil: left out.
        var claims: [String: String?] = [:]
        var keyID = "p"
    }

    private struct Grant {
        var subject: String
        var nonce: String
        var challenge: String
        var redirectURL: String
    }

    private struct State {
        var behaviour = Behaviour()
        var grants: [String: Grant] = [:]
        var exchanges = 0
    }

    private let key = P256.Signing.PrivateKey()
    private let state = Mutex(State())
    private let now: @Sendable () -> Int64

    /// - Parameter now: seconds since 1970.
    init(now: @escaping @Sendable () -> Int64) { self.now = now }

    func behave(_ change: (inout Behaviour) -> Void) { state.withLock { change(&$0.behaviour) } }

    /// How often it was asked for a code's tokens.
    var exchanges: Int { state.withLock { $0.exchanges } }

    func jwks(kid: String = "p") -> [UInt8] {
        let x963 = key.publicKey.x963Representation
        return Array(
            """
            {"keys":[{"kty":"EC","crv":"P-256","kid":"\(kid)","x":"\(Base64URL.encode(x963[1..<33]))",\
            "y":"\(Base64URL.encode(x963[33...]))"}]}
            """.utf8)
    }

    func fetch(_ url: String) throws -> [UInt8] {
        guard url == "\(Self.issuer)/.well-known/openid-configuration", state.withLock({ $0.behaviour.status }) != nil
        else {
            throw KeyError("\(url) answers 404")
        }
        let namesIssuer = state.withLock { $0.behaviour.namesIssuer }
        return Array(
            """
            {"issuer":"\(Self.issuer)","authorization_endpoint":"\(Self.issuer)/authorize",\
            "token_endpoint":"\(Self.issuer)/token","end_session_endpoint":"\(Self.issuer)/end",\
            "authorization_response_iss_parameter_supported":\(namesIssuer)}
            """.utf8)
    }

    /// Somebody logs in where a browser was sent to; the query that it comes back with.
    func logIn(_ subject: String, at location: String) throws -> [String: String] {
        #expect(location.hasPrefix("\(Self.issuer)/authorize?"))
        let query = Self.parameters(of: location)
        #expect(query["response_type"] == "code" && query["code_challenge_method"] == "S256")
        #expect(query["client_id"] == Self.clientID && query["scope"] == "openid")
        let code = Base64URL.encode((0..<16).map { _ in UInt8.random(in: .min ... .max) })
        let grant = Grant(
            subject: subject, nonce: try #require(query["nonce"]), challenge: try #require(query["code_challenge"]),
            redirectURL: try #require(query["redirect_uri"]))
        state.withLock { $0.grants[code] = grant }
        return ["code": code, "state": try #require(query["state"]), "iss": Self.issuer]
    }

    func post(_ url: String, _ form: String, _ authorization: String?) throws -> (status: UInt, body: [UInt8]) {
        #expect(url == "\(Self.issuer)/token")
        let form = Self.parameters(of: "?" + form)
        let (behaviour, grant) = state.withLock { state in
            state.exchanges += 1
            let code = form["code"] ?? ""
            let grant = state.behaviour.issuesTwice ? state.grants[code] : state.grants.removeValue(forKey: code)
            return (state.behaviour, grant)
        }
        guard let status = behaviour.status else { throw KeyError("it is away") }
        guard status == 200 else { return (status, Array("<h1>Sorry</h1>".utf8)) }
        let pair = "\(Self.clientID):\(Self.secret.replacing("&", with: "%26"))"
        guard authorization == "Basic \(Data(pair.utf8).base64EncodedString())" else {
            return (401, Array(#"{"error":"invalid_client"}"#.utf8))
        }
        let challenge = Base64URL.encode(SHA256.hash(data: Array((form["code_verifier"] ?? "").utf8)))
        guard let grant, form["grant_type"] == "authorization_code", form["redirect_uri"] == grant.redirectURL,
            challenge == grant.challenge || !behaviour.checksVerifier
        else { return (400, Array(#"{"error":"invalid_grant"}"#.utf8)) }
        let accessToken = "access-\(grant.subject)"
        let hash = Base64URL.encode(SHA256.hash(data: Array(accessToken.utf8)).prefix(16))
        var claims: [String: String?] = [
            "iss": "\"\(Self.issuer)\"", "aud": "\"\(Self.clientID)\"", "sub": "\"\(grant.subject)\"",
            "nonce": "\"\(grant.nonce)\"", "iat": "\(now())", "exp": "\(now() + 300)", "at_hash": "\"\(hash)\"",
        ]
        for (name, value) in behaviour.claims { claims[name] = .some(value) }
        let idToken = try token(
            "{" + claims.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",") + "}",
            kid: behaviour.keyID)
        return (
            200, Array(#"{"id_token":"\#(idToken)","access_token":"\#(accessToken)","token_type":"Bearer"}"#.utf8)
        )
    }

    /// An access token for the API.
    func accessToken(_ subject: String) throws -> String {
        try token(
            #"{"iss":"\#(Self.issuer)","aud":"api","sub":"\#(subject)","exp":\#(now() + 300)}"#, kid: "p")
    }

    private func token(_ claims: String, kid: String) throws -> String {
        let signed = "\(Base64URL.encode(#"{"alg":"ES256","kid":"\#(kid)"}"#.utf8)).\(Base64URL.encode(claims.utf8))"
        return "\(signed).\(Base64URL.encode(try key.signature(for: Data(signed.utf8)).rawRepresentation))"
    }

    /// The parameters of a URL's query.
    static func parameters(of url: String) -> [String: String] {
        let items = URLComponents(string: url)?.queryItems ?? []
        return Dictionary(items.map { ($0.name, $0.value ?? "") }) { $1 }
    }
}
