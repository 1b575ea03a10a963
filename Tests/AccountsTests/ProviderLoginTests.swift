import Crypto
import Domain
import Testing

@testable import Accounts

@Suite("Log-ins at an identity provider")
struct ProviderLoginTests {
    private static let issuer = "https://id.example"
    private static let start = Timestamp(microseconds: 1_800_000_000_000_000)
    private let box = SecretBox(SymmetricKey(data: Array(repeating: UInt8(3), count: 32)))

    @Test(
        "A path of this origin is one to come back to",
        arguments: [
            "/", "/account", "/shows/7k3v9qd2m8xw4c1t", "/a/", "/a;v=1/b", "/caf%C3%A9", "/two%20words", "/:443",
            "/@evil",
            "/a?next=https://evil.example//", "/a?b=%2F%25%20", "/a#b?c", "/apis", "/a..b/...",
        ]) func returns(path: String)
    {
        #expect(ReturnPath(path)?.text == path)
    }

    @Test(
        "What may lead to another origin, or into a header, is none",
        arguments: [
            "", "account", "evil.example", "https://evil.example", "javascript:alert(1)", "data:,", "//evil.example",
            "///evil.example", "/\\evil.example", "\\\\evil.example", "/a\\b", "/%5cevil.example", "/%5Cevil.example",
            "/a?b=%5c", "/%2f/evil.example", "/%2Fevil.example", "/a//b", "/.//evil.example", "/..//evil.example",
            "/a/../b",
            "/%2e%2e/b", "/%2E/", "/..", "/a\r\nSet-Cookie: a=b", "/a%0d%0aSet-Cookie:a=b", "/a?b=%0A", "/%00", "/a%7f",
            "/\tevil", "/a b", "/caf\u{e9}", "/%", "/%2", "/%zz", "/%+1", "/%255cevil.example", "/<script>", "/a\"b",
            "/a[b]", "/a|b", "/a^b", "/a`b", "/a{b}", "/api", "/API/v1/auth/openid/login",
            "/%61pi/v1/auth/openid/login",
            "/" + String(repeating: "a", count: ReturnPath.bytesMax),
        ]) func refuses(path: String)
    {
        #expect(ReturnPath(path) == nil)
    }

    @Test("The challenge is that of RFC 7636, appendix B") func challenge() {
        #expect(
            CodeChallenge.challenge(of: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
                == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    private func attempt() throws -> LoginAttempt {
        LoginAttempt(returnTo: try #require(ReturnPath("/shows?a=b")), now: Self.start)
    }

    @Test("A cookie brings the attempt back, until its time is over") func cookie() throws {
        let attempt = try attempt()
        let cookie = attempt.sealed(for: Self.issuer, in: box)
        let last = Self.start.adding(seconds: LoginAttempt.seconds - 1)
        let opened = try LoginAttempt(cookie: cookie, for: Self.issuer, in: box, now: last)
        #expect(opened.state == attempt.state && opened.nonce == attempt.nonce && opened.verifier == attempt.verifier)
        #expect(opened.returnPath == attempt.returnPath && opened.startedAt == Self.start && opened.id == attempt.id)
        // Who sees the cookie learns nothing of them, and none tells another.
        #expect(Set([attempt.state, attempt.nonce, attempt.verifier]).count == 3)
        #expect(throws: ProviderLoginFault.expired) {
            try LoginAttempt(cookie: cookie, for: Self.issuer, in: box, now: last.adding(seconds: 1))
        }
    }

    @Test("A cookie for another provider, of another key, or changed is none") func forgedCookies() throws {
        let cookie = try attempt().sealed(for: Self.issuer, in: box)
        let other = SecretBox(SymmetricKey(data: Array(repeating: UInt8(4), count: 32)))
        let first = cookie.first == "A" ? "B" : "A"
        for (text, issuer, box) in [
            (cookie, "https://other.example", box), (cookie, Self.issuer, other),
            (String(cookie.dropLast(4)), Self.issuer, box), (cookie + "AAAA", Self.issuer, box), ("", Self.issuer, box),
            (first + cookie.dropFirst(), Self.issuer, box), (String(repeating: "A", count: 100_000), Self.issuer, box),
        ] {
            #expect(throws: ProviderLoginFault.notBegun) {
                try LoginAttempt(cookie: text, for: issuer, in: box, now: Self.start)
            }
        }
        let longest = LoginAttempt(
            returnTo: try #require(ReturnPath("/" + String(repeating: "a", count: ReturnPath.bytesMax - 1))),
            now: Self.start
        ).sealed(for: Self.issuer, in: box)
        // Browsers keep 4,096 bytes of a cookie with its name and attributes.
        #expect(longest.utf8.count <= LoginAttempt.cookieLengthMax && LoginAttempt.cookieLengthMax < 3000)
        _ = try LoginAttempt(cookie: longest, for: Self.issuer, in: box, now: Self.start)
    }

    @Test("An answer counts if its state is the browser's, and its issuer the one that was asked") func answers() throws
    {
        let attempt = try attempt()
        func code(
            _ state: String?, issuer: String? = nil, code: String? = "c", error: String? = nil, names: Bool = false
        ) -> Result<String, ProviderLoginFault> {
            let answer = ProviderAnswer(state: state, issuer: issuer, code: code, error: error)
            return Result { () throws(ProviderLoginFault) in
                try answer.code(for: attempt, askedOf: Self.issuer, namesIssuer: names)
            }
        }
        #expect(code(attempt.state) == .success("c"))
        #expect(code(attempt.state, issuer: Self.issuer, names: true) == .success("c"))
        let another = try self.attempt().state
        for state in [nil, "", another, attempt.state + "A", String(attempt.state.dropLast()), attempt.nonce] {
            #expect(code(state) == .failure(.state))
            // Nobody can make somebody's browser give up by a made-up refusal.
            #expect(code(state, error: "access_denied") == .failure(.state))
        }
        #expect(code(attempt.state, issuer: "https://other.example") == .failure(.issuer))
        #expect(code(attempt.state, issuer: Self.issuer + "/") == .failure(.issuer))
        #expect(code(attempt.state, names: true) == .failure(.issuer))
        #expect(code(attempt.state, error: "access_denied") == .failure(.declined(.accessDenied)))
        #expect(code(attempt.state, error: "<script>") == .failure(.declined(.other)))
        for one in [nil, "", String(repeating: "c", count: ProviderAnswer.codeBytesMax + 1)] {
            #expect(code(attempt.state, code: one) == .failure(.noCode))
        }
    }
}
