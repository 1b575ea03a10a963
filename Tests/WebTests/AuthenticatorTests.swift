import Crypto
import Domain
import Foundation
import HTTPTypes
import Testing

@testable import HTTPServer
@testable import Identity
@testable import Text
@testable import WebAPI

/// Makes tokens of all sorts, good and bad, part by part.
struct Forge {
    let eddsa = Curve25519.Signing.PrivateKey()
    let es256 = P256.Signing.PrivateKey()
    static let now: Int64 = 1_800_000_000
    /// The id of the EdDSA key.
    var edKeyID = "ed"

    var jwks: String {
        let x963 = es256.publicKey.x963Representation
        return """
            {"keys":[
            {"kty":"OKP","crv":"Ed25519","kid":"\(edKeyID)","x":"\(Base64URL.encode(eddsa.publicKey.rawRepresentation))"},
            {"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"es","x":"\(Base64URL.encode(x963[1..<33]))",\
            "y":"\(Base64URL.encode(x963[33...]))"},
            {"kty":"RSA","kid":"rsa","alg":"RS256","n":"AQAB","e":"AQAB"},
            {"kty":"EC","crv":"P-256","use":"enc","kid":"encryption","x":"AA","y":"AA"},
            {"kty":"oct","kid":"secret","k":"AA"}]}
            """
    }

    func authenticator(verifiedTokensMax: Int = 100) throws -> Authenticator {
        try authenticator(for: [TokenIssuer()], verifiedTokensMax: verifiedTokensMax)
    }

    /// One who knows these issuers, who all have the same keys.
    func authenticator(for issuers: [TokenIssuer], verifiedTokensMax: Int = 100) throws -> Authenticator {
        let authenticator = Authenticator(issuers: issuers, verifiedTokensMax: verifiedTokensMax, now: { Self.now })
        for issuer in issuers.indices {
            authenticator.replace(keys: try VerificationKeys(jwks: Array(jwks.utf8)), ofIssuer: issuer)
        }
        return authenticator
    }

    func token(
        header: String? = nil, _ claims: String, sign: ((Data) throws -> Data)? = nil
    ) throws -> String {
        let header = header ?? #"{"alg":"EdDSA","kid":"\#(edKeyID)"}"#
        let signed = "\(Base64URL.encode(header.utf8)).\(Base64URL.encode(claims.utf8))"
        let signature = try sign?(Data(signed.utf8)) ?? eddsa.signature(for: Data(signed.utf8))
        return "\(signed).\(Base64URL.encode(signature))"
    }

    static let good = #"{"sub":"alice","exp":1800000600}"#
}

@Suite("Bearer tokens")
struct AuthenticatorTests {
    let forge = Forge()

    @Test("EdDSA and ES256 tokens say who is asking")
    func good() throws {
        let authenticator = try forge.authenticator()
        let alice = try authenticator.principal(token: forge.token(Forge.good))
        #expect(alice == Principal(userID: UserID("alice"), role: .user))
        let admin = try forge.token(
            header: #"{"alg":"ES256","kid":"es","typ":"JWT"}"#,
            #"{"sub":"root","role":"admin","exp":1800000600.5,"nbf":1800000059,"iat":1,"aud":["x"]}"#,
            sign: { try forge.es256.signature(for: $0).rawRepresentation })
        #expect(try authenticator.principal(token: admin) == Principal(userID: UserID("root"), role: .admin))
    }

