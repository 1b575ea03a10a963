import Accounts
import Domain
import Foundation
import RateLimits
import Testing

@testable import HTTPServer
@testable import Identity
@testable import WebAPI

/// The five ways in which one caller may try to take a node from all others, on the shop's calls with a token and on the
/// accounts' calls with a session or nothing. For quotas time stands still.
@Suite("One caller who does their worst")
struct OverloadTests {
    enum Attack: String, CaseIterable {
        case largeBodies, slowBodies, streams, refusals, forgeries
    }

    enum Calls: String, CaseIterable {
        case shop, accounts
    }

    /// Requests that each quota lets through.
    private static let quota = 3
    private static let attempts = 10

    private let forge = Forge()
    private let mallorysPlace = "X-Forwarded-For: 203.0.113.9\r\n"
    private let bobsPlace = "X-Forwarded-For: 198.51.100.7"

    private func token(_ name: String) throws -> String {
        "Authorization: Bearer \(try forge.token(#"{"sub":"\#(name)","exp":1800000600}"#))"
    }

    private func run(_ body: @escaping @Sendable (_ port: Int) async throws -> Void) async throws {
        let authenticator = try forge.authenticator()
        var streams = RequestLimits.Streams()
        streams.perCallerMax = Self.quota
        let cookie = try #require(SessionCookie(name: "S", sameSite: .lax, isSecure: true))
        let sessions = CookieSessions(
            cookie: cookie, rule: CrossSiteRule(origins: []),
            remembered: { $0 == "mallory" ? UserID("account:mallory") : nil }
        ) { (_) throws(Problem) in nil }
        let proxies = TrustedProxies([AddressRange("127.0.0.0/8")].compactMap(\.self))
        let limits = RequestLimits(
            try RateRules(
                perMinute: ["checkout", "auth", "miss", "token"].map { "\($0)=\(Self.quota)" },
                multiples: ["auth=1"]),
            limiter: RateLimiter(keysMax: 100), proxies: proxies, streams: streams, authenticator: authenticator,
            sessions: sessions, now: { 0 })
        // Of the deadlines only one is tried, and only it is short: a busy machine may take its time for everything else.
        var patient = ServerLimits()
        patient.bodyDeadline = .milliseconds(500)
        try await TestServer.run(
            limits: patient, authenticator: authenticator, requestLimits: limits, body)
    }

    /// The bytes of one try.
    private func request(_ attack: Attack, _ calls: Calls, _ number: Int) throws -> String {
        let mallory = try token("mallory") + "\r\n"
        let post =
            calls == .shop
            ? "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\n\(mallorysPlace)\(mallory)"
            : "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\n\(mallorysPlace)"
        switch (attack, calls) {
        case (.largeBodies, _):
            return post + "Content-Length: 10000000\r\n\r\n" + String(repeating: "[", count: 100_000)
        case (.slowBodies, _): return post + "Content-Length: 15\r\n\r\n{"
        case (.streams, _):
            let who = calls == .shop ? mallory : "Cookie: __Host-S=mallory\r\n"
            return "GET /api/v1/endless/stream HTTP/1.1\r\nHost: x\r\n\(mallorysPlace)\(who)\r\n"
        case (.refusals, .shop):
            return "DELETE /api/v1/made-up/\(number) HTTP/1.1\r\nHost: x\r\n\(mallorysPlace)\(mallory)\r\n"
        case (.refusals, .accounts): return post + "Content-Length: 2\r\n\r\n{}"
        case (.forgeries, .shop):
            return "GET /api/v1/me HTTP/1.1\r\nHost: x\r\n\(mallorysPlace)Authorization: Bearer a.b.\(number)\r\n\r\n"
        case (.forgeries, .accounts):
            return "POST /api/v1/auth/password HTTP/1.1\r\nHost: x\r\n\(mallorysPlace)Cookie: __Host-S=\(number)\r\n"
                + "Content-Length: 2\r\n\r\n{}"
        }
    }

    /// What the tries are answered with; each connection stays open until the last has its answer.
    private func statuses(_ attack: Attack, _ calls: Calls, _ number: Int, port: Int) async throws -> [Int] {
        guard number < Self.attempts else { return [] }
        return try await RawConnection.open(port: port) { session in
            do {
                try await session.send(try request(attack, calls, number))
            } catch {
                // Hung up on while still sending.
            }
            let status = try await session.readResponse().status
            return [status] + (try await statuses(attack, calls, number + 1, port: port))
        }
    }

    @Test("is refused beyond their quota, and everybody else is served", arguments: Attack.allCases, Calls.allCases)
    func attack(_ attack: Attack, _ calls: Calls) async throws {
        let bob = try token("bob")
        try await run { port in
            async let all = statuses(attack, calls, 0, port: port)
            let order = try await exchange(
                port: port, "POST", "/api/v1/orders", headers: [bob, bobsPlace], body: #"{"seats":["a"]}"#)
            #expect(order.status == 201)
            // There is no such route here: whoever is told so got through.
            let login = try await exchange(
                port: port, "POST", "/api/v1/auth/login", headers: [bobsPlace], body: "{}")
            #expect(login.status == 404)
            let answers = try await all
            #expect(answers.dropFirst(Self.quota).allSatisfy { $0 == 429 }, "\(answers)")
            #expect(answers.prefix(Self.quota).allSatisfy { $0 != 429 && $0 < 500 }, "\(answers)")
            // Even at the same address, whose token was good is known.
            if calls == .shop, attack != .forgeries {
                let other = try await exchange(
                    port: port, "POST", "/api/v1/orders", headers: [bob, String(mallorysPlace.dropLast(2))],
                    body: #"{"seats":["a"]}"#)
                #expect(other.status == 201)
            }
        }
    }
}
