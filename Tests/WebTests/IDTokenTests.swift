import Accounts
import Crypto
import Domain
import Foundation
import Logging
import Synchronization
import Testing

@testable import HTTPServer
@testable import Identity
@testable import OpenID
@testable import Text
@testable import WebAPI

@Suite("ID tokens")
struct IDTokenTests {
    private static let issuer = "https://id.example"
    private let forge = Forge()

    /// The token is for the first of two issuers with the same keys.
    private func user(
        _ changes: [String: String?] = [:], header: String? = nil, accessToken: String? = nil,
        sign: ((Data) throws -> Data)? = nil
    ) throws -> Result<UserID, InvalidToken> {
        let authenticator = try forge.authenticator(
            for: [
                TokenIssuer(name: Self.issuer, audiences: ["api"]),
                TokenIssuer(name: "https://other.example", audiences: ["shop"]),
            ])
        var claims: [String: String?] = [
            "iss": "\"\(Self.issuer)\"", "aud": "\"shop\"", "sub": "\"alice\"", "nonce": "\"n\"",
            "exp": "\(Forge.now + 300)", "iat": "\(Forge.now)",
        ]
        for (name, value) in changes { claims[name] = .some(value) }
        let json =
            "{" + claims.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",") + "}"
        let token = try forge.token(header: header, json, sign: sign)
        let request = IDTokenRequest(
            clientID: "shop", nonce: "n", startedAt: Forge.now - 30, accessToken: accessToken)
        return Result { () throws(InvalidToken) in try authenticator.user(ofIDToken: token, for: request) }
    }

    @Test("It names the same user as the issuer's access tokens") func good() throws {
        #expect(try user() == .success(UserID("alice")))
        #expect(try user(["aud": #"["shop"]"#, "azp": #""shop""#]) == .success(UserID("alice")))
        #expect(try user(["aud": #"["shop","api"]"#, "azp": #""shop""#]) == .success(UserID("alice")))
        let es256 = try user(header: #"{"alg":"ES256","kid":"es","typ":"JWT"}"#) {
            try forge.es256.signature(for: $0).rawRepresentation
        }
        #expect(es256 == .success(UserID("alice")))
        // A subject that can be no user id of its own is the same digest, and never an account.
        let long = String(repeating: "s", count: 200)
        for subject in [long, "account:00000000000000000000000000000000", "~x", "system"] {
            let authenticator = try forge.authenticator(for: [TokenIssuer(name: Self.issuer, audiences: ["api"])])
            let access = try authenticator.principal(
                token: forge.token(
                    #"{"iss":"\#(Self.issuer)","aud":"api","sub":"\#(subject)","exp":\#(Forge.now + 300)}"#))
            #expect(try user(["sub": "\"\(subject)\""]) == .success(access.userID))
            #expect(access.userID.rawValue.hasPrefix("~"))
        }
    }

    @Test(
        "One that is not wholly in order proves nothing",
        arguments: [
            ("iss", #""https://other.example""#, "issuer"), ("iss", #""https://evil.example""#, "issuer"),
            ("iss", nil, "issuer"), ("aud", #""another""#, "another client"), ("aud", nil, "another client"),
            ("aud", #""api""#, "another client"), ("aud", #"["shop","evil"]"#, "others"),
            ("aud", #"["shop","api"]"#, "azp"), ("azp", #""another""#, "azp"), ("exp", nil, "expiry"),
            ("exp", "1799999940", "expired"), ("exp", "1e300", "expiry"), ("iat", nil, "iat"),
            ("iat", "1800000061", "not valid yet"), ("iat", "1799999909", "before the log-in"),
            ("nbf", "1800000061", "not valid yet"), ("nonce", nil, "nonce"), ("nonce", #""m""#, "nonce"),
            ("nonce", #""""#, "nonce"), ("nonce", #""nn""#, "nonce"), ("sub", nil, "subject"),
            ("sub", #""""#, "subject"),
            ("sub", #""a b""#, "subject"), ("at_hash", #""AAAA""#, "at_hash"), ("nonce", "7", "claims"),
        ] as [(String, String?, String)]
    ) func bad(name: String, value: String?, says: String) throws {
        guard case .failure(let fault) = try user([name: value]) else {
            Issue.record("\(name) \(value ?? "absent") is good")
            return
        }
        #expect(fault.reason.contains(says), "\(fault.reason)")
        // It is written into logs and answers.
        #expect(!fault.reason.contains("evil") && !fault.reason.contains("another.example"))
    }

    @Test("Its type is JWT, and its signature the issuer's") func kind() throws {
        for header in [
            #"{"alg":"EdDSA","kid":"ed","typ":"at+jwt"}"#, #"{"alg":"EdDSA","kid":"ed","typ":"logout+jwt"}"#,
            #"{"alg":"none"}"#, #"{"alg":"HS256","kid":"secret"}"#, #"{"alg":"EdDSA","kid":"ed","crit":["x"]}"#,
        ] {
            #expect(throws: InvalidToken.self) { try user(header: header).get() }
        }
        #expect(throws: InvalidToken.self) { try user { _ in Data(repeating: 0, count: 64) }.get() }
        guard case .failure(let fault) = try user(header: #"{"alg":"EdDSA","kid":"new"}"#) else {
            Issue.record("an unknown key is good")
            return
        }
        #expect(fault.unknownKeyOfIssuer == 0)
    }

    @Test("at_hash, where there is one, is of the access token: the standard's own, and of EdDSA") func accessToken()
        throws
    {
        // OpenID Connect Core 1.0, appendix A.3.
        #expect(
            VerificationKey.Algorithm.rs256.accessTokenHash(of: "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")
                == "77QmUPtjPfzWtF2AnpK9RQ")
        let hash = Base64URL.encode(SHA512.hash(data: Array("token".utf8)).prefix(32))
        #expect(try user(["at_hash": "\"\(hash)\""], accessToken: "token") == .success(UserID("alice")))
        for accessToken in ["another", nil] {
            #expect(throws: InvalidToken.self) {
                try user(["at_hash": "\"\(hash)\""], accessToken: accessToken).get()
            }
        }
    }
}

@Suite("Codes")
struct CodeExchangeTests {
    /// What the token endpoint was asked, and by whom.
    private func asked(secret: String?, methods: String?) async throws -> (form: String, authorization: String?) {
        let asked = Mutex<(form: String, authorization: String?)?>(nil)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let provider = try OpenIDProvider(
            issuer: "https://id.example",
            client: ProviderClient(clientID: "a:b", secret: secret, origin: "https://shop.example"),
            fetch: { _ in
                Array(
                    """
                    {"issuer":"https://id.example","authorization_endpoint":"https://id.example/a",\
                    "token_endpoint":"https://id.example/t"\(methods ?? "")}
                    """.utf8)
            },
            post: { _, form, authorization in
                asked.withLock { $0 = (form, authorization) }
                return (200, Array(#"{"id_token":"x","token_type":"bearer"}"#.utf8))
            }, logger: logger)
        let attempt = LoginAttempt(returnTo: .account, now: Timestamp(microseconds: 0))
        let tokens = try await provider.exchange(code: "c&d", of: attempt, try await provider.metadata())
        #expect(tokens.idToken == "x" && tokens.accessToken == nil)
        let (form, authorization) = try #require(asked.withLock { $0 })
        let common =
            "grant_type=authorization_code&code=c%26d&redirect_uri=https%3A%2F%2Fshop.example%2Fapi%2Fv1%2Fauth%2Fopenid"
            + "%2Fcallback&code_verifier=\(attempt.verifier)"
        #expect(form.hasPrefix(common))
        return (String(form.dropFirst(common.count)), authorization)
    }

    @Test("The client says who it is by Basic, in the form where that is all there is, or has no secret") func client()
        async throws
    {
        let post = #","token_endpoint_auth_methods_supported":["client_secret_post"]"#
        let both = #","token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"]"#
        // Escaped, then joined.
        let basic = "Basic \(Data("a%3Ab:s%25".utf8).base64EncodedString())"
        for methods in [nil, both] {
            #expect(try await asked(secret: "s%", methods: methods) == ("", basic))
        }
        #expect(try await asked(secret: "s%", methods: post) == ("&client_id=a%3Ab&client_secret=s%25", nil))
        for methods in [nil, post] {
            #expect(try await asked(secret: nil, methods: methods) == ("&client_id=a%3Ab", nil))
        }
    }
}

@Suite("What a provider says of itself")
struct ProviderMetadataTests {
    private static let issuer = "https://id.example"

    private func metadata(_ changes: [String: String?] = [:]) throws(KeyError) -> ProviderMetadata {
        var members: [String: String?] = [
            "issuer": #""https://id.example""#, "authorization_endpoint": #""https://id.example/authorize?tenant=1""#,
            "token_endpoint": #""https://id.example/token""#, "jwks_uri": #""https://id.example/keys""#,
        ]
        for (name, value) in changes { members[name] = .some(value) }
        let json =
            "{" + members.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }.joined(separator: ",") + "}"
        return try ProviderMetadata(Array(json.utf8), of: Self.issuer)
    }

    @Test("Defaults are the standard's") func defaults() throws {
        let bare = try metadata()
        #expect(!bare.namesIssuer && bare.authentication == .basic && bare.endSessionEndpoint == nil)
        let full = try metadata([
            "authorization_response_iss_parameter_supported": "true",
            "token_endpoint_auth_methods_supported": #"["client_secret_post","private_key_jwt"]"#,
            "code_challenge_methods_supported": #"["plain","S256"]"#,
            "end_session_endpoint": #""https://id.example/end""#,
        ])
        #expect(full.namesIssuer && full.authentication == .post)
        let client = ProviderClient(clientID: "a b&c", secret: nil, origin: "https://shop.example")
        #expect(
            full.logoutURL(client)
                == "https://id.example/end?client_id=a%20b%26c&post_logout_redirect_uri=https%3A%2F%2Fshop.example%2Faccount"
        )
        #expect(bare.logoutURL(client) == nil)
    }

    @Test("What is another's, is not safe or can't do PKCE is not used") func refused() {
        for (name, value) in [
            ("issuer", #""https://other.example""#), ("issuer", nil), ("authorization_endpoint", nil),
            ("authorization_endpoint", #""http://id.example/authorize""#), ("token_endpoint", nil),
            ("token_endpoint", #""http://id.example/token""#), ("token_endpoint", #""https://u:p@id.example/token""#),
            ("authorization_endpoint", #""javascript:alert(1)""#),
            ("authorization_endpoint", #""https://id.example/#a""#),
            ("authorization_endpoint", #""https://id.example/\r\nSet-Cookie: a=b""#),
            ("end_session_endpoint", #""http://id.example/end""#), ("code_challenge_methods_supported", #"["plain"]"#),
        ] as [(String, String?)] {
            #expect(throws: KeyError.self, "\(name) \(value ?? "absent")") { try metadata([name: value]) }
        }
    }
}
