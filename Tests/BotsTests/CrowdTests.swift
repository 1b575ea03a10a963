import Bots
import Crowd
import Testing

/// `tools/bot-crowd` runs many more; the weights were chosen by other seeds than these.
@Suite("A crowd of fans and bots")
struct CrowdTests {
    @Test("Nine in ten of the bots' tries are stopped, and one fan in a hundred is asked at most", arguments: [1, 2])
    func bars(_ seed: UInt64) {
        let crowd = Crowd(seed: seed, people: 1_000)
        let report = Crowd.report(fans: crowd.fans, bots: crowd.bots)
        #expect(crowd.fans.people == 900 && crowd.allBots.people == 100)
        #expect(crowd.fans.botheredShare <= Crowd.botheredShareMax, "\(report)")
        #expect(crowd.allBots.stoppedShare >= Crowd.stoppedShareMin, "\(report)")
        for kind in BotKind.allCases { #expect((crowd.bots[kind]?.stoppedShare ?? 0) > 0.6, "\(report)") }
    }

    @Test(
        "Without a provider, work in place of its challenges stops those who don't do it, and the rest by what they do")
    func withoutProvider() {
        let crowd = Crowd(seed: 1, people: 400, hasProvider: false)
        let report = Crowd.report(fans: crowd.fans, bots: crowd.bots)
        #expect(crowd.fans.botheredShare <= Crowd.botheredShareMax, "\(report)")
        #expect(crowd.allBots.stoppedShare >= Crowd.stoppedShareMinWithoutProvider, "\(report)")
    }

    @Test("The same seed is the same crowd")
    func repeatable() {
        let (one, other) = (Crowd(seed: 3, people: 200), Crowd(seed: 3, people: 200))
        #expect(Crowd.report(fans: one.fans, bots: one.bots) == Crowd.report(fans: other.fans, bots: other.bots))
        #expect(one.fans.tries > 180 && one.allBots.tries > 500)
    }
}
