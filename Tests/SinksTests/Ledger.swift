import Contract
import Domain
import EventLog
import Following
import Logging
import Organisations
import Projection
import SeededRandom
import Sinks
import Synchronization

/// A log in memory, and a sink that writes down what it is told and fails as often as a test wants.
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

        mutating func fails() -> Bool { Int.random(in: 0..<100, using: &random) < failures }
    }

    let name = "ledger"
    let beginsAtHead: Bool
    let log = InMemoryEventLog()
    let follower = View<Organisations>()
    private let content: Mutex<Content>

    init(seed: UInt64 = 1, beginsAtHead: Bool = false, failures: Int = 0) {
        self.beginsAtHead = beginsAtHead
        content = Mutex(Content(random: SeededGenerator(seed: seed), failures: failures))
        follower.enter(epoch: 1)
    }

    func read<R>(_ body: (Content) -> R) -> R { content.withLock { body($0) } }
    func setFailures(_ count: Int) { content.withLock { $0.failures = count } }

    // MARK: The log

    private static let event = ShowEvent.admission(
        .ruleChanged(AdmissionRuleChanged(isRequired: true, at: Timestamp(microseconds: 1))))

    /// Appends events that the follower only counts.
    func append(_ count: Int) async throws {
        let head = await log.head()
        let stream = StreamAppend(
            stream: StreamID("somebody"), expectedVersion: head.position,
            commands: [
                DecidedCommand(
                    id: CommandID(high: UInt64(head.epoch), low: UInt64(head.position) + 1), principal: "test",
                    fingerprint: [UInt8](repeating: 0, count: 32), outcome: [],
                    events: [EncodedEvent](repeating: EncodedEvent(Self.event), count: count))
            ])
        _ = try await log.append(AppendBatch(epoch: head.epoch, streams: [stream]))
        follower.apply(await log.events(after: follower.checkpoint, limit: .max).map(FollowedEvent.init))
    }

    func raiseEpoch() async {
        await log.raiseEpoch()
        follower.enter(epoch: await log.head().epoch)
    }

    // MARK: The process

    /// Runs a process around `body`, and stops it as if its node had been told to.
    func serving(_ body: () async throws -> Void) async throws {
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let process = SinkProcess(
            self, log: log, recent: RecentLog(log), follower: follower, checkpoints: self, lease: Held(),
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

    private struct Held: Lease {
        func whileHeld(_ body: @escaping @Sendable () async -> Void) async { await body() }
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
                    guard !content.fails() else { throw Broken() }
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
