public import Domain
internal import DequeModule
internal import Synchronization

/// A log in memory with the semantics of the real one, for tests: bounded by nothing but memory.
///
/// Appends take a lock in the order they arrive, as they do in PostgreSQL, and readers see only what was committed. A
/// test can hold a transaction open (``begin(_:)``), raise the epoch, or make the next append fail either side of its
/// commit (``interrupt(nextAppend:)``).
public actor InMemoryEventLog: EventLog, EventAuditor {
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

    public func head() -> LogPosition { content.head }

    public func look(at positions: ClosedRange<Int64>) -> LogLook {
        let batches = content.batches.filter {
            $0.lastPosition > $0.afterPosition && positions.contains($0.lastPosition)
        }
        return LogLook(
            head: content.head,
            marks: batches.map { BatchMark(positions: $0.afterPosition + 1...$0.lastPosition, hash: $0.hash) })
    }

    public func events(after position: Int64, limit: Int) -> [RecordedEvent] {
        content.events(after: position, limit: limit)
    }

    public func events(of stream: StreamID, after version: Int64, limit: Int) -> [RecordedEvent] {
        content.events(of: stream, after: version, limit: limit)
    }

    public func commands(_ ids: [CommandID]) -> [RecordedCommand] { content.commands(ids) }

    public func epochs() -> EpochHistory { content.epochs }

    public func lastRecordedAt() -> Timestamp { content.recordedAt }

    // MARK: Auditing

    public func batches(after place: BatchPlace, limit: Int) -> [RecordedBatch] {
        Array(content.batches.drop { $0.place <= place }.prefix(max(0, limit)))
    }

    public func batch(of command: CommandID) -> (batch: RecordedBatch, previousHash: [UInt8])? {
        let batches = content.batches
        guard let index = batches.firstIndex(where: { $0.commandIDs.contains(command) }) else { return nil }
        return (batches[index], index > 0 ? batches[index - 1].hash : ChainStart.new.hash)
    }

    public func hashedHead() -> HashedHead { content.hashedHead }

    public func chainStart() -> ChainStart { .new }

    public func position(asOf time: Timestamp) -> Int64 { content.position(asOf: time) }

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

    @discardableResult
    public func barrier() async -> LogPosition {
        await lock()
        defer { unlock() }
        return content.head
    }

    // MARK: For tests

    /// Something written but not committed: nobody sees it, and no other write gets past it.
    public struct OpenWrite: Sendable {
        fileprivate let log: InMemoryEventLog
        fileprivate let content: LogContent

        public func commit() async { await log.finish(with: content) }
        public func rollBack() async { await log.finish(with: nil) }
    }

    /// Appends `batch` in a transaction that stays open; it must be committed or rolled back.
    public func begin(_ batch: AppendBatch) async throws(AppendFailure) -> OpenWrite {
        await lock()
        var next = content
        do {
            _ = try next.append(batch, now: now())
            return OpenWrite(log: self, content: next)
        } catch {
            unlock()
            throw error
        }
    }

    /// Ends the epoch in a transaction that stays open.
    public func beginEpoch() async -> OpenWrite {
        await lock()
        var next = content
        next.raiseEpoch()
        return OpenWrite(log: self, content: next)
    }

    /// Ends the epoch: appends of the old one are fenced from here on.
    public func raiseEpoch() async { await beginEpoch().commit() }

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
