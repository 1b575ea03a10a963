import Domain
import Foundation
import RateLimits
import Synchronization
import Testing

@testable import HTTPServer
@testable import Identity
@testable import WebAPI

/// Requests over their limits, on real sockets. Time stands still, so that quotas last.
@Suite("Requests that are over a limit")
struct RateGateTests {
    private let forge = Forge()

    /// A server whose callers may pay twice a minute, and read five times.
    private func run(
        _ perMinute: [String] = ["checkout=2", "read=5", "other=3", "token=4"], multiples: [String] = [],
        proxies: [String] = [], services: Set<String> = [],
        _ body: @escaping @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        let authenticator = try forge.authenticator()
        let limits = RequestLimits(
            try RateRules(perMinute: perMinute, multiples: multiples), limiter: RateLimiter(keysMax: 100),
            services: services, proxies: TrustedProxies(proxies.compactMap(AddressRange.init)),
            authenticator: authenticator, now: { 0 })
        try await TestServer.run(authenticator: authenticator, requestLimits: limits, body)
    }

    private func caller(_ name: String, role: String = "user") throws -> String {
        "Authorization: Bearer \(try forge.token(#"{"sub":"\#(name)","role":"\#(role)","exp":1800000600}"#))"
    }

    private static let order = #"{"seats":["a"]}"#

    @Test("are refused before they are looked at, and the connection goes on")
    func refusal() async throws {
        let alice = try caller("alice")
        try await run { port in
            try await RawConnection.open(port: port) { session in
                let order =
                    "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\n\(alice)\r\nContent-Length: 15\r\n\r\n\(Self.order)"
                for left in [1, 0] {
                    try await session.send(order)
                    let response = try await session.readResponse()
                    #expect(response.status == 201)
                    #expect(response.headers["ratelimit-policy"] == #""checkout";q=2;w=60"#)
                    #expect(response.headers["ratelimit"] == #""checkout";r=\#(left);t=\#((2 - left) * 30)"#)
                }
                // Not even whether the body is JSON.
                try await session.send(order.replacing(Self.order, with: String(repeating: "x", count: 15)))
                let refused = try await session.readResponse()
                #expect(refused.status == 429 && refused.code == "rate-limited")
                #expect(refused.headers["retry-after"] == "30")
                #expect(refused.headers["ratelimit"] == #""checkout";r=0;t=30"#)
                #expect(refused.headers["connection"] == nil && refused.headers["x-request-id"] != nil)
                #expect(refused.body.contains(#""outcome":"none""#) && refused.body.contains(#""retryable":true"#))
                #expect(refused.body.contains(#""instance":"/api/v1/orders""#))
                try await session.send("GET /api/v1/shows/s HTTP/1.1\r\nHost: x\r\n\(alice)\r\n\r\n")
                let next = try await session.readResponse()
                #expect(next.status == 200 && next.headers["ratelimit"] == #""read";r=4;t=12"#)
                try await session.send(order.replacing("Host: x", with: "Host: x\r\nConnection: close"))
                let last = try await session.readResponse()
                #expect(last.status == 429 && last.headers["connection"] == "close")
                #expect(try await session.readToEnd() == "")
            }
            // Somebody else at the same address.
            let bob = try caller("bob")
            let response = try await exchange(
                port: port, "POST", "/api/v1/orders", headers: [bob], body: Self.order)
            #expect(response.status == 201)
        }
    }

    @Test("for commands on what is not there are refused, though others are not")
    func misses() async throws {
        let alice = try caller("alice")
        let admin = try caller("root", role: "admin")
        try await run(["miss=2", "other=100"]) { port in
            for (who, statuses) in [(alice, [404, 404, 429]), (admin, [404, 404, 404])] {
                for status in statuses {
                    let response = try await exchange(port: port, "DELETE", "/api/v1/made-up/1", headers: [who])
                    #expect(response.status == status)
                }
            }
            let order = try await exchange(port: port, "POST", "/api/v1/orders", headers: [alice], body: Self.order)
            #expect(order.status == 429 && order.headers["ratelimit-policy"] == #""miss";q=2;w=60"#)
            #expect(try await exchange(port: port, "GET", "/api/v1/made-up", headers: [alice]).status == 404)
        }
    }

