import EventLog
import Logging
import SeededRandom
import Sinks
import Synchronization

/// A sink that writes down what it is told and fails as often as a test wants.
final class Ledger: EventSink, SinkCheckpoints {
    struct Broken: Error {}

    /// What the sink's far side has.
    struct Content {
        /// Sequence numbers, as they came.
        var put: [Int64] = []
        /// Where connections began.
        var starts: [LogPosition] = []
        var kept: [LogPosition] = []
        var random: SeededGenerator
        /// Of 100 calls, how many fail.
        var failures = 0
        /// An event that is never taken.
        var poison: Int64?

        mutating func fails() -> Bool { Int.random(in: 0..<100, using: &random) < failures }
    }

    let name = "ledger"
    let beginsAtHead: Bool
    let source = EventSource()
    private let content: Mutex<Content>

    init(seed: UInt64 = 1, beginsAtHead: Bool = false, failures: Int = 0) {
        self.beginsAtHead = beginsAtHead
        content = Mutex(Content(random: SeededGenerator(seed: seed), failures: failures))
    }

    func read<R>(_ body: (Content) -> R) -> R { content.withLock { body($0) } }
    func setFailures(_ count: Int) { content.withLock { $0.failures = count } }
    func setPoison(_ position: Int64?) { content.withLock { $0.poison = position } }

    // MARK: The process

    /// Runs a process around `body`, and stops it as if its node had been told to.
    func serving(_ body: () async throws -> Void) async throws {
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let process = SinkProcess(
            self, log: source.log, recent: RecentLog(source.log), follower: source.follower, checkpoints: self,
            lease: Held(),
            retryPause: .milliseconds(1), logger: quiet)
        let task = Task { await process.run() }
        do {
            try await body()
        } catch {
            task.cancel()
            throw error
        }
        task.cancel()
        await task.value
    }

    // MARK: The far side

    func connect(after start: LogPosition, in epochs: EpochHistory) async throws -> any SinkConnection {
        try content.withLock { content in
            guard !content.fails() else { throw Broken() }
            content.starts.append(start)
        }
        return Connection(ledger: self)
    }

    private struct Connection: SinkConnection {
        let ledger: Ledger

        func put(_ events: [RecordedEvent]) async throws {
            for event in events {
                try ledger.content.withLock { content in
                    // Some are put before it breaks.
                    guard !content.fails(), event.position != content.poison else { throw Broken() }
                    content.put.append(event.position)
                }
            }
        }

        func close() async {}
    }

    func checkpoint(of sink: String) async throws -> LogPosition? {
        try content.withLock { content in
            guard !content.fails() else { throw Broken() }
            return content.kept.last
        }
    }

    func keep(_ place: LogPosition, of sink: String) async throws {
        try content.withLock { content in
            guard !content.fails() else { throw Broken() }
            content.kept.append(place)
        }
    }

    func disconnect() async {}
}