    @Test("Tokens of the standards' own examples are verified") func published() throws {
        // RFC 7515, appendix A.3, and RFC 8037, appendix A.4: signed by somebody else's code.
        let es256 = try VerificationKeys(
            jwks: #"""
                {"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}
                """#.utf8)
        let signedByES256 =
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"
            + "cnVlfQ"
        let es256Signature =
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        let edDSA = try VerificationKeys(
            jwks:
                #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#
                .utf8)
        let signedByEdDSA = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
        let edDSASignature =
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        for (keys, text, signature) in [
            (es256, signedByES256, es256Signature), (edDSA, signedByEdDSA, edDSASignature),
        ] {
            let key = try #require(keys["a"])
            let bytes = try #require(Base64URL.decode(signature.utf8))
            #expect(key.isValid(bytes, of: Array(text.utf8)[...]))
            #expect(!key.isValid(bytes, of: Array(text.utf8).dropLast()))
            #expect(!key.isValid(bytes.dropLast(), of: Array(text.utf8)[...]))
        }
    }

    @Test("A set's keys of other kinds are left out and named")
    func otherKeys() throws {
        let keys = try VerificationKeys(jwks: Array(forge.jwks.utf8))
        #expect(
            keys.skipped == [
                .init(kid: "rsa", reason: "it is no RSA key of 2048 to 8192 bits"),
                .init(kid: "encryption", reason: "it is not for signatures"),
                .init(kid: "secret", reason: "oct is not ES256, EdDSA or RS256"),
            ])
        #expect(keys["rsa"] == nil && keys["secret"] == nil && keys["encryption"] == nil)
    }

    @Test(
        "A key set that can't be trusted or used stops the start",
        arguments: [
            "", "[]", #"{"keys":[]}"#, #"{"keys":[{"kty":"RSA","kid":"r","n":"AQAB","e":"AQAB"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"AA"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"AA","d":"AA"}]}"#,
            """
            {"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},\
            {"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}
            """,
        ])
    func badKeySet(_ json: String) {
        #expect(throws: KeyError.self) { try VerificationKeys(jwks: Array(json.utf8)) }
    }

    @Test("A role in one organisation counts there, and one in the instance for all")
    func organisations() throws {
        let authenticator = try forge.authenticator()
        func caller(_ role: String, in organisation: String) throws -> Principal {
            let claims = #"{"sub":"a","role":"\#(role)","organisation":"\#(organisation)","exp":1800000600}"#
            return try authenticator.principal(token: try forge.token(claims))
        }
        #expect(try caller("organiser", in: "acme").grants == [Grant(.organiser, of: OrganisationID("acme"))])
        #expect(try caller("admin", in: "instance").grants == [Grant(.admin)])
        #expect(try caller("user", in: "acme").grants.isEmpty)
        #expect(throws: InvalidToken.self) { try caller("admin", in: "acme") }
        #expect(throws: InvalidToken.self) { try caller("scanner", in: "instance") }
    }

    @Test("Bad tokens are refused with a reason and a challenge")
    func bad() throws {
        let authenticator = try forge.authenticator()
        let stranger = Curve25519.Signing.PrivateKey()
        let hmac: (Data) -> Data = { [forge] in
            Data(
                HMAC<SHA256>.authenticationCode(
                    for: $0, using: SymmetricKey(data: forge.eddsa.publicKey.rawRepresentation)))
        }
        let good = try forge.token(Forge.good)
        let parts = good.split(separator: ".")
        let cases: [(String, says: String)] = [
            (
                try forge.token(header: #"{"alg":"none","kid":"ed"}"#, Forge.good, sign: { _ in Data() }),
                "ES256, EdDSA or RS256"
            ),
            (try forge.token(header: #"{"alg":"HS256","kid":"ed"}"#, Forge.good, sign: hmac), "ES256, EdDSA or RS256"),
            (try forge.token(header: #"{"alg":"RS256","kid":"rsa"}"#, Forge.good), "not known here"),
            (try forge.token(header: #"{"alg":"RS256","kid":"ed"}"#, Forge.good), "not known here"),
            (try forge.token(header: #"{"alg":"EdDSA","kid":"ed","typ":"logout+jwt"}"#, Forge.good), "access token"),
            (try forge.token(header: #"{"kid":"ed"}"#, Forge.good), "ES256, EdDSA or RS256"),
            (try forge.token(header: #"{"alg":"ES256","kid":"ed"}"#, Forge.good), "not known here"),
            (try forge.token(header: #"{"alg":"EdDSA","kid":"other"}"#, Forge.good), "not known here"),
            (try forge.token(header: #"{"alg":"EdDSA","kid":"ed","crit":["exp"]}"#, Forge.good), "critical"),
            (try forge.token(Forge.good, sign: { try stranger.signature(for: $0) }), "signature"),
            (try forge.token(Forge.good, sign: { _ in Data([1, 2, 3]) }), "signature"),
            (
                try forge.token(header: #"{"alg":"ES256","kid":"es"}"#, Forge.good, sign: { _ in Data([1, 2, 3]) }),
                "signature"
            ),
            ("\(parts[0]).\(Base64URL.encode(#"{"sub":"bob","exp":1800000600}"#.utf8)).\(parts[2])", "signature"),
            (try forge.token(#"{"sub":"alice","exp":1799999940}"#), "expired"),
            (try forge.token(#"{"sub":"alice","exp":-1e300}"#), "expiry"),
            (try forge.token(#"{"sub":"alice"}"#), "expiry"),
            (try forge.token(#"{"sub":"alice","exp":"1800000600"}"#), "claims"),
            (try forge.token(#"{"sub":"alice","exp":1800000600,"nbf":1800000061}"#), "not valid yet"),
            (try forge.token(#"{"exp":1800000600}"#), "subject"),
            (try forge.token(#"{"sub":"","exp":1800000600}"#), "user id"),
            (try forge.token(#"{"sub":"a b","exp":1800000600}"#), "user id"),
            (try forge.token(#"{"sub":"a\u0000b","exp":1800000600}"#), "user id"),
            (try forge.token(#"{"sub":"ali\u200fce","exp":1800000600}"#), "user id"),
            (try forge.token("{\"sub\":\"\(String(repeating: "a", count: 256))\",\"exp\":1800000600}"), "user id"),
            (try forge.token(#"{"sub":"alice","exp":1800086461}"#), "more than 86400 seconds"),
            (try forge.token(#"{"sub":"alice","exp":4900000000}"#), "more than 86400 seconds"),
            (try forge.token(#"{"sub":"alice","exp":1800000600,"iat":1800000061}"#), "not valid yet"),
            (try forge.token(#"{"sub":"alice","role":"owner","exp":1800000600}"#), "role"),
            (try forge.token(#"{"sub":"alice","exp":1800000600,"r\u006fle":"admin","role":"user"}"#), "claims"),
            (try forge.token(header: #"{"alg":"none","alg":"EdDSA","kid":"ed"}"#, Forge.good), "not a signed"),
            (try forge.token("[]"), "claims"),
            (try forge.token(String(repeating: "[", count: 2000)), "claims"),
            ("", "not a signed"), ("abc", "not a signed"), ("a.b", "not a signed"), ("..", "not a signed"),
            (good + ".", "not a signed"), (good + "=", "not a signed"),
            (good.replacing("-", with: "+") + "é", "not a signed"),
            (String(repeating: "a", count: 5000), "too long"),
        ]
        for (token, says) in cases {
            let invalid = try #require(throws: InvalidToken.self) { try authenticator.principal(token: token) }
            #expect(invalid.reason.contains(says), "\(invalid.reason) for \(token.prefix(80))")
            let problem = try #require(throws: Problem.self) {
                try authenticator.principal([.authorization: "Bearer \(token)"])
            }
            #expect(problem.code == .unauthenticated)
            #expect(token.isEmpty || problem.detail == invalid.reason)
            #expect(problem.headers[.wwwAuthenticate]?.contains(#"error="invalid_token""#) == true)
        }
        // Twice the same: nothing bad was remembered as good.
        #expect(throws: InvalidToken.self) { try authenticator.principal(token: cases[8].0) }
    }

    @Test("Sixty seconds of difference between two clocks are forgiven, not more")
    func leeway() throws {
        let authenticator = try forge.authenticator()
        _ = try authenticator.principal(token: forge.token(#"{"sub":"alice","exp":1799999941}"#))
        _ = try authenticator.principal(token: forge.token(#"{"sub":"alice","exp":1800000600,"nbf":1800000060}"#))
    }

    @Test("The header's scheme is read without regard to case, and nothing but one bearer token is taken")
    func header() throws {
        let authenticator = try forge.authenticator()
        let token = try forge.token(Forge.good)
        #expect(try authenticator.principal([:]) == nil)
        #expect(try authenticator.principal([.authorization: "bearer \(token)"])?.userID == UserID("alice"))
        for value in [
            "", "Bearer", "Bearer ", "Basic YTpi", "Bearer  \(token)", "\(token)", "Bearer \(token) x",
            "BearerX\(token)",
        ] {
            #expect(throws: Problem.self, "\(value)") { try authenticator.principal([.authorization: value]) }
        }
        var twice = HTTPFields()
        twice.append(HTTPField(name: .authorization, value: "Bearer \(token)"))
        twice.append(HTTPField(name: .authorization, value: "Bearer \(token)"))
        #expect(throws: Problem.self) { try authenticator.principal(twice) }
    }

    @Test("A remembered token is not good beyond its expiry, nor beyond its key")
    func rememberedToken() throws {
        let clock = SettableClock(Forge.now)
        let authenticator = Authenticator(issuers: [TokenIssuer()], now: { clock.now })
        authenticator.replace(keys: try VerificationKeys(jwks: Array(forge.jwks.utf8)))
        let token = try forge.token(Forge.good)
        _ = try authenticator.principal(token: token)
        clock.now = 1_800_000_659
        _ = try authenticator.principal(token: token)
        clock.now = 1_800_000_660
        #expect(throws: InvalidToken.self) { try authenticator.principal(token: token) }

        clock.now = Forge.now
        _ = try authenticator.principal(token: token)
        authenticator.replace(keys: try VerificationKeys(jwks: Array(Forge().jwks.utf8)))
        #expect(throws: InvalidToken.self) { try authenticator.principal(token: token) }
    }

    @Test("However many tokens are verified, only so many are remembered")
    func bounded() {
        let tokens = VerifiedTokens(countMax: 64)
        let alice = VerifiedTokens.Entry(principal: Principal(userID: UserID("alice"), role: .user), expiry: 10)
        for number in 0..<10_000 {
            tokens.insert(alice, for: "token \(number)", asOf: 0)
            // One that is in use stays.
            tokens.insert(alice, for: "hot", asOf: 0)
            #expect(tokens.find("hot", now: 9) != nil)
        }
        #expect(tokens.count <= 64)
        #expect(tokens.find("token 0", now: 9) == nil)
        #expect(tokens.find("hot", now: 10) == nil)
    }

    @Test("A token that was being checked while another was denied, or the keys changed, is checked anew")
    func forgottenMeanwhile() {
        let tokens = VerifiedTokens(countMax: 64)
        let alice = VerifiedTokens.Entry(principal: Principal(userID: UserID("alice"), role: .user), expiry: 10)
        let edition = tokens.edition
        tokens.removeAll()
        tokens.insert(alice, for: "token", asOf: edition)
        #expect(tokens.find("token", now: 9) == nil)
        tokens.insert(alice, for: "token", asOf: tokens.edition)
        #expect(tokens.find("token", now: 9) != nil)
    }
}

final class SettableClock: @unchecked Sendable {
    /// Only ever touched by one test, between its own calls.
    var now: Int64
    init(_ now: Int64) { self.now = now }
}
