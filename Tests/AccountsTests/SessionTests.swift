import Crypto
import Domain
import Testing

@testable import Accounts

@Suite("Sessions")
struct SessionTests {
    private let clock = SessionClock(idleSeconds: 3600, absoluteSeconds: 86_400)
    private let ann = UserID("account:ann")

    private func time(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

    private func times(_ created: Int64, _ seen: Int64) -> SessionTimes {
        SessionTimes(createdAt: time(created), seenAt: time(seen))
    }

    private func hash(_ number: UInt8) -> SecretHash { SecretHash(bytes: Array(repeating: number, count: 32)) }

    @Test("A session ends when it was idle too long, and in any case after a day")
    func ends() {
        #expect(!clock.isOver(times(0, 0), at: time(3599)))
        #expect(clock.isOver(times(0, 0), at: time(3600)))
        #expect(!clock.isOver(times(0, 3000), at: time(6599)))
        #expect(!clock.isOver(times(0, 86_000), at: time(86_399)))
        #expect(clock.isOver(times(0, 86_399), at: time(86_400)))
        #expect(!clock.isOver(times(100, 100), at: time(0)))
    }

    @Test("Only a node's own cookies open, and only as they were made")
    func cookies() throws {
        let key = SessionKey(SymmetricKey(data: Array(repeating: UInt8(7), count: 32)))
        let secret = Secret256()
        let cookie = key.seal(secret)
        #expect(cookie.utf8.count == SessionKey.cookieLength)
        #expect(key.open(cookie)?.hash == secret.hash)
        #expect(SessionKey(SymmetricKey(data: Array(repeating: UInt8(8), count: 32))).open(cookie) == nil)
        for index in cookie.indices {
            var other = cookie
            other.replaceSubrange(index...index, with: cookie[index] == "A" ? "B" : "A")
            #expect(key.open(other) == nil)
        }
        for text in ["", secret.text, cookie + "A", String(cookie.dropLast()), "\"\(cookie)\""] {
            #expect(key.open(text) == nil)
        }
        #expect(Secret256(secret.text)?.hash == secret.hash)
        #expect(Secret256(String(secret.text.dropLast()) + "=") == nil)
    }

    @Test("A session is believed once the node has heard of revocations, and no longer than it lasts")
    func remembers() {
        let memory = Memory(clock)
        let session = SessionMemory.Session(account: ann, times: times(0, 0))
        #expect(!memory.learn(session, of: hash(1), asOf: 4), "nothing was heard yet")
        memory.startOver(at: 4)
        #expect(memory.find(hash(1), at: time(1)) == .unknown)
        #expect(memory.learn(session, of: hash(1), asOf: 4))
        #expect(memory.find(hash(1), at: time(1)) == .live(ann))
        #expect(memory.find(hash(1), at: time(3000)) == .live(ann))
        // Its requests keep it alive; another node may have seen it when this one has not.
        #expect(memory.find(hash(1), at: time(6500)) == .live(ann))
        #expect(memory.find(hash(1), at: time(20_000)) == .unknown)
    }

    @Test("What was read before a revocation does not come back")
    func revocationWins() {
        let memory = Memory(clock)
        memory.startOver(at: 4)
        let session = SessionMemory.Session(account: ann, times: times(0, 0))
        memory.revoke([hash(1)], through: 5)
        #expect(!memory.learn(session, of: hash(1), asOf: 4))
        #expect(memory.find(hash(1), at: time(1)) == .ended)
        #expect(memory.learn(session, of: hash(2), asOf: 5))
        memory.revoke([hash(2)], through: 6)
        #expect(memory.find(hash(2), at: time(1)) == .ended)
        // A read that saw more than was heard is right, too.
        #expect(memory.learn(session, of: hash(3), asOf: 9))
        memory.startOver(at: 9)
        #expect(memory.find(hash(3), at: time(1)) == .unknown)
    }

    @Test("Made-up sessions cost no memory beyond its bound, and a session in use stays")
    func bounded() {
        let memory = Memory(clock, countMax: 20)
        memory.startOver(at: 0)
        let session = SessionMemory.Session(account: ann, times: times(0, 0))
        #expect(memory.learn(session, of: hash(255), asOf: 0))
        for number in 0..<200 {
            #expect(memory.learn(nil, of: hash(UInt8(number)), asOf: 0))
            #expect(memory.find(hash(255), at: time(1)) == .live(ann))
            #expect(memory.count <= 20)
        }
    }

    @Test("Requests are noted once a minute, each once")
    func notes() {
        let memory = Memory(clock)
        memory.startOver(at: 0)
        _ = memory.learn(SessionMemory.Session(account: ann, times: times(0, 0)), of: hash(1), asOf: 0)
        _ = memory.find(hash(1), at: time(59))
        #expect(memory.takeUnnoted(limit: 10).isEmpty)
        _ = memory.find(hash(1), at: time(60))
        _ = memory.find(hash(1), at: time(61))
        let noted = memory.takeUnnoted(limit: 10)
        #expect(noted.map(\.hash) == [hash(1)] && noted.map(\.seenAt) == [time(60)])
        #expect(memory.takeUnnoted(limit: 10).isEmpty)
        _ = memory.find(hash(1), at: time(121))
        memory.revoke([hash(1)], through: 1)
        #expect(memory.takeUnnoted(limit: 10).isEmpty)
    }
}

/// A memory that a test may ask within an expectation.
private final class Memory {
    private var memory: SessionMemory

