internal import SeededRandom

/// Decides which calls go wrong: by the card's token, and by a seeded rate.
struct Mischief: Sendable {
    /// The share of calls that go wrong, and of webhooks: 0 to 1.
    private(set) var rate: Double
    /// How far searches are behind; Stripe's are, by up to a minute.
    var searchLagSeconds: Int64 = 0
    private var random: SeededGenerator
    /// How often each payment's step went wrong by its token. Forgotten at the end of the process.
    private var counts: [String: Int] = [:]

    /// More payments at a time that misbehave by name are not told apart from new ones.
    private static let countsMax = 1_000_000

    init(rate: Double, seed: UInt64) {
        self.rate = rate
        random = SeededGenerator(seed: seed)
    }

    /// What goes wrong with a call.
    ///
    /// - Parameters:
    ///   - token: of the card that the call is about, if any.
    ///   - subject: what the call's repetitions have in common.
    mutating func trouble(with call: Call, token: String?, subject: String?) -> Trouble.Kind? {
        if let step = call.step, let subject, let trouble = token.flatMap(Card.init)?.trouble, trouble.step == step {
            let key = "\(step.rawValue)/\(subject)"
            let count = counts[key, default: 0]
            if count < trouble.times {
                if counts.count >= Self.countsMax { counts.removeAll() }
                counts[key] = count + 1
                return trouble.kind
            }
        }
        guard happens() else { return nil }
        return Trouble.Kind.random.randomElement(using: &random)
    }

    /// How far this search is behind: at the rate, further than it should.
    mutating func searchLag() -> Int64 { max(searchLagSeconds, happens() ? Self.lateSearchLagSeconds : 0) }

    private static let lateSearchLagSeconds: Int64 = 3

    /// At the rate.
    mutating func happens() -> Bool { rate > 0 && Double.random(in: 0..<1, using: &random) < rate }

    mutating func number(below bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }
}
