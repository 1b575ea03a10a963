public import Domain
internal import DequeModule
internal import Synchronization

/// A log in memory with the semantics of the real one, for tests: bounded by nothing but memory.
///
/// Appends take a lock in the order they arrive, as they do in PostgreSQL, and readers see only what was committed. A
/// test can hold a transaction open (``begin(_:)``), raise the epoch, or make the next append fail either side of its
/// commit (``interrupt(nextAppend:)``).
public actor InMemoryEventLog: EventLog {
    /// How the next append fails.
    public enum Interruption: Sendable {
        /// Nothing is written.
        case beforeCommit(AppendFailure)
        /// It is written, but its caller hears `unknown`.
        case afterCommit(LogError)
    }

    private var content = LogContent()
    private var isLocked = false
    private var lockWaiters: Deque<CheckedContinuation<Void, Never>> = []
    private var interruption: Interruption?
    private let now: @Sendable () -> Timestamp

    /// `now` is the database's clock; by default it advances a microsecond a look.
    public init(now: (@Sendable () -> Timestamp)? = nil) {
        let clock = TickingClock()
        self.now = now ?? { clock.next() }
    }

    // MARK: Reading

    public func head() -> LogHead { LogHead(epoch: content.epochs.last?.epoch ?? 1, position: content.position) }

    public func events(after position: Int64, limit: Int) -> [RecordedEvent] {
        let first = Int(max(0, position))
        return first < content.events.count ? Array(content.events[first...].prefix(limit)) : []
    }

    public func events(of stream: ShowID, after version: Int64, limit: Int) -> [RecordedEvent] {
        let positions = content.streams[stream, default: []].dropFirst(Int(max(0, version))).prefix(limit)
        return positions.map { content.events[Int($0) - 1] }
    }

    public func commands(_ ids: [CommandID]) -> [RecordedCommand] { ids.compactMap { content.commands[$0] } }

    public func epochs() -> EpochHistory { EpochHistory(epochs: content.epochs) }

    // MARK: Appending

    public func append(_ batch: AppendBatch) async throws(AppendFailure) -> AppendResult {
        await lock()
        defer { unlock() }
        let interruption = self.interruption
        self.interruption = nil
        if case .beforeCommit(let failure) = interruption { throw failure }
        let result = try content.append(batch, now: now())
        if case .afterCommit(let error) = interruption { throw .unknown(error) }
        return result
    }

    public func barrier() async {
        await lock()
        unlock()
    }

    // MARK: For tests

    /// An append that was done but not committed: nobody sees it, and no other append gets past it.
    public struct OpenAppend: Sendable {
        public let result: AppendResult
        fileprivate let log: InMemoryEventLog
        fileprivate let content: LogContent

        public func commit() async { await log.finish(with: content) }
        public func rollBack() async { await log.finish(with: nil) }
    }

    /// Appends `batch` in a transaction that stays open; it must be committed or rolled back.
    public func begin(_ batch: AppendBatch) async throws(AppendFailure) -> OpenAppend {
        await lock()
        var next = content
        do {
            let result = try next.append(batch, now: now())
            return OpenAppend(result: result, log: self, content: next)
        } catch {
            unlock()
            throw error
        }
    }

    /// Ends the epoch: appends of the old one are fenced from here on.
    @discardableResult
    public func raiseEpoch() async -> Int64 {
        await lock()
        defer { unlock() }
        let epoch = head().epoch + 1
        content.epochs.append(EpochHistory.Epoch(epoch: epoch, startsAfter: content.position))
        return epoch
    }

    /// Makes the next append fail.
    public func interrupt(nextAppend interruption: Interruption) { self.interruption = interruption }

    private func finish(with next: LogContent?) {
        if let next { content = next }
        unlock()
    }

    private func lock() async {
        if isLocked {
            await withCheckedContinuation { lockWaiters.append($0) }
        } else {
            isLocked = true
        }
    }

    /// Hands the lock to whoever waits longest.
    private func unlock() {
        if let next = lockWaiters.popFirst() { next.resume() } else { isLocked = false }
    }
}

/// The tables.
private struct LogContent {
    var epochs = [EpochHistory.Epoch(epoch: 1, startsAfter: 0)]
    var events: [RecordedEvent] = []
    /// The positions of each stream's events.
    var streams: [ShowID: [Int64]] = [:]
    var commands: [CommandID: RecordedCommand] = [:]
    var recordedAt = Timestamp.distantPast

    var position: Int64 { Int64(events.count) }

    mutating func append(_ batch: AppendBatch, now: Timestamp) throws(AppendFailure) -> AppendResult {
        let epoch = epochs[epochs.count - 1].epoch
        guard batch.epoch == epoch else { throw .fenced(epoch: epoch) }
        let ids = batch.streams.flatMap(\.commands).map(\.id)
        guard !batch.streams.isEmpty, batch.streams.allSatisfy({ !$0.commands.isEmpty }),
            Set(ids).count == ids.count, Set(batch.streams.map(\.stream)).count == batch.streams.count
        else { throw .notAppended(LogError(code: .refused, message: "the batch is malformed")) }
        recordedAt = max(recordedAt, now)
        var results: [AppendResult.Stream] = []
        for stream in batch.streams { results.append(append(stream)) }
        return AppendResult(streams: results, head: position, recordedAt: recordedAt)
    }

    private mutating func append(_ append: StreamAppend) -> AppendResult.Stream {
        let recorded = append.commands.compactMap { commands[$0.id] }
        guard recorded.isEmpty else { return .duplicate(recorded) }
        var positions = streams[append.stream, default: []]
        guard Int64(positions.count) == append.expectedVersion else {
            return .conflict(actualVersion: Int64(positions.count))
        }
        let firstPosition = position + 1
        for command in append.commands {
            for event in command.events {
                positions.append(position + 1)
                events.append(
                    RecordedEvent(
                        position: position + 1, stream: append.stream, streamVersion: Int64(positions.count),
                        event: event, commandID: command.id, recordedAt: recordedAt))
            }
            commands[command.id] = RecordedCommand(
                id: command.id, principal: command.principal, fingerprint: command.fingerprint, stream: append.stream,
                outcome: command.outcome, position: positions.last ?? 0, eventCount: command.events.count,
                recordedAt: recordedAt)
        }
        if !positions.isEmpty { streams[append.stream] = positions }
        return .appended(firstPosition: firstPosition, lastPosition: positions.last ?? 0)
    }
}

/// Advances a microsecond a look, from 2026-01-01T00:00:00Z.
private final class TickingClock: Sendable {
    private let microseconds = Mutex<Int64>(1_767_225_600_000_000)

    func next() -> Timestamp {
        microseconds.withLock { value in
            value += 1
            return Timestamp(microseconds: value)
        }
    }
}
