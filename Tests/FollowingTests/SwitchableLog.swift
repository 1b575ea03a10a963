import Domain
import EventLog
import Synchronization

/// A way to an in-memory log that a test can cut, slow down, or lead to another log, as a failover does.
final class SwitchableLog: EventReader {
    private struct State {
        var log: InMemoryEventLog
        var isDown = false
        var delay = Duration.zero
        var reads: [Int64] = []
    }

    private let state: Mutex<State>

    init(_ log: InMemoryEventLog) { state = Mutex(State(log: log)) }

    var isDown: Bool {
        get { state.withLock { $0.isDown } }
        set { state.withLock { $0.isDown = newValue } }
    }

    /// Of every page.
    var delay: Duration {
        get { state.withLock { $0.delay } }
        set { state.withLock { $0.delay = newValue } }
    }

    /// After which sequence numbers pages were read.
    var reads: [Int64] { state.withLock { $0.reads } }

    func lead(to log: InMemoryEventLog) { state.withLock { $0.log = log } }

    private func log() throws(LogError) -> InMemoryEventLog {
        let (log, isDown) = state.withLock { ($0.log, $0.isDown) }
        guard !isDown else { throw LogError(code: .unavailable, message: "the log is away") }
        return log
    }

    func lastRecordedAt() async throws(LogError) -> Timestamp { await (try log()).lastRecordedAt() }

    func look(at positions: ClosedRange<Int64>) async throws(LogError) -> LogLook {
        await (try log()).look(at: positions)
    }

    func head() async throws(LogError) -> LogPosition { await (try log()).head() }

    func events(after position: Int64, limit: Int) async throws(LogError) -> [RecordedEvent] {
        state.withLock { $0.reads.append(position) }
        let events = await (try log()).events(after: position, limit: limit)
        if delay > .zero {
            do {
                try await Task.sleep(for: delay)
            } catch {
                throw LogError(code: .unavailable, message: "cancelled")
            }
        }
        return events
    }

    func events(of stream: StreamID, after version: Int64, limit: Int) async throws(LogError) -> [RecordedEvent] {
        await (try log()).events(of: stream, after: version, limit: limit)
    }

    func commands(_ ids: [CommandID]) async throws(LogError) -> [RecordedCommand] { await (try log()).commands(ids) }
    func epochs() async throws(LogError) -> EpochHistory { await (try log()).epochs() }
}

extension InMemoryEventLog {
    /// Appends each as a commit of its own; the log gives it its sequence number.
    func append(_ events: some Sequence<RecordedEvent>) async throws {
        for event in events {
            let head = head()
            _ = try await append(
                AppendBatch(
                    epoch: head.epoch,
                    streams: [
                        StreamAppend(
                            stream: event.stream, expectedVersion: version(of: event.stream),
                            commands: [
                                DecidedCommand(
                                    id: CommandID(high: UInt64(head.epoch), low: UInt64(head.position) + 1),
                                    principal: "test", fingerprint: [], outcome: [], events: [event.event])
                            ])
                    ]))
        }
    }

    private func version(of stream: StreamID) -> Int64 {
        Int64(events(of: stream, after: 0, limit: .max).count)
    }

    /// The messages that tell of the events after a sequence number: one for each.
    func messages(after position: Int64 = 0) -> [CommittedBatch] {
        let head = head()
        return events(after: position, limit: .max).map {
            CommittedBatch(epoch: head.epoch, events: [$0], head: $0.position)
        }
    }

    /// What is left of this log after a failover that lost everything after a sequence number, in the next epoch.
    func failedOver(keeping position: Int64) async throws -> InMemoryEventLog {
        let next = InMemoryEventLog()
        for _ in 1..<head().epoch { await next.raiseEpoch() }
        try await next.append(events(after: 0, limit: Int(position)))
        await next.raiseEpoch()
        return next
    }
}
