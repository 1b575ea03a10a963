import ArgumentParser
import EventLog
import PostgresEventLog

struct Read: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads the whole log, page by page, as whoever follows it does; prints events per second as JSON.")

    @OptionGroup var log: LogOptions
    @Option(help: "Events in one page (1 to 65536).") var page = 4_096

    func validate() throws {
        guard (1...PostgresEventLog.pageLimit).contains(page) else {
            throw ValidationError("--page must be 1 to \(PostgresEventLog.pageLimit).")
        }
    }

    func run() async throws {
        let log = log.open()
        let start = ContinuousClock.now
        var position: Int64 = 0
        while let last = try await log.events(after: position, limit: page).last { position = last.position }
        let elapsed = start.duration(to: .now) / .seconds(1)
        print("{\"events\": \(position), \"seconds\": \(elapsed), \"rate\": \(Double(position) / elapsed)}")
    }
}
