import Bots
import Testing

@Suite("The bot score")
struct BotScoreTests {
    /// Somebody who has been here for a while, and does nothing in particular.
    private var calm: BotSignals {
        var signals = BotSignals()
        signals.ageSeconds = 300
        signals.tries = 1
        signals.addresses = 1
        signals.accountsAtAddress = 1
        signals.printsAtAddress = 1
        return signals
    }

    @Test("A calm caller has none, and no reasons")
    func nothing() {
        let score = BotScore(calm)
        #expect(score.value == 0 && score.reasons.isEmpty && BotAction(score) == .none)
    }

    @Test("It is the sum of its reasons, as far as 100, the weightiest first")
    func sum() {
        var signals = calm
        signals.ageSeconds = 2
        signals.headers = .program
        signals.hasLooked = false
        let score = BotScore(signals)
        #expect(score.reasons.map(\.signal) == [.headers, .new, .blind])
        #expect(score.value == 70 && score.reasons.reduce(0) { $0 + $1.points } == 70)
        #expect(score.reasons[1].value == 2)
        signals.hurriedTries = 100
        signals.unboughtHolds = 100
        #expect(BotScore(signals).value == 100 && BotAction(BotScore(signals)) == .refuse)
    }

    @Test(
        "What people do as well has nobody asked by itself",
        arguments: [
            { $0.ageSeconds = 0 }, { $0.hurriedTries = 4 }, { $0.tries = 1_000 }, { $0.unboughtHolds = 4 },
            { $0.addresses = 4 },
            {
                $0.accountsAtAddress = 260; $0.printsAtAddress = 40; $0.freshPercentAtAddress = 100
            },
            { $0.hasLooked = false }, { $0.headers = .bare }, { $0.headers = .anonymous },
        ] as [@Sendable (inout BotSignals) -> Void])
    func alone(_ change: @Sendable (inout BotSignals) -> Void) {
        var signals = calm
        change(&signals)
        #expect(BotAction(BotScore(signals)) == .none, "\(BotScore(signals))")
    }

    @Test("More of a signal never lowers the score")
    func monotone() {
        for path in [\BotSignals.hurriedTries, \.tries, \.unboughtHolds, \.addresses] {
            var last = 0
            for number in 0...60 {
                var signals = calm
                signals[keyPath: path] = number
                let value = BotScore(signals).value
                #expect(value >= last, "\(number)")
                last = value
            }
        }
    }

    @Test("Work is harder for the more suspicious and on busy days, within bounds")
    func difficulty() {
        func bits(_ action: BotAction, _ pace: Int) -> Int {
            WorkDifficulty.bits(base: 17, action: action, triesPerSecond: pace)
        }
        #expect(bits(.work, 50) == 17 && bits(.work, 51) == 18 && bits(.work, 101) == 19)
        #expect(bits(.work, 1_000_000) == 21 && bits(.challenge, 0) == 20 && bits(.slow, 1_000_000) == 24)
        #expect(WorkDifficulty.bits(base: 1, action: .work, triesPerSecond: 0) == 8)
        let pace = RecentPace()
        #expect((0..<5).map { _ in pace.count(at: 1_900_000_000) }.last == 5)
        #expect(pace.count(at: 2_000_000_000) == 5)
        #expect(pace.count(at: 9_000_000_000) == 1)
    }
}
