import Accounts
import Domain
import HTTPTypes
import Postgres
import PostgresAccounts
import Testing
import TestSupport

@testable import AccountAPI

@Suite("Accounts")
struct AccountTests {
    private static let password = "k7#pQz!w-a9"

    @Test("An address becomes an account once its owner confirms it, and logs in to the same caller on every route")
    func fromRegistrationToLogIn() async throws {
        try await AccountNode.with { node, _ in
            let registered = try await node.ask(
                .post, "/auth/register", AccountNode.credentials("Ann@Example.org", Self.password))
            #expect(registered.status == 202 && registered.text.isEmpty)
            let mail = try await node.mail(to: "Ann@Example.org", "Confirm your")
            // Not before.
            let early = try await node.ask(
                .post, "/auth/login", AccountNode.credentials("ann@example.org", Self.password))
            #expect(early.status == 401 && early.code == "wrong-credentials" && early.cookie == nil)
            let code = "{\"code\":\"\(AccountNode.code(in: mail))\"}"
            #expect(try await node.ask(.post, "/auth/verify-email", code).status == 204)
            let again = try await node.ask(.post, "/auth/verify-email", code)
            #expect(again.status == 422 && again.code == "invalid-code")

            let login = try await node.ask(
                .post, "/auth/login", AccountNode.credentials("ANN@example.ORG", Self.password))
            #expect(login.status == 200)
            let user = try #require(login.member("userId"))
            #expect(user.hasPrefix("account:") && user.utf8.count == 40)
            let cookie = try #require(login.cookie)
            #expect(login.headers[.setCookie]?.contains("Secure; HttpOnly; SameSite=Lax; Max-Age=86400") == true)
            for path in ["/public", "/own"] {
                #expect(try await node.ask(.get, path, cookie: cookie, origin: nil).member("user") == user)
            }
            let me = try await node.ask(.get, "/auth/me", cookie: cookie)
            #expect(me.member("userId") == user && me.member("email") == "Ann@Example.org")
            #expect(me.headers[.cacheControl] == "private, no-store")
        }
    }

    @Test("Nothing tells whether an address has an account, but the mail to it")
    func noEnumeration() async throws {
        try await AccountNode.with { node, _ in
            try await node.makeAccount("ann@example.org", Self.password)
            for path in ["/auth/register", "/auth/password-reset"] {
                var answers: [AccountNode.Answer] = []
                for address in ["ann@example.org", "bob@example.org"] {
                    let body =
                        path == "/auth/register"
                        ? AccountNode.credentials(address, Self.password) : "{\"email\":\"\(address)\"}"
                    answers.append(try await node.ask(.post, path, body))
                }
                #expect(answers[0].status == 202 && answers[1].status == 202)
                #expect(answers[0].headers == answers[1].headers && answers[0].text == answers[1].text)
            }
            _ = try await node.mail(to: "ann@example.org", "You have an account already")
            _ = try await node.mail(to: "bob@example.org", "Confirm your")
            _ = try await node.mail(to: "ann@example.org", "Set a new password")
            _ = try await node.mail(to: "bob@example.org", "There is no account")
            let wrong = try await node.ask(
                .post, "/auth/login", AccountNode.credentials("ann@example.org", "not-the-one"))
            let unknown = try await node.ask(
                .post, "/auth/login", AccountNode.credentials("cid@example.org", "not-the-one"))
            #expect(wrong.status == 401 && wrong.text == unknown.text && wrong.headers == unknown.headers)
            #expect(node.refusals.all == [.login, .login])
        }
    }