    @Test("with a large body, or one that waits for a go-ahead, are refused at once, and the connection ends")
    func largeBodies() async throws {
        let alice = try caller("alice")
        try await run { port in
            for _ in 0..<2 {
                _ = try await exchange(port: port, "POST", "/api/v1/orders", headers: [alice], body: Self.order)
            }
            for headers in ["Content-Length: 1000000", "Content-Length: 9\r\nExpect: 100-continue"] {
                try await RawConnection.open(port: port) { session in
                    try await session.send("POST /api/v1/orders HTTP/1.1\r\nHost: x\r\n\(alice)\r\n\(headers)\r\n\r\n")
                    let response = try await session.readResponse()
                    #expect(response.status == 429 && response.headers["connection"] == "close")
                    #expect(try await session.readToEnd() == "")
                }
            }
            // Longer than it is said to be at all.
            try await RawConnection.open(port: port) { session in
                try await session.send(
                    "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\n\(alice)\r\nTransfer-Encoding: chunked\r\n\r\n")
                try await session.send("11170\r\n\(String(repeating: " ", count: 70_000))\r\n")
                let response = try await session.readResponse()
                #expect(response.status == 429 && response.headers["connection"] == "close")
            }
        }
    }

    @Test("with a body that never comes, or is no HTTP, are told why all the same")
    func badBodies() async throws {
        let alice = try caller("alice")
        try await run { port in
            for _ in 0..<2 {
                _ = try await exchange(port: port, "POST", "/api/v1/orders", headers: [alice], body: Self.order)
            }
            for rest in ["Content-Length: 15\r\n\r\nabc", "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"] {
                try await RawConnection.open(port: port) { session in
                    try await session.send("POST /api/v1/orders HTTP/1.1\r\nHost: x\r\n\(alice)\r\n\(rest)")
                    let response = try await session.readResponse()
                    #expect(response.status == 429 && response.headers["connection"] == "close")
                    #expect(try await session.readToEnd() == "")
                }
            }
        }
    }

    @Test("are answered in their turn among others that come one behind the other")
    func pipeline() async throws {
        let alice = try caller("alice")
        try await run { port in
            try await RawConnection.open(port: port) { session in
                let slow = "GET /api/v1/slow HTTP/1.1\r\nHost: x\r\n\(alice)\r\n\r\n"
                let show = "GET /api/v1/shows/s HTTP/1.1\r\nHost: x\r\n\(alice)\r\n\r\n"
                let head = "HEAD /api/v1/slow HTTP/1.1\r\nHost: x\r\n\(alice)\r\n\r\n"
                let order =
                    "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\n\(alice)\r\nContent-Length: 15\r\n\r\n\(Self.order)"
                try await session.send(order + slow + slow + slow + show + slow + order + order + show + head + show)
                let all = try await session.readToEnd()
                let statuses = all.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
                #expect(statuses == ["201", "200", "200", "200", "200", "429", "201", "429", "200", "429", "200"])
            }
        }
    }

