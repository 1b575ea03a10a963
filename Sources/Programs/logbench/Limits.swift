import ArgumentParser
import RateLimits
import SeededRandom

/// How long one decision of the rate limiter takes.
struct Limits: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Decides requests of many callers; prints nanoseconds a decision and bytes as JSON.",
        discussion: "Each request has a caller and an address, as most have. The keys are drawn at random.")

    @Option(help: "Callers (1 to 10000000); for every ten there is an address.") var keys = 1_000_000
    @Option(help: "Requests (1 to 100000000).") var requests = 5_000_000

    func validate() throws {
        guard (1...10_000_000).contains(keys), (1...100_000_000).contains(requests) else {
            throw ValidationError("--keys or --requests is out of range.")
        }
    }

    func run() throws {
        let limiter = RateLimiter()
        let rules = try RateRules()
        let caller = rules.callerLimit(.hold)
        let address = rules.addressLimit(.hold) ?? caller
        var random = SeededGenerator(seed: 1)
        var admitted = 0
        let start = ContinuousClock.now
        for number in 0..<requests {
            let key = UInt64.random(in: 0..<UInt64(keys), using: &random)
            let verdict = limiter.charge(
                RateLimiter.Charge(Self.spread(key), caller),
                RateLimiter.Charge(Self.spread(key / 10 + UInt64(keys)), address), at: Int64(number) * 1_000)
            if case .admitted = verdict { admitted += 1 }
        }
        let nanoseconds = start.duration(to: .now) / .nanoseconds(1) / Double(requests)
        print(
            "{\"keys\": \(keys), \"requests\": \(requests), \"admitted\": \(admitted), "
                + "\"nanoseconds\": \(Int(nanoseconds)), \"bytes\": \(limiter.byteCount)}")
    }

    private static func spread(_ number: UInt64) -> UInt64 {
        var generator = SeededGenerator(seed: number)
        return generator.next()
    }
}