    init(_ clock: SessionClock, countMax: Int = 50_000) { memory = SessionMemory(clock: clock, countMax: countMax) }

    var count: Int { memory.count }

    func find(_ hash: SecretHash, at now: Timestamp) -> SessionMemory.Finding { memory.find(hash, at: now) }

    func learn(_ session: SessionMemory.Session?, of hash: SecretHash, asOf number: Int64) -> Bool {
        memory.learn(session, of: hash, asOf: number)
    }

    func revoke(_ hashes: [SecretHash], through number: Int64) { memory.revoke(hashes, through: number) }

    func startOver(at number: Int64) { memory.startOver(at: number) }

    func takeUnnoted(limit: Int) -> [(hash: SecretHash, seenAt: Timestamp)] { memory.takeUnnoted(limit: limit) }
}

@Suite("Cookies and where requests come from")
struct CookieTests {
    @Test(
        "The header is read strictly",
        arguments: [
            ("S=abc", CookieHeader.Finding.one("abc")), ("a=b; S=abc", .one("abc")), ("S=abc;a=b", .one("abc")),
            ("S=abc ; a=b", .one("abc")), ("XS=abc", .none), ("S", .none), ("S =abc", .none), ("s=abc", .none),
            ("a=S=abc", .none), ("S=a=b", .one("a=b")), ("S=", .one("")), ("", .none), (";;S=x;", .one("x")),
            ("S=abc; S=abc", .ambiguous), ("S=abc; a=b; S=def", .ambiguous),
            (String(repeating: "a=b;", count: 99) + "S=x", .one("x")),
            (String(repeating: "a=b;", count: 100) + "S=x", .ambiguous),
            ("a=" + String(repeating: "b", count: CookieHeader.bytesMax) + "; S=x", .ambiguous),
        ])
    func read(header: String, finding: CookieHeader.Finding) {
        #expect(CookieHeader.find("S", in: header) == finding)
    }

    @Test(
        "A request without the cookie is told quickly", arguments: [("a=b; SS=1", true), ("a=b", false), ("", false)])
    func quick(header: String, may: Bool) { #expect(CookieHeader.mayName("SS", in: header) == may) }

    @Test("What comes from another site is refused, and what says nothing proves nothing")
    func crossSite() {
        let rule = CrossSiteRule(origins: ["https://shop.example"])
        #expect(rule.allows(site: "same-origin", origin: nil))
        #expect(rule.allows(site: "same-origin", origin: "https://shop.example"))
        #expect(rule.allows(site: "cross-site", origin: "https://shop.example"))
        #expect(rule.allows(site: nil, origin: "https://shop.example"))
        for (site, origin) in [
            (nil, nil), ("cross-site", nil), ("same-site", nil), ("none", nil), (nil, "null"), ("", ""),
            ("cross-site", "https://evil.example"), (nil, "https://shop.example.evil.example"),
            (nil, "http://shop.example"), (nil, "https://shop.example/"), (nil, "HTTPS://shop.example"),
        ] as [(String?, String?)] {
            #expect(!rule.allows(site: site, origin: origin), "\(site ?? "-") \(origin ?? "-")")
            #expect(rule.tolerates(site: site, origin: origin) == (site == nil && origin == nil))
        }
        #expect(CrossSiteRule.isSafe(method: "GET") && !CrossSiteRule.isSafe(method: "DELETE"))
    }

    @Test(
        "A URL has an origin as browsers write it",
        arguments: [
            ("https://Shop.example/a?b", "https://shop.example"), ("https://shop.example:443", "https://shop.example"),
            ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"), ("http://x:80#y", "http://x"), ("ftp://x", nil),
            ("https://", nil), ("https://a@b", nil), ("https://a b", nil), ("https://:8080", nil),
        ] as [(String, String?)])
    func origins(url: String, origin: String?) { #expect(CrossSiteRule.origin(of: url) == origin) }

    @Test("A session's cookie is bound to its host wherever there is TLS")
    func sessionCookie() throws {
        let secure = try #require(SessionCookie(name: "Session", sameSite: .lax, isSecure: true))
        #expect(
            secure.set("x", seconds: 60)
                == "__Host-Session=x; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=60")
        #expect(secure.drop == "__Host-Session=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0")
        let plain = try #require(SessionCookie(name: "Session-8080", sameSite: .strict, isSecure: false))
        #expect(plain.drop == "Session-8080=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
        #expect(SessionCookie(name: "Session", sameSite: .none, isSecure: false) == nil)
        for name in ["", "a b", "a;b", "a=b", "é", String(repeating: "a", count: 65)] {
            #expect(SessionCookie(name: name, sameSite: .lax, isSecure: true) == nil)
        }
    }
}
