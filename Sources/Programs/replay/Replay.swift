import ArgumentParser

@main
struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Rebuilds projections from the log, checks them against it, and looks into both.",
        subcommands: [Rebuild.self, Verify.self, AsOf.self, Log.self])
}
