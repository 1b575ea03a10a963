import ArgumentParser
import Domain
import EventLog
import PostgresEventLog
import Synchronization

struct Append: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Appends commands with one event each, as fast as it goes; prints commands per second as JSON.",
        discussion: """
            What the sequencer does to the log, without deciding, HTTP and fan-out: events and outcomes are encoded, sent \
            as one call of holdfast.append, and the answer is read. The next batch is made while one is on its way.
            """)

    @OptionGroup var log: LogOptions
    @Option(help: "Commands in one append (1 to 8192).") var batch = 512
    @Option(help: "Writers, each with a connection and a show of its own (1 to 64).") var writers = 1
    @Option(help: "How long.") var seconds = 5.0

    func validate() throws {
        guard (1...8192).contains(batch), (1...64).contains(writers), seconds > 0 else {
            throw ValidationError("--batch must be 1 to 8192, --writers 1 to 64, --seconds positive.")
        }
    }

    func run() async throws {
        let now = Timestamp.now
        let epoch = try await log.open().head().epoch
        // The shows are made first: they are large, and not what is measured.
        var shows: [SampleShow] = []
        for index in 0..<writers {
            var show = SampleShow(number: UInt64(now.microseconds) + UInt64(index), seatCount: 10_000, now: now)
            let creation = show.next(1)
            _ = try await Writer(log: log.open(), epoch: epoch).run { $0 == 0 ? [creation] : nil }
            shows.append(show)
        }
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for show in shows {
                group.addTask {
                    let show = Mutex(show)
                    return try await Writer(log: log.open(), epoch: epoch).run { _ in
                        ContinuousClock.now < end ? [show.withLock { $0.next(batch) }] : nil
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        let elapsed = start.duration(to: .now) / .seconds(1)
        print("{\"commands\": \(count), \"seconds\": \(elapsed), \"rate\": \(Double(count) / elapsed)}")
    }
}
