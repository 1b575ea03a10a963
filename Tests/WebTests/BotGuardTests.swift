import Domain
import Foundation
import HTTPTypes
import RateLimits
import Synchronization
import Testing

@testable import HTTPServer
@testable import Identity
@testable import WebAPI

/// Callers that act like programs, on real sockets. Time stands still until a test moves it.
@Suite("Callers that act like programs")
struct BotGuardTests {
    private let forge = Forge()

    private final class Clock: Sendable {
        private let seconds = Mutex<Int64>(1_000)
        func advance(seconds more: Int64) { seconds.withLock { $0 += more } }
        var now: Int64 { seconds.withLock { $0 * 1_000_000_000 } }
        var wall: Timestamp { Timestamp(microseconds: seconds.withLock { $0 * 1_000_000 }) }
    }

    private struct Node: Sendable {
        var port: Int
        var clock: Clock

        /// A try to hold places of a show, a second after what was before; there is no such route, so 404 says that it got through.
        func hold(
            by caller: String, agent: String = "python-requests/2.32", show: String = "s1", answer: String? = nil,
            after seconds: Int64 = 1
        ) async throws -> RawResponse {
            clock.advance(seconds: seconds)
            var headers = [caller, "User-Agent: \(agent)"]
            if let answer { headers.append("Challenge-Answer: \(answer)") }
            return try await exchange(port: port, "POST", "/api/v1/shows/\(show)/holds", headers: headers, body: "{}")
        }
    }

    private func run(
        siteKey: String? = nil, acts: Bool = true, services: Set<String> = [], verify: BotRoutes.Verifier? = nil,
        _ body: @escaping @Sendable (Node) async throws -> Void
    ) async throws {
        let clock = Clock()
        let authenticator = try forge.authenticator()
        var settings = BotGuard.Settings()
        settings.siteKey = siteKey
        settings.acts = acts
        settings.baseBits = 8
        let bots = BotGuard(
            settings, tokens: ChallengeTokens(SigningKey()), now: { clock.now }, wallClock: { clock.wall })
        // The node has been there for a while.
        clock.advance(seconds: 1_000)
        let limits = RequestLimits(
            try RateRules(perMinute: ["hold=1000", "miss=1000"]), limiter: RateLimiter(keysMax: 100),
            services: services,
            authenticator: authenticator, bots: bots, now: { clock.now })
        let routes = BotRoutes(bots, limits: ServerLimits(), verify: verify)
        try await TestServer.run(
            authenticator: authenticator, requestLimits: limits, botRoutes: routes
        ) { port in try await body(Node(port: port, clock: clock)) }
    }

