import Domain
import HTTPTypes
import Testing
import TestSupport

@testable import AccountAPI
@testable import Accounts

@Suite("Second factors")
struct SecondFactorTests {
    private static let password = "k7#pQz!w-a9"

    private static func decode(_ base32: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var (buffer, bits): (UInt32, UInt32) = (0, 0)
        for letter in base32.utf8 {
            let value = (0x41...0x5A).contains(letter) ? letter - 0x41 : letter - 0x32 + 26
            buffer = buffer << 5 | UInt32(value)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        return bytes
    }

    @Test("An account with one needs it at each log-in, each code once; recovery codes stand in")
    func logIn() async throws {
        try await AccountNode.with { node, _ in
            try await node.makeAccount("ann@example.org", Self.password)
            let cookie = try await node.logIn("ann@example.org", Self.password)
            let password = "{\"password\":\"\(Self.password)\"}"
            let wrong = try await node.ask(
                .post, "/auth/second-factor", "{\"password\":\"not-it-at-all\"}", cookie: cookie)
            #expect(wrong.status == 401)
            let begun = try await node.ask(.post, "/auth/second-factor", password, cookie: cookie)
            #expect(begun.status == 201)
            let secret = try #require(begun.member("secret"))
            let totp = try #require(OneTimePassword(secret: Self.decode(secret)))
            func code() -> String { totp.code(at: node.clock.now.microseconds / 30_000_000) }
            func logIn(_ code: String?) async throws -> AccountNode.Answer {
                let more = code.map { ",\"code\":\"\($0)\"}" } ?? "}"
                return try await node.ask(
                    .post, "/auth/login",
                    String(AccountNode.credentials("ann@example.org", Self.password).dropLast()) + more)
            }
            // Not yet.
            #expect(try await logIn(nil).status == 200)
            #expect(
                try await node.ask(.post, "/auth/second-factor/confirm", "{\"code\":\"000000x\"}", cookie: cookie).code
                    == "invalid-code")
            let confirmed = try await node.ask(
                .post, "/auth/second-factor/confirm", "{\"code\":\"\(code())\"}", cookie: cookie)
            #expect(confirmed.status == 200)
            let recovery = confirmed.text.split(separator: "\"").map(String.init).filter { $0.utf8.count == 29 }
            #expect(recovery.count == 10)
            #expect(
                try await node.ask(.post, "/auth/second-factor", password, cookie: cookie).code
                    == "second-factor-exists")

            #expect(try await logIn(nil).code == "second-factor-required")
            #expect(try await logIn(code()).code == "wrong-credentials", "it was used to confirm")
            node.clock.advance(seconds: 60)
            #expect(try await logIn(code()).status == 200)
            #expect(try await logIn(code()).code == "wrong-credentials")
            let first = try #require(recovery.first)
            #expect(try await logIn(first).status == 200)
            #expect(try await logIn(first).code == "wrong-credentials")

            // Who guesses is stopped, and a right code is then as good as a wrong one.
            for _ in 0..<4 { #expect(try await logIn("000000").status == 401) }
            node.clock.advance(seconds: 60)
            #expect(try await logIn(code()).code == "too-many-requests")
            node.clock.advance(seconds: 900)
            #expect(try await logIn(code()).status == 200)

            node.clock.advance(seconds: 60)
            let again = try await logIn(code())
            let newCookie = try #require(again.cookie)
            node.clock.advance(seconds: 60)
            let body = "{\"password\":\"\(Self.password)\",\"code\":\"\(code())\"}"
            #expect(try await node.ask(.delete, "/auth/second-factor", body, cookie: newCookie).status == 204)
            #expect(try await logIn(nil).status == 200)
            #expect(
                node.deeds.all == [
                    .logIn, .logIn, .secondFactorBegun, .logInWithSecondFactor, .logInWithSecondFactor,
                    .logInWithSecondFactor, .logInWithSecondFactor, .secondFactorEnded, .logIn,
                ])
        }
    }

    @Test("However many codes are tried at once, only five are looked at")
    func guessesAtOnce() async throws {
        try await AccountNode.with { node, _ in
            try await node.makeAccount("bob@example.org", Self.password)
            let cookie = try await node.logIn("bob@example.org", Self.password)
            let begun = try await node.ask(
                .post, "/auth/second-factor", "{\"password\":\"\(Self.password)\"}", cookie: cookie)
            let secret = try #require(begun.member("secret"))
            let totp = try #require(OneTimePassword(secret: Self.decode(secret)))
            let code = totp.code(at: node.clock.now.microseconds / 30_000_000)
            _ = try await node.ask(.post, "/auth/second-factor/confirm", "{\"code\":\"\(code)\"}", cookie: cookie)
            let body =
                String(AccountNode.credentials("bob@example.org", Self.password).dropLast()) + ",\"code\":\"\(code)\"}"
            let codes = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<20 { group.addTask { try await node.ask(.post, "/auth/login", body).code } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.count { $0 == "wrong-credentials" } == 5)
            #expect(codes.count { $0 == "too-many-requests" } == 15)
        }
    }
}
