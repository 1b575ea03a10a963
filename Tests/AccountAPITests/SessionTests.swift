import Accounts
import HTTPTypes
import Postgres
import Testing
import TestSupport

@testable import AccountAPI

@Suite("Sessions over HTTP")
struct SessionTests {
    private static let password = "k7#pQz!w-a9"

    private static func withSession(
        _ body: @escaping @Sendable (AccountNode, TestDatabase, _ cookie: String) async throws -> Void
    ) async throws {
        try await AccountNode.with { node, database in
            try await node.makeAccount("ann@example.org", password)
            try await body(node, database, try await node.logIn("ann@example.org", password))
        }
    }

    @Test("A cookie stands for a change only where the browser says that the page is the instance's own")
    func crossSite() async throws {
        try await Self.withSession { node, _, cookie in
            let site = try #require(HTTPField.Name("Sec-Fetch-Site"))
            for headers in [[site: "same-origin"], [.origin: AccountNode.origin]] as [HTTPFields] {
                #expect(
                    try await node.ask(.post, "/own", cookie: cookie, origin: nil, headers: headers).status == 200)
            }
            for headers in [
                [:], [site: "cross-site"], [site: "same-site"], [site: "none"], [.origin: "https://evil.example"],
                [.origin: "null"], [site: "cross-site", .origin: "https://evil.example"],
            ] as [HTTPFields] {
                let answer = try await node.ask(.post, "/own", cookie: cookie, origin: nil, headers: headers)
                #expect(answer.status == 403 && answer.code == "cross-site-request", "\(headers)")
                // What changes nothing is the browser's to keep from other sites' scripts.
                #expect(try await node.ask(.get, "/own", cookie: cookie, origin: nil, headers: headers).status == 200)
            }
            // Nor does another site log anybody in or out, or have us mail somebody.
            for path in [
                "/auth/logout", "/auth/login", "/auth/login/passkey", "/auth/login/passkey/options", "/auth/register",
                "/auth/password-reset", "/auth/verify-email",
            ] {
                let answer = try await node.ask(.post, path, "{}", origin: "https://evil.example")
                #expect(answer.code == "cross-site-request" && answer.cookie == nil, "\(path)")
            }
        }
    }

    @Test("Whose a session is, is known from the log-in on, so that its first request counts for its caller")
    func rememberedFromTheStart() async throws {
        try await Self.withSession { node, _, cookie in
            let value = String(cookie.drop { $0 != "=" }.dropFirst())
            #expect(node.sessions.remembered(value) != nil)
        }
    }

    @Test("A cookie of no session is dropped, and what anybody may read is served")
    func staleCookie() async throws {
        try await Self.withSession { node, _, cookie in
            let forged = "__Host-S=" + String(repeating: "A", count: SessionKey.cookieLength)
            for cookie in [forged, "__Host-S=", "__Host-S=x; a=b", "\(cookie); \(cookie)"] {
                let answer = try await node.ask(.get, "/public", cookie: cookie)
                #expect(answer.status == 200 && answer.member("user") == "nobody" && answer.dropsCookie, "\(cookie)")
                let own = try await node.ask(.get, "/own", cookie: cookie)
                #expect(own.status == 401 && own.code == "unauthenticated" && own.dropsCookie, "\(cookie)")
            }
            // It does not stand in the way of a new one.
            let login = try await node.ask(
                .post, "/auth/login", AccountNode.credentials("ann@example.org", Self.password), cookie: forged)
            #expect(login.status == 200 && login.cookie != "__Host-S=" && !login.dropsCookie)
            let fine = try await node.ask(.get, "/public", cookie: "a=b; \(cookie)")
            #expect(fine.member("user") != "nobody" && fine.cookie == nil)
        }
    }

    @Test("A bad token is refused, whatever the cookie")
    func tokenFirst() async throws {
        try await Self.withSession { node, _, cookie in
            let answer = try await node.ask(.get, "/own", cookie: cookie, headers: [.authorization: "Bearer x"])
            #expect(answer.status == 401 && !answer.dropsCookie)
        }
    }

    @Test("A log-out ends the session on every node that has heard of it")
    func logOut() async throws {
        try await Self.withSession { node, database, cookie in
            let other = try AccountNode(database, clock: node.clock)
            #expect(try await other.ask(.get, "/own", cookie: cookie).status == 200)
            let out = try await node.ask(.post, "/auth/logout", cookie: cookie)
            #expect(out.status == 204 && out.dropsCookie)
            #expect(try await node.ask(.get, "/own", cookie: cookie).status == 401)
            await other.sessions.hear()
            #expect(try await other.ask(.get, "/own", cookie: cookie).status == 401)
            #expect(try await node.ask(.post, "/auth/logout").status == 204)
        }
    }

    @Test("An account sees its sessions, and ends one or all of them")
    func listed() async throws {
        try await Self.withSession { node, _, first in
            node.clock.advance(seconds: 10)
            let login = try await node.ask(
                .post, "/auth/login", AccountNode.credentials("ann@example.org", Self.password),
                headers: [.userAgent: "Browser\u{E9}/1"])
            let second = try #require(login.cookie)
            let list = try await node.ask(.get, "/auth/sessions", cookie: first)
            #expect(list.text.components("\"sessionId\"") == 2 && list.text.components("\"isCurrent\":true") == 1)
            #expect(list.text.contains("\"userAgent\":\"Browser/1\""))
            // The newest is listed first.
            let handle = try #require(list.member("sessionId"))
            for (path, cookie) in [("/auth/sessions/\(handle)", "none"), ("/auth/sessions/\(handle)0", first)] {
                #expect([401, 404].contains(try await node.ask(.delete, path, cookie: cookie).status))
            }
            #expect(try await node.ask(.get, "/own", cookie: second).status == 200)
            #expect(try await node.ask(.delete, "/auth/sessions/\(handle)", cookie: first).status == 204)
            let again = try await node.ask(.delete, "/auth/sessions/\(handle)", cookie: first)
            #expect(again.status == 404 && again.code == "session-not-found")
            #expect(try await node.ask(.get, "/own", cookie: second).status == 401)

            let third = try await node.logIn("ann@example.org", Self.password)
            #expect(try await node.ask(.post, "/auth/logout-all", cookie: first).status == 204)
            for cookie in [first, third] { #expect(try await node.ask(.get, "/own", cookie: cookie).status == 401) }
        }
    }

    @Test("Nobody sees or ends another's sessions")
    func others() async throws {
        try await Self.withSession { node, _, ann in
            try await node.makeAccount("bob@example.org", Self.password)
            let bob = try await node.logIn("bob@example.org", Self.password)
            let list = try await node.ask(.get, "/auth/sessions", cookie: ann)
            let handle = try #require(list.member("sessionId"))
            #expect(try await node.ask(.delete, "/auth/sessions/\(handle)", cookie: bob).status == 404)
            #expect(try await node.ask(.get, "/own", cookie: ann).status == 200)
        }
    }

    @Test("A session ends when it is idle for its time, or after a day; its requests are noted for all nodes")
    func ends() async throws {
        try await Self.withSession { node, database, cookie in
            let idle = try await node.logIn("ann@example.org", Self.password)
            for _ in 0..<3 {
                node.clock.advance(seconds: 3000)
                #expect(try await node.ask(.get, "/own", cookie: cookie).status == 200)
                await node.sessions.note()
            }
            #expect(try await node.ask(.get, "/own", cookie: idle).status == 401)
            // A node that never saw it reads when it was used last.
            let other = try AccountNode(database, clock: node.clock)
            #expect(try await other.ask(.get, "/own", cookie: cookie).status == 200)
            for _ in 0..<31 {
                node.clock.advance(seconds: 2500)
                _ = try await node.ask(.get, "/public", cookie: cookie)
                await node.sessions.note()
            }
            #expect(try await node.ask(.get, "/own", cookie: cookie).status == 401)
        }
    }

    @Test("A session costs a query once")
    func fromMemory() async throws {
        try await Self.withSession { node, database, cookie in
            #expect(try await node.ask(.get, "/own", cookie: cookie).status == 200)
            let admin = database.admin()
            // Nobody else's change is heard of, since nobody was told: the row is looked at no more.
            try await admin.script("DELETE FROM holdfast_accounts.sessions")
            #expect(try await node.ask(.get, "/own", cookie: cookie).status == 200)
            await admin.disconnect()
        }
    }

    @Test("As many sessions as one account may have; the longest unused goes")
    func bounded() async throws {
        try await Self.withSession { node, _, first in
            var newest = first
            for _ in 0..<20 {
                node.clock.advance(seconds: 1)
                newest = try await node.logIn("ann@example.org", Self.password)
            }
            await node.sessions.hear()
            #expect(try await node.ask(.get, "/own", cookie: first).status == 401)
            let list = try await node.ask(.get, "/auth/sessions", cookie: newest)
            #expect(list.text.components("\"sessionId\"") == 20)
        }
    }

    @Test("While nobody can be asked, no session is made up, and what anybody may read is served")
    func deaf() async throws {
        try await Self.withSession { _, _, cookie in
            let deaf = try AccountNode(TestDatabase(adminConninfo: "host=/nowhere"))
            let own = try await deaf.ask(.get, "/own", cookie: cookie)
            #expect(own.status == 503 && own.code == "accounts-unavailable" && own.cookie == nil)
            let anybodys = try await deaf.ask(.get, "/public", cookie: cookie)
            #expect(anybodys.status == 200 && anybodys.member("user") == "nobody" && anybodys.cookie == nil)
        }
    }
}

extension String {
    /// How often a text is in this one.
    fileprivate func components(_ text: String) -> Int { ranges(of: text).count }
}
