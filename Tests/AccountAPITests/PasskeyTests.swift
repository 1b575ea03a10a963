import Accounts
import HTTPTypes
import TestSupport
import Testing

@testable import AccountAPI

@Suite("Passkeys")
struct PasskeyTests {
    private static let password = "k7#pQz!w-a9"

    private static func register(
        _ authenticator: inout SoftwareAuthenticator, _ node: AccountNode, _ cookie: String
    ) async throws -> AccountNode.Answer {
        let options = try await node.ask(.post, "/auth/passkey-options", cookie: cookie)
        #expect(options.status == 200)
        let challenge = try #require(options.member("challenge"))
        let user = try #require(options.text.firstRange(of: "\"user\":{\"id\":\""))
        let id = options.text[user.upperBound...].prefix { $0 != "\"" }
        return try await node.ask(
            .post, "/auth/passkeys", authenticator.create(challenge, user: String(id)), cookie: cookie)
    }

    private static func challenge(_ node: AccountNode, email: String? = nil) async throws -> String {
        let body = email.map { "{\"email\":\"\($0)\"}" } ?? ""
        return try #require(try await node.ask(.post, "/auth/login/passkey/options", body).member("challenge"))
    }

    private static func logIn(
        _ authenticator: SoftwareAuthenticator, _ node: AccountNode, email: String? = nil
    ) async throws -> AccountNode.Answer {
        try await node.ask(
            .post, "/auth/login/passkey", authenticator.get(try await challenge(node, email: email)))
    }

    @Test("A passkey logs in, once for each challenge, and its owner sees, renames and deletes it")
    func ownersWay() async throws {
        try await AccountNode.with { node, _ in
            try await node.makeAccount("ann@example.org", Self.password)
            let cookie = try await node.logIn("ann@example.org", Self.password)
            var phone = SoftwareAuthenticator()
            let made = try await Self.register(&phone, node, cookie)
            #expect(made.status == 201)
            let id = try #require(made.member("passkeyId"))
            _ = try await node.mail(to: "ann@example.org", "Your account has a new passkey")
            // The same key twice.
            #expect(try await Self.register(&phone, node, cookie).member("fault") == "registered")

            phone.signCount = 2
            let challenge = try await Self.challenge(node, email: "ann@example.org")
            let answer = try phone.get(challenge)
            let login = try await node.ask(.post, "/auth/login/passkey", answer)
            #expect(login.status == 200)
            let session = try #require(login.cookie)
            #expect(try await node.ask(.get, "/own", cookie: session).status == 200)
            phone.signCount = 3
            let again = try await node.ask(.post, "/auth/login/passkey", try phone.get(challenge))
            #expect(again.code == "wrong-credentials")
            #expect(node.refusals.all.last == .passkey(.replayed))

            #expect(
                try await node.ask(.patch, "/auth/passkeys/\(id)", "{\"name\":\"Ann's phone\"}", cookie: session).status
                    == 204)
            #expect(
                try await node.ask(.patch, "/auth/passkeys/\(id)", "{\"name\":\"a\\u0007\"}", cookie: session).status
                    == 400)
            let list = try await node.ask(.get, "/auth/passkeys", cookie: session)
            #expect(list.member("name") == "Ann's phone" && list.member("lastUsedAt") != nil)

