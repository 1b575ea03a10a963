import Allocation
import ArgumentParser
import ProgramOutput

@main
struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Rebuilds views from the log, verifies views and draws, audits fairness, and inspects the log.",
        subcommands: [Rebuild.self, Verify.self, AsOf.self, Fairness.self, Log.self, DrawCommand.self])

    static func main() async {
        shareHeaps()
        await runProgram()
    }
}
