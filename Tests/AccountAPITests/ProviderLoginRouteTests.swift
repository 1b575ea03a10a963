import Accounts
import Domain
import Foundation
import HTTPTypes
import Identity
import Testing
import TestSupport

@testable import AccountAPI

@Suite("Log-ins at an identity provider over HTTP")
struct ProviderLoginRouteTests {
    /// A browser that was sent to the provider.
    private struct Begun {
        var cookie: String
        var location: String
    }

    private static func begin(_ node: AccountNode, returnTo path: String = "/shows?a=b") async throws -> Begun {
        let query = path.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let answer = try await node.ask(.get, "/auth/openid/login?return=\(query)", origin: nil)
        #expect(answer.status == 302, "\(answer.text)")
        return Begun(
            cookie: try #require(answer.loginCookie), location: try #require(answer.headers[.location]))
    }

    private static func callBack(
        _ node: AccountNode, _ parameters: [String: String], cookie: String?, headers: HTTPFields = [:]
    ) async throws -> AccountNode.Answer {
        var components = URLComponents()
        components.queryItems = parameters.map { URLQueryItem(name: $0.key, value: $0.value) }
        return try await node.ask(
            .get, "/auth/openid/callback?\(components.percentEncodedQuery ?? "")", cookie: cookie, origin: nil,
            headers: headers)
    }

    private static func logIn(_ node: AccountNode, _ subject: String = "alice") async throws -> String {
        let begun = try await begin(node)
        let answer = try await callBack(
            node, try node.provider.logIn(subject, at: begun.location), cookie: begun.cookie)
        #expect(answer.status == 303, "\(answer.text)")
        return try #require(answer.cookie)
    }

    @Test("A log-in opens a session of the user whom the provider's access tokens name") func whole() async throws {
        try await AccountNode.with { node, database in
            let begun = try await Self.begin(node)
            let answer = try await Self.callBack(
                node, try node.provider.logIn("alice", at: begun.location), cookie: begun.cookie)
            #expect(answer.status == 303 && answer.headers[.location] == "\(AccountNode.origin)/shows?a=b")
            // The log-in's cookie is gone, and the session's is there.
            #expect(answer.loginCookie == "__Host-S-Login=")
            let cookie = try #require(answer.cookie)
            let mine = try await node.ask(.get, "/own", cookie: cookie)
            let token = try node.provider.accessToken("alice")
            let theirs = try await node.ask(.get, "/own", headers: [.authorization: "Bearer \(token)"])
            #expect(mine.status == 200 && mine.member("user") == "alice" && theirs.member("user") == "alice")
            let me = try await node.ask(.get, "/auth/me", cookie: cookie)
            #expect(me.member("userId") == "alice" && me.member("issuer") == TestProvider.issuer)
            #expect(me.member("email") == nil)
            #expect(me.text.contains("end?client_id=shop"))

            // Changes still need the browser's word, and a log-out counts on a node that has heard of it.
            #expect(try await node.ask(.post, "/own", cookie: cookie, origin: nil).code == "cross-site-request")
            let other = try AccountNode(database, clock: node.clock, provider: node.provider)
            #expect(try await other.ask(.get, "/own", cookie: cookie).member("user") == "alice")
            #expect(try await node.ask(.post, "/auth/logout", cookie: cookie).dropsCookie)
            await other.sessions.hear()
            #expect(try await other.ask(.get, "/own", cookie: cookie).status == 401)
        }
    }

    @Test("Sessions are listed and ended as an account's are, and are each user's own") func sessions() async throws {
        try await AccountNode.with { node, _ in
            let (first, second) = (try await Self.logIn(node), try await Self.logIn(node))
            let bob = try await Self.logIn(node, "bob")
            let list = try await node.ask(.get, "/auth/sessions", cookie: first)
            #expect(list.text.components(separatedBy: "sessionId").count == 3)
            let others = try await node.ask(.get, "/auth/sessions", cookie: bob)
            let handle = try #require(others.member("sessionId"))
            #expect(try await node.ask(.delete, "/auth/sessions/\(handle)", cookie: first).code == "session-not-found")
            #expect(try await node.ask(.post, "/auth/logout-all", cookie: first).status == 204)
            for cookie in [first, second] { #expect(try await node.ask(.get, "/own", cookie: cookie).status == 401) }
            #expect(try await node.ask(.get, "/own", cookie: bob).status == 200)
            // Idle and absolute ends are those of all sessions.
            node.clock.advance(seconds: 3601)
            #expect(try await node.ask(.get, "/own", cookie: bob).status == 401)
        }
    }

    @Test("What only an account has is refused by name") func noAccount() async throws {
        try await AccountNode.with { node, _ in
            let cookie = try await Self.logIn(node)
            for (method, path, body) in [
                (.delete, "/auth/me", #"{"password":"x"}"#), (.post, "/auth/password", "{}"),
                (.post, "/auth/second-factor", "{}"), (.post, "/auth/passkey-options", ""),
                (.get, "/auth/passkeys", ""),
            ] as [(HTTPRequest.Method, String, String)] {
                let answer = try await node.ask(method, path, body, cookie: cookie)
                #expect(answer.status == 403 && answer.code == "account-at-provider", "\(method) \(path)")
            }
            #expect(try await node.ask(.get, "/own", cookie: cookie).status == 200)
        }
    }

    @Test("A browser is sent to the provider alone, and back to a path of this origin alone") func begins() async throws
    {
        try await AccountNode.with { node, _ in
            let answer = try await node.ask(.get, "/auth/openid/login", origin: nil)
            let cookie = try #require(answer.headers[values: .setCookie].first { $0.hasPrefix("__Host-S-Login=") })
            #expect(cookie.hasSuffix("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"))
            let query = TestProvider.parameters(of: answer.headers[.location] ?? "")
            #expect(query["redirect_uri"] == "\(AccountNode.origin)/api/v1/auth/openid/callback")
            for path in [
                "https://evil.example", "//evil.example", "/\\evil.example", "/%5cevil.example", "%2F%2Fevil.example",
                "%5C%5Cevil.example", "/%0d%0aSet-Cookie:a=b", "javascript:alert(1)", "", "/api/v1/auth/openid/login",
            ] {
                let answer = try await node.ask(.get, "/auth/openid/login?return=\(path)", origin: nil)
                #expect(answer.status == 400 && answer.code == "invalid-request", "\(path)")
                #expect(answer.loginCookie == nil && answer.headers[.location] == nil)
            }
            #expect(try await node.ask(.get, "/auth/openid/login?return=/a&return=/b").status == 400)
            let dest = try #require(HTTPField.Name("Sec-Fetch-Dest"))
            for path in ["/auth/openid/login", "/auth/openid/callback"] {
                let answer = try await node.ask(.get, path, origin: nil, headers: [dest: "image"])
                #expect(answer.code == "cross-site-request" && answer.loginCookie == nil)
            }
            #expect(try await node.ask(.head, "/auth/openid/callback?code=c").status != 303)
        }
    }

    @Test("An answer of another browser, of another time or of another provider opens no session") func foreign()
        async throws
    {
        try await AccountNode.with { node, _ in
            let (victim, attacker) = (try await Self.begin(node), try await Self.begin(node))
            let stolen = try node.provider.logIn("attacker", at: attacker.location)
            let good = try node.provider.logIn("alice", at: victim.location)
            var mixedUp = good
            mixedUp["iss"] = "https://other.example"
            var unnamed = good
            unnamed["iss"] = nil
            var denied = good
            denied["code"] = nil
            denied["error"] = "access_denied"
            for (parameters, cookie, fault) in [
                // Login CSRF: the attacker's answer, in a browser that began another log-in, or none.
                (stolen, victim.cookie, .state), (stolen, nil, .notBegun),
                (good, "\(victim.cookie); \(attacker.cookie)", .notBegun), (good, "__Host-S-Login=AAAA", .notBegun),
                ([:], victim.cookie, .state), (mixedUp, victim.cookie, .issuer), (unnamed, victim.cookie, .issuer),
                (denied, victim.cookie, .declined(.accessDenied)),
            ] as [([String: String], String?, ProviderLoginFault)] {
                let answer = try await Self.callBack(node, parameters, cookie: cookie)
                #expect(answer.cookie == nil && answer.headers[.location] == nil)
                #expect(answer.code == (fault == .declined(.accessDenied) ? "login-declined" : "invalid-login"))
                #expect(node.providerRefusals.all.last == fault)
                // Whoever sends a browser here can't make it give its log-in up.
                #expect((answer.loginCookie == nil) == (fault == .state || fault == .notBegun))
            }
            #expect(node.provider.exchanges == 0)
            // None of it stood in the way of the right one.
            #expect(try await Self.callBack(node, good, cookie: victim.cookie).status == 303)
            node.clock.advance(seconds: LoginAttempt.seconds)
            #expect(try await Self.callBack(node, stolen, cookie: attacker.cookie).code == "invalid-login")
            #expect(node.providerRefusals.all.last == .expired)
        }
    }

    @Test("An answer logs in once, whatever the provider does with its code") func replayed() async throws {
        try await AccountNode.with { node, database in
            let begun = try await Self.begin(node)
            let parameters = try node.provider.logIn("alice", at: begun.location)
            node.provider.behave { $0.issuesTwice = true }
            #expect(try await Self.callBack(node, parameters, cookie: begun.cookie).status == 303)
            let other = try AccountNode(database, clock: node.clock, provider: node.provider)
            for node in [node, other] {
                let again = try await Self.callBack(node, parameters, cookie: begun.cookie)
                #expect(again.code == "invalid-login" && again.cookie == nil)
                #expect(node.providerRefusals.all.last == .replayed)
            }
            node.provider.behave { $0.issuesTwice = false }
            _ = try await Self.callBack(node, parameters, cookie: begun.cookie)
            let answer = try await Self.callBack(node, parameters, cookie: begun.cookie)
            #expect(answer.code == "login-declined" && node.providerRefusals.all.last == .codeRefused(.invalidGrant))
        }
    }

    @Test("A code that was given to another browser is worth nothing: by PKCE, and by the nonce") func injected()
        async throws
    {
        try await AccountNode.with { node, _ in
            for checksVerifier in [true, false] {
                node.provider.behave { $0.checksVerifier = checksVerifier }
                let (victim, attacker) = (try await Self.begin(node), try await Self.begin(node))
                var parameters = try node.provider.logIn("attacker", at: attacker.location)
                parameters["code"] = try node.provider.logIn("alice", at: victim.location)["code"]
                let answer = try await Self.callBack(node, parameters, cookie: attacker.cookie)
                #expect(answer.code == "login-declined" && answer.cookie == nil)
            }
            #expect(
                node.providerRefusals.all
                    == [
                        .codeRefused(.invalidGrant), .idToken("The ID token answers another request (nonce)."),
                    ])
        }
    }

    @Test("An ID token that proves nothing opens no session; a provider that is away is no fault of the caller")
    func badTokens() async throws {
        try await AccountNode.with { node, _ in
            func answer(_ change: (inout TestProvider.Behaviour) -> Void) async throws -> AccountNode.Answer {
                node.provider.behave { $0 = TestProvider.Behaviour() }
                let begun = try await Self.begin(node)
                let parameters = try node.provider.logIn("alice", at: begun.location)
                node.provider.behave(change)
                return try await Self.callBack(node, parameters, cookie: begun.cookie)
            }
            for claims in [
                ["aud": #""api""#], ["iss": #""https://other.example""#], ["exp": "1"], ["at_hash": #""AAAA""#],
                ["sub": nil],
            ] as [[String: String?]] {
                let answer = try await answer { $0.claims = claims }
                #expect(answer.status == 401 && answer.code == "login-declined" && answer.cookie == nil, "\(claims)")
            }
            #expect(try await answer { $0.keyID = "unknown" }.code == "login-declined")
            for status in [nil, 500, 404, 302] as [UInt?] {
                let answer = try await answer { $0.status = status }
                #expect(answer.status == 503 && answer.code == "provider-unavailable" && answer.cookie == nil)
            }
            // A key that the provider has brought in meanwhile is asked for.
            let keys = try VerificationKeys(jwks: node.provider.jwks(kid: "new"))
            node.authenticator.onMissingKey { [authenticator = node.authenticator] _ in
                authenticator.replace(keys: keys, ofIssuer: 0)
            }
            #expect(try await answer { $0.keyID = "new" }.status == 303)
        }
    }

    @Test("Sessions of a provider that is not believed any more are over") func otherIssuer() async throws {
        try await AccountNode.with { node, database in
            let cookie = try await Self.logIn(node)
            for believed in ["https://other.example", nil] {
                let later = try AccountNode(database, clock: node.clock, believed: believed)
                #expect(try await later.ask(.get, "/own", cookie: cookie).status == 401)
            }
            #expect(try await node.ask(.get, "/own", cookie: cookie).status == 200)
        }
    }

    @Test("Sessions of accounts are over where there are none any more") func noAccounts() async throws {
        try await AccountNode.with { node, database in
            try await node.makeAccount("ann@example.org", "a horse that nobody rides")
            let own = try await node.logIn("ann@example.org", "a horse that nobody rides")
            let provided = try await Self.logIn(node)
            let later = try AccountNode(database, clock: node.clock, ownAccounts: false)
            #expect(try await later.ask(.get, "/own", cookie: own).status == 401)
            #expect(try await later.ask(.get, "/own", cookie: provided).status == 200)
            #expect(try await node.ask(.get, "/own", cookie: own).status == 200)
        }
    }

    @Test("The page loads nothing but its own files, and has no script or style in it") func page() async throws {
        try await AccountNode.with { node, _ in
            let page = try await node.ask(.get, "/account", origin: nil)
            #expect(page.status == 200 && page.headers[.contentType] == "text/html; charset=utf-8")
            let policy = try #require(page.headers[.contentSecurityPolicy])
            #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; ") && !policy.contains("unsafe"))
            #expect(page.headers[values: .contentSecurityPolicy].count == 1)
            #expect(
                !page.text.contains("{{") && page.text.contains("href=\"/api/v1/auth/openid/login?return=/account\""))
            #expect(page.text.firstMatch(of: /<style|<script>|\son[a-z]+=|\sstyle=|https?:/) == nil)
            for path in ["/account/page.js", "/account/page.css"] {
                #expect(page.text.contains("\"\(path)\""))
                #expect(try await node.ask(.get, path, origin: nil).status == 200)
            }
        }
    }
}