    @Test("One address gets so many mails an hour, whoever asks")
    func mailLimit() async throws {
        try await AccountNode.with { node, _ in
            let ann = try #require(EmailAddress("ann@example.org"))
            let bob = try #require(EmailAddress("bob@example.org"))
            func ask(_ address: EmailAddress) async throws -> PostgresAccounts.Mailing {
                let now = node.clock.now
                return try await node.store.beginReset(
                    address, code: Secret256().hash, now: now, expiry: now.adding(seconds: 3600))
            }
            for _ in 0..<5 { #expect(try await ask(ann) == .unknown) }
            for _ in 0..<3 { #expect(try await ask(ann) == .nothing) }
            #expect(try await ask(bob) == .unknown)
            node.clock.advance(seconds: 3601)
            #expect(try await ask(ann) == .unknown)
        }
    }

    @Test("A mail that is not taken is sent again")
    func mailRetry() async throws {
        try await AccountNode.with { node, _ in
            node.mailbox.refuse(1)
            _ = try await node.ask(.post, "/auth/password-reset", "{\"email\":\"ann@example.org\"}")
            try await eventually("the mail") { node.mailbox.mails.count == 1 }
        }
    }

    @Test("A new password ends every session, and its code is good once and for an hour")
    func reset() async throws {
        try await AccountNode.with { node, _ in
            try await node.makeAccount("ann@example.org", Self.password)
            let cookie = try await node.logIn("ann@example.org", Self.password)
            let asked = "{\"email\":\"ann@example.org\"}"
            _ = try await node.ask(.post, "/auth/password-reset", asked)
            let old = AccountNode.code(in: try await node.mail(to: "ann@example.org", "Set a new"))
            node.clock.advance(seconds: 3601)
            func confirm(_ code: String, _ password: String) async throws -> AccountNode.Answer {
                try await node.ask(
                    .post, "/auth/password-reset/confirm", "{\"code\":\"\(code)\",\"password\":\"\(password)\"}")
            }
            #expect(try await confirm(old, "another-9-one").code == "invalid-code")
            let stillCookie = try await node.logIn("ann@example.org", Self.password)
            _ = try await node.ask(.post, "/auth/password-reset", asked)
            let code = AccountNode.code(in: try await node.mail(to: "ann@example.org", "Set a new", after: 1))
            #expect(try await confirm(code, "password1").code == "unsuitable-password")
            #expect(try await confirm(code, "another-9-one").status == 204)
            #expect(try await confirm(code, "another-9-two").code == "invalid-code")
            for cookie in [cookie, stillCookie] {
                #expect(try await node.ask(.get, "/own", cookie: cookie).status == 401)
            }
            #expect(try await node.logIn("ann@example.org", Self.password) == "none")
            #expect(try await node.logIn("ann@example.org", "another-9-one") != "none")
        }
    }

    @Test("A log-in raises what its password costs to today's")
    func raising() async throws {
        try await AccountNode.with { node, database in
            try await node.makeAccount("ann@example.org", Self.password)
            let stronger = try AccountNode(database, clock: node.clock, mailbox: node.mailbox, logN: 5)
            let admin = database.admin()
            func stored() async throws -> String {
                try await admin.query(.init(once: "SELECT password FROM holdfast_accounts.accounts")).text(0, 0)
            }
            #expect(try await stored().hasPrefix("$scrypt$ln=4,r=8,p=1$"))
            #expect(try await node.logIn("ann@example.org", Self.password) != "none")
            #expect(try await stored().hasPrefix("$scrypt$ln=4,r=8,p=1$"))
            #expect(try await stronger.logIn("ann@example.org", "not-the-one") == "none")
            #expect(try await stored().hasPrefix("$scrypt$ln=4,r=8,p=1$"))
            #expect(try await stronger.logIn("ann@example.org", Self.password) != "none")
            #expect(try await stored().hasPrefix("$scrypt$ln=5,r=8,p=1$"))
            #expect(try await node.logIn("ann@example.org", Self.password) != "none")
            await admin.disconnect()
        }
    }

    @Test("Who knows the password sets another, and every other session ends")
    func change() async throws {
        try await AccountNode.with { node, _ in
            try await node.makeAccount("ann@example.org", Self.password)
            let cookie = try await node.logIn("ann@example.org", Self.password)
            let other = try await node.logIn("ann@example.org", Self.password)
            func change(_ old: String, _ new: String) async throws -> AccountNode.Answer {
                try await node.ask(
                    .post, "/auth/password", "{\"password\":\"\(old)\",\"newPassword\":\"\(new)\"}", cookie: cookie)
            }
            #expect(try await change("not-the-one", "another-9-one").code == "wrong-credentials")
            #expect(try await change(Self.password, "Ann@example.org").code == "unsuitable-password")
            #expect(try await node.ask(.get, "/own", cookie: other).status == 200)
            #expect(try await change(Self.password, "another-9-one").status == 204)
            #expect(try await node.ask(.get, "/own", cookie: cookie).status == 200)
            #expect(try await node.ask(.get, "/own", cookie: other).status == 401)
            #expect(try await node.logIn("ann@example.org", Self.password) == "none")
            #expect(try await node.logIn("ann@example.org", "another-9-one") != "none")
        }
    }

    @Test("Who deletes their account must know its password, and nothing of it stays")
    func deletion() async throws {
        try await AccountNode.with { node, database in
            try await node.makeAccount("ann@example.org", Self.password)
            let cookie = try await node.logIn("ann@example.org", Self.password)
            let wrong = try await node.ask(.delete, "/auth/me", "{\"password\":\"wrong-one\"}", cookie: cookie)
            #expect(wrong.status == 401 && wrong.code == "wrong-credentials")
            #expect(try await node.ask(.get, "/own", cookie: cookie).status == 200)
            let gone = try await node.ask(
                .delete, "/auth/me", "{\"password\":\"\(Self.password)\"}", cookie: cookie)
            #expect(gone.status == 204 && gone.dropsCookie)
            #expect(try await node.ask(.get, "/own", cookie: cookie).status == 401)
            #expect(try await node.logIn("ann@example.org", Self.password) == "none")
            let admin = database.admin()
            let rows = try await admin.query(
                .init(
                    once: """
                        SELECT (SELECT count(*) FROM holdfast_accounts.accounts)
                            + (SELECT count(*) FROM holdfast_accounts.sessions)
                            + (SELECT count(*) FROM holdfast_accounts.mailings)
                        """))
            #expect(try rows.int64(0, 0) == 0)
            await admin.disconnect()
        }
    }

    @Test(
        "What is not in order is refused with a word on what is wrong",
        arguments: [
            ("/auth/register", #"{"email":"ann","password":"k7#pQz!w-a9"}"#, 422, "invalid-address"),
            ("/auth/register", #"{"email":"ann@example.org","password":"short"}"#, 422, "unsuitable-password"),
            ("/auth/register", #"{"email":"ann@example.org","password":"password1"}"#, 422, "unsuitable-password"),
            ("/auth/register", #"{"email":"ann@example.org"}"#, 400, "invalid-request"),
            (
                "/auth/register", #"{"email":"ann@example.org","password":"k7#pQz!w-a9","role":"admin"}"#, 400,
                "unknown-member"
            ),
            ("/auth/register", "{", 400, "invalid-json"), ("/auth/register", "", 400, "invalid-json"),
            (
                "/auth/login", #"{"email":"ann@example.org\r\nBcc: eve@example.org","password":"x"}"#, 422,
                "invalid-address"
            ),
            ("/auth/password-reset", #"{"email":7}"#, 400, "invalid-request"),
            ("/auth/verify-email", #"{"code":"x"}"#, 422, "invalid-code"),
            ("/auth/password-reset/confirm", #"{"code":"x","password":"k7#pQz!w-a9"}"#, 422, "invalid-code"),
            ("/auth/logout-all", "", 401, "unauthenticated"),
        ])
    func refusals(path: String, body: String, status: Int, code: String) async throws {
        // None of them gets as far as the database.
        let node = try AccountNode(TestDatabase(adminConninfo: "host=/nowhere"))
        let answer = try await node.ask(.post, path, body)
        #expect(answer.status == status && answer.code == code, "\(answer.text)")
        #expect(!answer.text.contains("k7#"))
    }

    @Test("A body has its limit")
    func bodyLimit() async throws {
        let node = try AccountNode(TestDatabase(adminConninfo: "host=/nowhere"))
        let body = AccountNode.credentials("ann@example.org", String(repeating: "x", count: 5000))
        #expect(try await node.ask(.post, "/auth/login", body).status == 413)
    }

    @Test("An e-mail address is only tried so often a minute, whether or not it has an account")
    func guessing() async throws {
        try await AccountNode.with { node, _ in
            try await node.makeAccount("ann@example.org", "k7#pQz!w-a9")
            for address in ["ann@example.org", "NOBODY@example.org"] {
                for _ in 0..<30 {
                    let answer = try await node.ask(
                        .post, "/auth/login", AccountNode.credentials(address, "not-it-at-all"))
                    #expect(answer.code == "wrong-credentials")
                }
                let refused = try await node.ask(
                    .post, "/auth/login", AccountNode.credentials(address.lowercased(), "k7#pQz!w-a9"))
                #expect(refused.code == "too-many-requests" && refused.headers[.retryAfter] == "3")
            }
            node.clock.advance(seconds: 2)
            #expect(try await node.logIn("ann@example.org", "k7#pQz!w-a9") != "none")
            #expect(node.refusals.all.count { $0 == .tooManyLogins } == 2)
        }
    }

    @Test("An answer that drops a cookie is nobody else's, though everybody may see it")
    func staleCookieIsNotCached() async throws {
        try await AccountNode.with { node, _ in
            let answer = try await node.ask(.get, "/public", cookie: "__Host-S=gone")
            #expect(answer.status == 200 && answer.dropsCookie)
            #expect(answer.headers[.cacheControl] == "private, no-store")
        }
    }
}