    private func caller(_ name: String, role: String = "user", of organisation: String? = nil) throws -> String {
        let place = organisation.map { #""organisation":"\#($0)","# } ?? ""
        return "Authorization: Bearer "
            + (try forge.token(#"{"sub":"\#(name)","role":"\#(role)",\#(place)"exp":1800000600}"#))
    }

    private static let phone = "TicketApp/4 okhttp/4.12"

    private func text(_ name: String, in response: RawResponse) throws -> String {
        let document = try JSONSerialization.jsonObject(with: Data(response.body.utf8)) as? [String: Any]
        return try #require(document?[name].map { "\($0)" }, "\(response.body)")
    }

    private func work(for response: RawResponse, by user: String) throws -> String {
        let salt = try text("challengeSalt", in: response)
        let challenge = WorkChallenge(bits: try #require(Int(try text("challengeBits", in: response))), salt: salt)
        let nonce = try #require(
            (0...1_000_000).lazy.map(String.init).first { challenge.isMet(by: $0, of: UserID(user)) })
        return "\(salt):\(nonce)"
    }

    @Test("have to work; the answer is theirs alone, for this show, for a while and for some tries")
    func work() async throws {
        let (alice, bob) = (try caller("alice"), try caller("bob"))
        try await run { node in
            let asked = try await node.hold(by: alice)
            #expect(asked.status == 403 && asked.code == "challenge-required", "\(asked.body)")
            #expect(asked.body.contains(#""outcome":"none""#) && asked.body.contains(#""retryable":false"#))
            #expect(try text("challenge", in: asked) == "proof-of-work")
            // It says nothing of the score.
            #expect(!asked.body.contains("score") && !asked.body.contains("header-"))
            let answer = try work(for: asked, by: "alice")
            #expect(try await node.hold(by: alice, answer: answer).status == 404)
            let salt = String(answer.prefix { $0 != ":" })
            for wrong in [salt, "\(salt):x", "A\(answer)", "", ":", String(repeating: "x", count: 200)] {
                let refused = try await node.hold(by: alice, answer: wrong)
                #expect(refused.status == 403 && refused.code == "challenge-required", "\(wrong)")
            }
            #expect(try await node.hold(by: alice, show: "s2", answer: answer).status == 403)
            #expect(try await node.hold(by: bob, answer: answer).status == 403)
            var passed = 0
            for _ in 0..<20 where try await node.hold(by: alice, answer: answer).status == 404 { passed += 1 }
            // Three that are left of four, and one each quarter of a minute.
            #expect((3...5).contains(passed), "\(passed)")
            node.clock.advance(seconds: BotGuard.challengeSeconds + 1)
            let late = try await node.hold(by: alice, answer: answer)
            #expect(late.status == 403)
        }
    }

    @Test("are told apart from people, staff and services at the same address, who are not asked")
    func others() async throws {
        let (alice, bob, staff, shop) = (
            try caller("alice"), try caller("bob"), try caller("ann", role: "admin"), try caller("shop")
        )
        try await run(services: ["shop"]) { node in
            for _ in 0..<10 { #expect(try await node.hold(by: alice).status == 403) }
            #expect(try await node.hold(by: bob, agent: Self.phone).status == 404)
            #expect(try await node.hold(by: staff).status == 404)
            #expect(try await node.hold(by: shop).status == 404)
            // Other calls are not scored.
            let show = try await exchange(
                port: node.port, "GET", "/api/v1/shows/s1", headers: [alice, "User-Agent: python-requests/2.32"])
            #expect(show.status == 200)
            // Another spelling of the path is the same path.
            let spelt = try await exchange(
                port: node.port, "POST", "//api/v1/shows/s1/%68olds", headers: [alice, "User-Agent: curl/8"],
                body: "{}")
            #expect(spelt.status == 403)
            let room = try await exchange(
                port: node.port, "POST", "/api/v1/shows/s1/queue/entries", headers: [alice, "User-Agent: curl/8"])
            #expect(room.status == 403 && room.code == "challenge-required")
        }
    }

    @Test("are told apart from staff that works for one organisation alone no more than from anybody else")
    func boundStaff() async throws {
        let scanner = try caller("sue", role: "scanner", of: "acme")
        try await run { node in
            let answer = try await node.hold(by: scanner)
            #expect(answer.code == "challenge-required")
        }
    }

    @Test("who hold on and on are asked, unless they pay; an order that is never paid is no excuse")
    func hoarding() throws {
        for (status, isAsked) in [(HTTPResponse.Status.created, false), (.accepted, true)] {
            let clock = Clock()
            let bots = BotGuard(
                BotGuard.Settings(), tokens: ChallengeTokens(SigningKey()), now: { clock.now },
                wallClock: { clock.wall })
            let caller = Principal(userID: UserID("alice"), role: .user)
            func ask(_ path: String, _ status: HTTPResponse.Status) throws {
                clock.advance(seconds: 2)
                var head = HTTPRequest(method: .post, scheme: "http", authority: "x", path: path)
                head.headerFields[.userAgent] = "App/1"
                let pending = try bots.judge(
                    head, path: path[...], caller: caller, isScored: true, address: nil, comesThroughProxy: false)
                if let pending { bots.answered(pending, HTTPResponse(status: status)) }
            }
            func hoard() throws {
                for _ in 0..<8 {
                    try ask("/api/v1/shows/s1/holds", .created)
                    try ask("/api/v1/orders", status)
                }
            }
            if isAsked { #expect(throws: Problem.self) { try hoard() } } else { try hoard() }
        }
    }

    @Test("are refused when they hammer on, and served again when they have kept still")
    func hammering() async throws {
        let alice = try caller("alice")
        try await run { node in
            var codes: [String] = []
            for _ in 0..<12 { codes.append(try await node.hold(by: alice, after: 0).code ?? "") }
            #expect(codes.first == "challenge-required" && codes.last == "caller-refused", "\(codes)")
            node.clock.advance(seconds: 3 * 3_600)
            #expect(try await node.hold(by: alice, agent: Self.phone).status == 404)
        }
    }

    @Test("are shown to admins with their reasons, and to nobody else; a node that watches does nothing else")
    func report() async throws {
        let (alice, admin) = (try caller("alice"), try caller("ann", role: "admin"))
        for acts in [true, false] {
            try await run(acts: acts) { node in
                #expect(try await node.hold(by: alice).status == (acts ? 403 : 404))
                let path = "/api/v1/shows/s1/bots"
                #expect(try await exchange(port: node.port, "GET", path, headers: [alice]).status == 403)
                let report = try await exchange(port: node.port, "GET", path, headers: [admin])
                #expect(report.status == 200)
                #expect(report.body.contains(#""userId":"alice""#) && report.body.contains(#""signal":"headers""#))
                #expect(report.body.contains(#""outcome":"\#(acts ? "stopped" : "watched")""#), "\(report.body)")
                #expect(!report.body.contains("127.0.0") && !report.body.contains("python"))
                let other = try await exchange(port: node.port, "GET", "/api/v1/shows/s2/bots", headers: [admin])
                #expect(other.status == 200 && other.body.contains(#""callers":[]"#))
            }
        }
    }

    @Test("pass a provider's challenge; a provider who is not there is replaced by work")
    func provider() async throws {
        let alice = try caller("alice")
        try await run(
            siteKey: "site", verify: { $0 == "good" ? .passed : $0 == "bad" ? .failed : .unavailable }
        ) { node in
            @Sendable func exchangeResponse(_ salt: String, _ response: String) async throws -> RawResponse {
                try await exchange(
                    port: node.port, "POST", "/api/v1/shows/s1/challenge-answers", headers: [alice],
                    body: #"{"challengeSalt":"\#(salt)","response":"\#(response)"}"#)
            }
            let asked = try await node.hold(by: alice)
            #expect(try text("challenge", in: asked) == "siteverify")
            #expect(try text("challengeSiteKey", in: asked) == "site")
            let salt = try text("challengeSalt", in: asked)
            #expect(try await exchangeResponse(salt, "bad").code == "challenge-unmet")
            #expect(try await exchangeResponse("x", "good").code == "challenge-unmet")
            // What might make a provider fail does not get so far.
            for crafted in ["", "<script>", "a b", "%00", "é", String(repeating: "a", count: 4_097)] {
                #expect(try await exchangeResponse(salt, crafted).code == "challenge-unmet")
            }
            #expect(try await node.hold(by: alice, answer: salt).status == 403)
            let answer = try await exchangeResponse(salt, "good")
            #expect(answer.status == 200)
            #expect(try await node.hold(by: alice, answer: try text("answer", in: answer)).status == 404)
            let instead = try await exchangeResponse(salt, "away")
            #expect(instead.status == 403 && instead.code == "challenge-required")
            #expect(try text("challenge", in: try await node.hold(by: alice)) == "proof-of-work")
            #expect(try await node.hold(by: alice, answer: try work(for: instead, by: "alice")).status == 404)
        }
    }
}
