import SeededRandom
import Testing

@testable import RateLimits

@Suite("The table of token buckets")
struct RateTableTests {
    private static let second: Int64 = 1_000_000_000
    private let twenty = RateLimit(perMinute: 20)

    @Test("A whole minute's quota at once, then one request each interval")
    func quota() {
        var table = RateTable(keysMax: 10)
        let now = 7 * Self.second
        for left in (0..<20).reversed() {
            let decision = table.charge(1, twenty, at: now)
            #expect(decision.isAdmitted && decision.remaining == left)
        }
        let refused = table.charge(1, twenty, at: now)
        #expect(!refused.isAdmitted && refused.remaining == 0 && refused.retryAfter == 3 * Self.second)
        #expect(!table.charge(1, twenty, at: now + 3 * Self.second - 1).isAdmitted)
        #expect(table.charge(1, twenty, at: now + 3 * Self.second).isAdmitted)
        #expect(!table.charge(1, twenty, at: now + 3 * Self.second).isAdmitted)
        #expect(table.peek(1, twenty, at: now + 63 * Self.second).remaining == 19)
        #expect(table.charge(2, twenty, at: now).remaining == 19, "another key has a quota of its own")
    }

    @Test("With room for all, every decision is the textbook's", arguments: [1, 2, 3] as [UInt64])
    func oracle(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = RateTable(keysMax: 200)
        var naive = NaiveBuckets()
        let keys = (0..<100).map { _ in UInt64.random(in: .min ... .max, using: &random) }
        let limits = [1, 7, 20, 600].map(RateLimit.init(perMinute:))
        var now: Int64 = 0
        for _ in 0..<20_000 {
            now += Int64.random(in: 0...(Bool.random(using: &random) ? 1_000 : Self.second), using: &random)
            let index = Int.random(in: 0..<keys.count, using: &random)
            let (key, limit) = (keys[index], limits[index % limits.count])
            let expected = naive.admits(key, limit, at: now)
            #expect(table.peek(key, limit, at: now).isAdmitted == expected)
            let decision = table.charge(key, limit, at: now)
            #expect(decision.isAdmitted == expected)
            if expected { naive.take(key, limit, at: now) }
            #expect(decision.remaining == Int(naive.credit(key, at: now) / limit.interval))
            #expect(decision.resetAfter == RateLimit.window - naive.credit(key, at: now))
            #expect(decision.retryAfter == max(0, limit.interval - naive.credit(key, at: now)))
        }
    }

    @Test("However overfull the table is, no key gets more than its limit", arguments: [1, 2, 3, 4] as [UInt64])
    func overfull(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = RateTable(keysMax: 16)
        var naive = NaiveBuckets()
        let keys = (0..<300).map { _ in UInt64.random(in: .min ... .max, using: &random) }
        let limits = [1, 5, 20, 100].map(RateLimit.init(perMinute:))
        var now: Int64 = 0
        var (admitted, tooStrict) = (0, 0)
        for _ in 0..<30_000 {
            now += Int64.random(in: 0...Self.second / 20, using: &random)
            let index = Int.random(in: 0..<keys.count, using: &random)
            let (key, limit) = (keys[index], limits[index % limits.count])
            let isDue = naive.admits(key, limit, at: now)
            guard table.charge(key, limit, at: now).isAdmitted else {
                tooStrict += isDue ? 1 : 0
                continue
            }
            #expect(isDue, "key \(index) is over its limit")
            naive.take(key, limit, at: now)
            admitted += 1
        }
        // The run is about something: keys were displaced, and others got through.
        #expect(admitted > 1_000 && tooStrict > 100)
    }

    @Test("A flood of new keys does not lift the limit of a caller who is over it")
    func flood() {
        var random = SeededGenerator(seed: 9)
        var table = RateTable(keysMax: 100)
        let offender = UInt64.max / 3
        var now: Int64 = 0
        var admitted = 0
        for _ in 0..<5_000 {
            for _ in 0..<20 {
                _ = table.charge(.random(in: .min ... .max, using: &random), RateLimit(perMinute: 100), at: now)
            }
            if table.charge(offender, twenty, at: now).isAdmitted { admitted += 1 }
            now += Self.second / 1_000
        }
        // Twenty at once, and one more in the five seconds after that.
        #expect(admitted <= 21)
    }

    @Test("A million keys take less than 64 MiB, and hardly any shares a slot's debt")
    func memory() {
        let limiter = RateLimiter()
        #expect(limiter.byteCount <= 64 << 20)
        var table = RateTable(keysMax: 10_000)
        var random = SeededGenerator(seed: 4)
        let one = RateLimit(perMinute: 1)
        let refused = (0..<10_000).count { _ in
            !table.charge(.random(in: .min ... .max, using: &random), one, at: 0).isAdmitted
        }
        #expect(refused <= 10)
    }

    @Test("A request has to be good for both keys, and pays for neither where it is not")
    func pair() {
        let limiter = RateLimiter(keysMax: 1_000)
        let own = RateLimiter.Charge(1, RateLimit(perMinute: 2))
        let shared = RateLimiter.Charge(2, RateLimit(perMinute: 5))
        let another = RateLimiter.Charge(3, RateLimit(perMinute: 4))
        for _ in 0..<2 { #expect(admits(limiter, own, shared)) }
        for _ in 0..<50 { #expect(!admits(limiter, own, shared)) }
        #expect(limiter.peek(shared, at: 0).remaining == 2, "what is refused costs the neighbours nothing")
        for _ in 0..<3 { #expect(admits(limiter, another, shared)) }
        #expect(limiter.charge(another, shared, at: 0) == .refused(limiter.peek(shared, at: 0), index: 1))
        #expect(limiter.peek(another, at: 0).remaining == 0)
        #expect(admits(limiter, another, nil))
    }

    private func admits(_ limiter: RateLimiter, _ first: RateLimiter.Charge, _ second: RateLimiter.Charge?) -> Bool {
        if case .admitted = limiter.charge(first, second, at: 0) { true } else { false }
    }
}
