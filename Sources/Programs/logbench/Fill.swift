import ArgumentParser
import Domain
import EventLog
import PostgresEventLog
import Synchronization

struct Fill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes a log: shows, then holds and releases on all of them, through the append that is always used.")

    @OptionGroup var log: LogOptions
    @Option(help: "Shows.") var shows = 100
    @Option(help: "Seats of each.") var seats = 10_000
    @Option(help: "Events in all, the shows' creation included.") var events = 1_000_000

    /// Events of one append, and of one show in it.
    private static let batchEvents = 4_096
    private static let eventsPerShow = 64

    func validate() throws {
        guard shows >= 1, events >= shows, (8...100_000).contains(seats) else {
            throw ValidationError("--shows must be 1 or more, --events no fewer, --seats 8 to 100000.")
        }
    }

    func run() async throws {
        let now = Timestamp.now
        let log = log.open()
        let epoch = try await log.head().epoch
        let state = Mutex(
            (
                shows: (0..<shows).map {
                    SampleShow(number: UInt64(now.microseconds) + UInt64($0), seatCount: seats, now: now)
                },
                next: 0, left: events
            ))
        let start = ContinuousClock.now
        let count = try await Writer(log: log, epoch: epoch).run { batch in
            state.withLock { state in
                guard state.left > 0 else { return nil }
                if batch < state.shows.count {
                    state.left -= 1
                    return [state.shows[batch].next(1)]
                }
                var streams: [StreamAppend] = []
                var room = min(Self.batchEvents, state.left)
                while room > 0, streams.count < state.shows.count {
                    let count = min(Self.eventsPerShow, room)
                    streams.append(state.shows[state.next].next(count))
                    state.next = (state.next + 1) % state.shows.count
                    room -= count
                    state.left -= count
                }
                return streams
            }
        }
        let elapsed = start.duration(to: .now) / .seconds(1)
        print("{\"events\": \(count), \"seconds\": \(elapsed), \"rate\": \(Double(count) / elapsed)}")
    }
}
