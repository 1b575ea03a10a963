import ArgumentParser

@main
struct LogBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logbench",
        abstract: "Measures the log without HTTP, and makes what other measurements need.",
        subcommands: [
            Append.self, Choose.self, Fill.self, Limits.self, Read.self, Room.self, Shows.self, Tokens.self,
            Waitlist.self,
        ])
}
