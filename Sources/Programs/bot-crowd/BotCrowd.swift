import ArgumentParser
import Bots
import Crowd
import ProgramOutput

@main
struct BotCrowd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bot-crowd",
        abstract: "Simulates on-sales with fans and bots, and prints whom the bot score bothers and what it stops.",
        discussion: """
            Each seed is one on-sale of ten minutes; the same seed is the same crowd again. Exits with 1 if more than 1 % of \
            the fans were asked for something, or fewer than 90 % of the bots' tries were stopped (without a provider: \
            \(Int(100 * Crowd.stoppedShareMinWithoutProvider)) %).
            """)

    @Option(help: "How many on-sales.")
    var seeds: UInt64 = 20

    @Option(help: "The seed of the first; the tests use 1 and 2.")
    var first: UInt64 = 1_000

    @Option(help: "How many people come to each; one in ten is a bot.")
    var people = Crowd.peopleDefault

    @Flag(help: "No provider tells people from programs: more work takes the place of its challenges.")
    var noProvider = false

    @OptionGroup var json: JSONFlag

    static func main() async { await runProgram() }

    /// What came of it, for programs.
    private struct Report: Encodable {
        struct Group: Encodable {
            var people, bothered, tries, stopped: Int
            var actions: [String: Int]

            init(_ tally: Crowd.Tally) {
                (people, bothered, tries, stopped) = (tally.people, tally.bothered, tally.tries, tally.stopped)
                actions = Dictionary(
                    tally.actions.map { ($0.key.rawValue, $0.value) }, uniquingKeysWith: { first, _ in first })
            }
        }

        var first, last: UInt64
        var isGoodEnough: Bool
        var fans: Group
        var bots: [String: Group]
    }

    func validate() throws {
        guard seeds > 0, !first.addingReportingOverflow(seeds - 1).overflow else {
            throw ValidationError("There are not so many seeds.")
        }
        guard (100...20_000).contains(people) else { throw ValidationError("--people must be 100 to 20000.") }
    }

    func run() throws {
        var fans = Crowd.Tally()
        var bots: [BotKind: Crowd.Tally] = [:]
        for seed in first...(first + seeds - 1) {
            let crowd = Crowd(seed: seed, people: people, hasProvider: !noProvider)
            fans += crowd.fans
            for (kind, tally) in crowd.bots { bots[kind, default: Crowd.Tally()] += tally }
        }
        let all = bots.values.reduce(into: Crowd.Tally()) { $0 += $1 }
        let stoppedShareMin = noProvider ? Crowd.stoppedShareMinWithoutProvider : Crowd.stoppedShareMin
        let isGoodEnough = fans.botheredShare <= Crowd.botheredShareMax && all.stoppedShare >= stoppedShareMin
        try json.print(
            Report(
                first: first, last: first + seeds - 1, isGoodEnough: isGoodEnough, fans: Report.Group(fans),
                bots: Dictionary(
                    bots.map { ($0.key.rawValue, Report.Group($0.value)) }, uniquingKeysWith: { first, _ in first })),
            orText: "seeds     \(first) to \(first + seeds - 1)\n\(Crowd.report(fans: fans, bots: bots))")
        if !isGoodEnough { throw ExitCode(1) }
    }
}
