import Testing

@testable import RateLimits

@Suite("Which limit a request has")
struct RateRulesTests {
    @Test(
        "A class by method and path",
        arguments: [
            ("POST", "/api/v1/shows/s/holds", RateClass.hold), ("PATCH", "/api/v1/holds/h", .hold),
            ("POST", "/api/v1/holds/h/extend", .hold), ("DELETE", "/api/v1/holds/h", .other),
            ("POST", "/api/v1/orders", .checkout), ("POST", "/api/v1/orders/o/refund", .other),
            ("POST", "/api/v1/shows/s/queue/entries", .join), ("POST", "/api/v1/shows/s/waitlist", .join),
            ("POST", "/api/v1/shows/s/queue/entries/e/claim", .other), ("POST", "/api/v1/auth/login", .auth),
            ("DELETE", "/api/v1/auth/me", .auth), ("DELETE", "/api/v1/auth/second-factor", .auth),
            ("PATCH", "/api/v1/auth/me", .auth), ("GET", "/api/v1/auth/me", .other),
            ("GET", "/api/v1/auth/openid/login", .auth),
            ("GET", "/api/v1/auth/openid/callback", .auth), ("GET", "/account", .read),
            ("POST", "/api/v1/payments/webhook", .webhook), ("POST", "/api/v1/shows", .other),
            ("GET", "/api/v1/shows/s/availability", .read), ("HEAD", "/api/v1/shows/s", .read),
            ("GET", "/api/v1/shows/s/availability/stream", .read), ("GET", "/api/v1/shows/s/queue", .read),
            ("GET", "/api/v1/shows/s/queue/draw", .read), ("GET", "/api/v1/shows/s/queue/entries/e", .other),
            ("GET", "/api/v1/shows/s/orders", .other), ("GET", "/api/v1/me/holds", .other),
            ("GET", "/openapi.yaml", .read),
            ("GET", "/", .read), ("GET", "", .read), ("BREW", "/api/v1/shows", .other),
            // As the router reads them.
            ("POST", "//api/v1//shows/s/%68olds/", .hold), ("POST", "/api/v1/%6frders", .checkout),
            ("POST", "/api/v1/orders%", .other), ("POST", "/api/v1/orders%4", .other),
        ])
    func classes(method: String, path: String, expected: RateClass) {
        #expect(RateClass.of(method: method, path: path[...], hasQuery: false) == expected)
    }

    @Test("Health and metrics are never refused; who searches is not who browses")
    func exceptions() {
        for path in ["/health/live", "/health/ready", "/metrics"] {
            #expect(RateClass.of(method: "GET", path: path[...], hasQuery: false) == nil)
        }
        #expect(RateClass.of(method: "GET", path: "/api/v1/shows", hasQuery: false) == .read)
        #expect(RateClass.of(method: "GET", path: "/api/v1/shows", hasQuery: true) == .other)
    }

    @Test("Quotas by the settings, shared by the nodes, and never nothing")
    func rules() throws {
        let rules = try RateRules(perMinute: ["hold=30"], multiples: ["hold=2", "read=0"], nodes: 4)
        #expect(rules.callerLimit(.hold).perMinute == 8 && rules.addressLimit(.hold)?.perMinute == 15)
        #expect(rules.addressLimit(.read) == nil && rules.callerLimit(.read).perMinute == 150)
        #expect(try RateRules(nodes: 100).callerLimit(.checkout).perMinute == 1)
        #expect(try RateRules().addressLimit(.staff) == nil)
    }

    @Test("What an organisation's keys may ask for is as the operator says, or as for every service")
    func organisations() throws {
        let rules = try RateRules(perMinute: ["service=100"], organisations: ["acme=10"], nodes: 2)
        #expect(rules.organisationLimit("acme").perMinute == 5 && rules.organisationLimit("bolt").perMinute == 50)
        for words in [["acme"], ["acme=0"], ["=1"], ["acme=1", "acme=2"], ["acme=1=2"]] {
            #expect(throws: RateRules.Fault.self) { try RateRules(organisations: words) }
        }
    }

    @Test(
        "Settings that make no rules are refused by name",
        arguments: [["hold"], ["hold=0"], ["hold=x"], ["seat=1"], ["hold=1", "hold=2"], ["hold=1=2"], [""]])
    func faults(words: [String]) { #expect(throws: RateRules.Fault.self) { try RateRules(perMinute: words) } }
}
