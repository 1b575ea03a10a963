import ArgumentParser
import Domain
import EventLog
import Following
import PostgresEventLog
import ProgramOutput

struct AsOf: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "as-of",
        abstract: "Prints a view as it was at a sequence number or time, as JSON lines.",
        discussion: "Views: \(Fold.names).")

    @OptionGroup var instance: Instance

    @Argument(help: "The view.")
    var projection: String

    @Option(help: "The sequence number of the last event to include.")
    var sequence: Int64?

    @Option(help: "The time (RFC 3339). Includes all events recorded until then.")
    var time: String?

    @OptionGroup var json: JSONLinesFlag

    func validate() throws {
        guard (sequence == nil) != (time == nil) else { throw ValidationError("Give --sequence or --time.") }
        if let sequence, sequence < 0 { throw ValidationError("--sequence must not be negative.") }
    }

    func run() async throws {
        let log = try instance.log()
        var fold = try Fold([projection], log: log)
        var target = sequence ?? 0
        if let time {
            guard let time = Timestamp(rfc3339: time) else { throw ValidationError("--time must be RFC 3339.") }
            target = try await log.position(asOf: time)
        }
        let head = try await log.head()
        guard target <= head.position else { throw ValidationError("The log ends at \(head.position).") }
        var bar = ProgressBar("folding", total: target)
        try await fold.advance(to: target) { bar.update($0) }
        bar.finish(target)
        for line in fold.views[0].lines { print(line) }
    }
}