    @Test("A caller who does their worst, in every way at once, is refused; others are served meanwhile")
    func worst() async throws {
        let (mallory, bob) = (try caller("mallory"), try caller("bob"))
        try await run { port in
            let head = "POST /api/v1/orders HTTP/1.1\r\nHost: x\r\n\(mallory)\r\n"
            for _ in 0..<2 {
                _ = try await exchange(port: port, "POST", "/api/v1/orders", headers: [mallory], body: Self.order)
            }
            // Whose token is not known yet is refused while the address sends bad ones.
            #expect(try await exchange(port: port, "GET", "/api/v1/shows/s", headers: [bob]).status == 200)
            // Bodies that are large, that never come, and that are no JSON; tokens that are forged.
            let attacks = [
                head + "Content-Length: 10000000\r\n\r\n" + String(repeating: "[", count: 100_000),
                head + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", head + "Content-Length: 15\r\n\r\n{",
                "GET /api/v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\n\r\n",
            ]
            try await withThrowingTaskGroup { tasks in
                for number in 0..<40 {
                    tasks.addTask {
                        try await RawConnection.open(port: port) { session in
                            do {
                                try await session.send(attacks[number % attacks.count])
                            } catch {
                                // Hung up on while still sending.
                            }
                            let status = try await session.readResponse().status
                            #expect(status == 429 || status == 401)
                        }
                    }
                }
                let served = try await exchange(port: port, "POST", "/api/v1/orders", headers: [bob], body: Self.order)
                #expect(served.status == 201)
                try await tasks.waitForAll()
            }
            let after = try await exchange(port: port, "GET", "/api/v1/shows/s", headers: [bob])
            #expect(after.status == 200)
        }
    }

    @Test("Bad tokens stop an address from trying on, and nobody there whose token was good before")
    func badTokens() async throws {
        let alice = try caller("alice")
        try await run(["token=4"]) { port in
            let first = try await exchange(port: port, "GET", "/api/v1/me", headers: [alice])
            #expect(first.status == 200)
            for number in 0..<10 {
                let forged = try await exchange(
                    port: port, "GET", "/api/v1/me", headers: ["Authorization: Bearer a.b.\(number)"])
                #expect(forged.status == (number < 4 ? 401 : 429))
            }
            let refused = try await exchange(port: port, "GET", "/api/v1/me", headers: ["Authorization: Bearer a.b.c"])
            #expect(refused.headers["ratelimit-policy"] == #""token-address";q=4;w=60"#)
            #expect(!refused.body.contains("outcome"))
            let second = try await exchange(port: port, "GET", "/api/v1/me", headers: [alice])
            #expect(second.status == 200)
        }
    }

    @Test("An address has its own limit, behind a trusted proxy each address its own")
    func addresses() async throws {
        @Sendable func read(_ port: Int, _ headers: [String] = []) async throws -> Int {
            try await exchange(port: port, "GET", "/api/v1/shows/s", headers: headers).status
        }
        try await run(["read=2"], multiples: ["read=2"]) { port in
            for number in 0..<6 {
                let status = try await read(port, ["X-Forwarded-For: 192.0.\(number).1"])
                #expect(status == (number < 4 ? 200 : 429), "what the caller makes up does not count")
            }
            // A caller that is known is bound by the address, too.
            let status = try await read(port, [try caller("alice")])
            #expect(status == 429)
        }
        try await run(["read=1"], multiples: ["read=1"], proxies: ["127.0.0.0/8"]) { port in
            for number in 0..<4 {
                let status = try await read(port, ["X-Forwarded-For: 203.0.113.9, 192.0.\(number).1"])
                #expect(status == 200)
            }
            let status = try await read(port, ["X-Forwarded-For: 203.0.113.10, 192.0.0.77"])
            #expect(status == 429, "the same /24")
        }
    }

    @Test("Staff and services have classes of their own, whatever they ask for")
    func staff() async throws {
        let (door, shop) = (try caller("door", role: "scanner"), try caller("shop"))
        try await run(["staff=3", "service=4", "checkout=1"], services: ["shop"]) { port in
            for (caller, count) in [(door, 3), (shop, 4)] {
                for number in 0..<6 {
                    let response = try await exchange(
                        port: port, "POST", "/api/v1/orders", headers: [caller], body: Self.order)
                    #expect(response.status == (number < count ? 201 : 429))
                }
            }
        }
    }

    @Test("Staff of one organisation alone take places no faster than anybody else")
    func boundStaff() async throws {
        let door =
            "Authorization: Bearer "
            + (try forge.token(#"{"sub":"door","role":"scanner","organisation":"acme","exp":1800000600}"#))
        try await run(["staff=5", "checkout=1", "miss=1"]) { port in
            for status in [201, 429] {
                let order = try await exchange(
                    port: port, "POST", "/api/v1/orders", headers: [door], body: Self.order)
                #expect(order.status == status)
            }
            for _ in 0..<3 {
                let response = try await exchange(port: port, "DELETE", "/api/v1/made-up/1", headers: [door])
                #expect(response.headers["ratelimit-policy"] == #""staff";q=5;w=60"#)
            }
        }
    }

    @Test("Metrics are always answered, and count what was refused")
    func metrics() async throws {
        try await run(["auth=1", "read=1"], multiples: ["auth=1", "read=1"]) { port in
            for _ in 0..<3 { _ = try await exchange(port: port, "POST", "/api/v1/auth/login", body: "{}") }
            for _ in 0..<5 {
                let metrics = try await exchange(port: port, "GET", "/metrics")
                #expect(metrics.status == 200 && metrics.headers["ratelimit"] == nil)
                #expect(metrics.body.contains(#"http_rate_limited_requests_total{by="address",class="auth"} "#))
            }
        }
    }

    @Test("Streams are counted until they end, by caller and by address")
    func streams() async throws {
        let authenticator = try forge.authenticator()
        var streams = RequestLimits.Streams()
        streams.perCallerMax = 2
        streams.perAddressMax = 3
        let limits = RequestLimits(
            try RateRules(), limiter: RateLimiter(keysMax: 100), streams: streams, authenticator: authenticator)
        let (alice, bob) = (try caller("alice"), try caller("bob"))
        try await TestServer.run(authenticator: authenticator, requestLimits: limits) { port in
            @Sendable func open(_ caller: String, _ whileOpen: @Sendable () async throws -> Void = {}) async throws
                -> Int
            {
                try await RawConnection.open(port: port) { session in
                    try await session.send("GET /api/v1/endless/stream HTTP/1.1\r\nHost: x\r\n\(caller)\r\n\r\n")
                    let status = try await session.readResponse().status
                    if status == 200 { try await whileOpen() }
                    return status
                }
            }
            /// What is closed here may still be open there for a moment.
            @Sendable func openSoon(_ caller: String) async throws {
                while try await open(caller) != 200 { await Task.yield() }
            }
            _ = try await open(alice) {
                _ = try await open(alice) {
                    let third = try await open(alice)
                    #expect(third == 429)
                    _ = try await open(bob) {
                        let ofAddress = try await open(bob)
                        #expect(ofAddress == 429)
                        let read = try await exchange(port: port, "GET", "/api/v1/shows/s", headers: [bob])
                        #expect(read.status == 200)
                    }
                    try await openSoon(bob)
                }
                try await openSoon(alice)
            }
        }
    }

    /// Keys that are called `hf_live_`, their organisation and whatever else.
    private struct Keys: RoleRegister {
        let isCurrent = true

        func grants(of user: UserID) -> [Grant] { [] }

        func holder(ofKey text: String) -> Principal? {
            let organisation = OrganisationID(String(text.dropFirst(APIKeyText.prefix.count).prefix(4)))
            return Principal(
                key: KeyHolder(id: APIKeyID(text), organisation: organisation, sells: true), grants: [])
        }
    }

    @Test("All keys of an organisation share its streams, whoever they act for")
    func organisationsStreams() async throws {
        let authenticator = Authenticator(issuers: [TokenIssuer()], register: Keys())
        var streams = RequestLimits.Streams()
        streams.perOrganisationMax = 1
        let limits = RequestLimits(
            try RateRules(), limiter: RateLimiter(keysMax: 100), streams: streams, authenticator: authenticator)
        try await TestServer.run(authenticator: authenticator, requestLimits: limits) { port in
            @Sendable func open(_ key: String, for customer: String, _ whileOpen: () async throws -> Void = {})
                async throws
                -> Int
            {
                try await RawConnection.open(port: port) { session in
                    try await session.send(
                        "GET /api/v1/endless/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hf_live_\(key)\r\n"
                            + "On-Behalf-Of: \(customer)\r\n\r\n")
                    let status = try await session.readResponse().status
                    if status == 200 { try await whileOpen() }
                    return status
                }
            }
            let first = try await open("acme1", for: "c-1") {
                let second = try await open("acme2", for: "c-2")
                let other = try await open("bolt1", for: "c-1")
                #expect(second == 429 && other == 200)
            }
            #expect(first == 200)
        }
    }

    @Test("Connections are counted until they close; one too many is told so, and closed")
    func connections() async throws {
        let quota = ConnectionQuota(perAddressMax: 2, proxies: TrustedProxies())
        try await TestServer.run(connections: quota) { port in
            @Sendable func connect(_ whileOpen: @Sendable () async throws -> Void = {}) async throws -> RawResponse {
                try await RawConnection.open(port: port) { session in
                    try await session.send("GET /api/v1/shows/s HTTP/1.1\r\nHost: x\r\n\r\n")
                    let response = try await session.readResponse()
                    if response.status == 200 {
                        try await whileOpen()
                    } else {
                        #expect(try await session.readToEnd() == "")
                    }
                    return response
                }
            }
            while try await connect().status != 200 { await Task.yield() }
            _ = try await connect {
                while try await connect().status != 200 { await Task.yield() }
                _ = try await connect {
                    let third = try await connect()
                    #expect(third.status == 429 && third.code == "too-many-requests")
                    #expect(third.headers["connection"] == "close" && third.headers["retry-after"] == "60")
                }
                while try await connect().status != 200 { await Task.yield() }
            }
        }
    }
}