            node.clock.advance(seconds: 601)
            #expect(
                try await node.ask(.post, "/auth/passkey-options", cookie: session).code == "fresh-login-required")
            #expect(
                try await node.ask(.delete, "/auth/passkeys/\(id)", cookie: session).code == "fresh-login-required")
            let fresh = try #require(try await Self.logIn(phone, node).cookie)
            #expect(try await node.ask(.delete, "/auth/passkeys/\(id)", cookie: fresh).status == 204)
            #expect(try await node.ask(.delete, "/auth/passkeys/\(id)", cookie: fresh).code == "passkey-not-found")
            phone.signCount = 9
            #expect(try await Self.logIn(phone, node).code == "wrong-credentials")
            #expect(node.refusals.all.last == .passkey(.credential))
        }
    }

    @Test("What a log-in must not take is refused with one answer, and its reason is on record")
    func refusedLogins() async throws {
        try await AccountNode.with { node, _ in
            try await node.makeAccount("ann@example.org", Self.password)
            try await node.makeAccount("bob@example.org", Self.password)
            var phone = SoftwareAuthenticator()
            let cookie = try await node.logIn("ann@example.org", Self.password)
            #expect(try await Self.register(&phone, node, cookie).status == 201)
            var other = SoftwareAuthenticator()
            let bobs = try await node.logIn("bob@example.org", Self.password)
            #expect(try await Self.register(&other, node, bobs).status == 201)
            phone.signCount = 5
            func refused(
                _ fault: PasskeyFault, email: String? = nil, _ change: (inout SoftwareAuthenticator) -> Void
            ) async throws {
                var lying = phone
                change(&lying)
                let answer = try await Self.logIn(lying, node, email: email)
                #expect(answer.status == 401 && answer.code == "wrong-credentials" && answer.cookie == nil)
                #expect(node.refusals.all.last == .passkey(fault))
            }
            try await refused(.origin) { $0.origin = "https://evil.example" }
            try await refused(.crossOrigin) { $0.crossOrigin = true }
            try await refused(.relyingParty) { $0.relyingParty = "evil.example" }
            try await refused(.userVerification) { $0.flags = 0x01 }
            try await refused(.userPresence) { $0.flags = 0x04 }
            try await refused(.backup) { $0.flags = 0x0D }
            try await refused(.type) { $0.getType = "webauthn.create" }
            try await refused(.credential) { $0.credentialID = [1, 2, 3] }
            // Another account's: by the credential that is named, and by the address that was asked for.
            try await refused(.credential) { $0.credentialID = other.credentialID }
            try await refused(.challenge, email: "bob@example.org") { _ in }
            try await refused(.challenge, email: "nobody@example.org") { _ in }
            try await refused(.counter) { $0.signCount = 1 }
            try await refused(.counter) { $0.signCount = 0 }

            let made = try #require(
                try await node.ask(.post, "/auth/passkey-options", cookie: cookie).member("challenge"))
            for challenge in ["", "AAAA", made] {
                _ = try await node.ask(.post, "/auth/login/passkey", try phone.get(challenge))
                #expect(node.refusals.all.last == .passkey(.challenge))
            }
            let old = try await Self.challenge(node)
            node.clock.advance(seconds: 300)
            _ = try await node.ask(.post, "/auth/login/passkey", try phone.get(old))
            #expect(node.refusals.all.last == .passkey(.challenge))
            #expect(try await Self.logIn(phone, node, email: "ann@example.org").status == 200)
            // Another site's page, before all else.
            #expect(
                try await node.ask(
                    .post, "/auth/login/passkey", try phone.get(try await Self.challenge(node)),
                    origin: "https://evil.example"
                ).code == "cross-site-request")
        }
    }

    @Test("What a registration must not take is refused, and nothing is registered")
    func refusedRegistrations() async throws {
        try await AccountNode.with { node, _ in
            try await node.makeAccount("ann@example.org", Self.password)
            try await node.makeAccount("bob@example.org", Self.password)
            let cookie = try await node.logIn("ann@example.org", Self.password)
            func refused(_ fault: PasskeyFault, _ change: (inout SoftwareAuthenticator) -> Void) async throws {
                var lying = SoftwareAuthenticator()
                change(&lying)
                let answer = try await Self.register(&lying, node, cookie)
                #expect(answer.status == 422 && answer.member("fault") == fault.rawValue)
                #expect(node.refusals.all.last == .newPasskey(fault))
            }
            try await refused(.origin) { $0.origin = "http://shop.example" }
            try await refused(.crossOrigin) { $0.crossOrigin = true }
            try await refused(.relyingParty) { $0.relyingParty = "example" }
            try await refused(.userVerification) { $0.flags = 0x01 }
            try await refused(.userPresence) { $0.flags = 0x04 }
            try await refused(.backup) { $0.flags = 0x15 }
            try await refused(.type) { $0.createType = "webauthn.get" }
            // Another account's challenge, and one for a log-in.
            let bobs = try await node.logIn("bob@example.org", Self.password)
            let options = try await node.ask(.post, "/auth/passkey-options", cookie: bobs)
            for challenge in [try #require(options.member("challenge")), try await Self.challenge(node)] {
                var phone = SoftwareAuthenticator()
                let answer = try await node.ask(
                    .post, "/auth/passkeys", phone.create(challenge, user: "AA"), cookie: cookie)
                #expect(answer.member("fault") == "challenge")
            }
            #expect(try await node.ask(.get, "/auth/passkeys", cookie: cookie).text == "{\"passkeys\":[]}")
            #expect(try await node.ask(.post, "/auth/passkey-options").status == 401)
            for _ in 0..<10 {
                var phone = SoftwareAuthenticator()
                #expect(try await Self.register(&phone, node, cookie).status == 201)
            }
            try await refused(.tooMany) { _ in }
        }
    }
}
