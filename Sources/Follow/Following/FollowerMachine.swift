public import EventLog

/// How a replica follows the log: the fan-out for speed, reads of the log for truth. Pure: inputs are methods, what to do
/// is returned, `now` is any monotonic clock.
///
/// It applies every event exactly once and in order, whatever the messages do: those it has are dropped, those that come
/// too early are kept (a bounded number), and a hole that lasts is read from the log.
///
/// It applies all events of a command at once, so no view ever shows a part of a decision, such as a place that came free
/// before the offer of it: what a page of the log has of its last command is left to the next page.
public struct FollowerMachine: Sendable {
    public struct Limits: Sendable {
        /// Batches that are kept while a hole before them is open. Beyond it the later ones are dropped and read again.
        public var reorderBatchesMax = 1_024
        /// How long a hole may be merely a message that is late.
        public var gapPatience: Duration = .milliseconds(5)
        /// Pause after a read of the log that failed.
        public var retryDelay: Duration = .milliseconds(500)
        /// Events in one read of the log.
        public var pageEvents = 5_000
        /// A replica that is further behind the head says it is not ready.
        public var readyLagMax: Int64 = 10_000
        /// Time between two reads of the log's head. They find the last message that was lost, when no later one tells.
        public var pollInterval: Duration = .seconds(2)

        public init() {}
    }

    public enum Action: Equatable, Sendable {
        /// They follow what was applied before.
        case apply([RecordedEvent])
        /// Read this many events after the position, and then the head; then ``fetched(_:head:limit:now:)`` or
        /// ``fetchFailed(now:)``.
        case fetch(after: Int64, limit: Int)
        /// Then ``headRead(_:now:)``; if it fails, nothing.
        case readHead
        /// Then ``epochsRead(_:now:)`` or ``fetchFailed(now:)``.
        case readEpochs
        /// What is applied from here on, and what was, is of this epoch.
        case enter(epoch: Int64)
        /// Forget all that was applied: some of it was lost with the tail of an epoch. Applying starts at 1 again, in this
        /// epoch.
        case reset(epoch: Int64)
        /// Call ``tick(now:)`` after this long.
        case checkAgain(after: Duration)
    }

    private enum Phase: Equatable, Sendable {
        /// The epochs are being read: at the start, or because a message was of a new one.
        case learningEpochs
        /// Reading towards the head as of the start.
        case catchingUp
        case live
    }

    private let limits: Limits
    private var phase = Phase.learningEpochs
    private var isFetching = false
    private var epochsWanted = false
    /// Events in the next page: more than usual after a page that had one command alone.
    private var pageEvents: Int
    /// The page that is being read ends where a message begins, and so a command does.
    private var pageEndsAtMessage = false
    /// The last sequence number that any of those who apply has: they may have started from different snapshots.
    private var furthest: Int64
    /// By the first position; none touches another or ``applied``.
    private var early: [CommittedBatch] = []
    /// Since when something is known to be missing.
    private var missingSince: Duration?
    private var polledAt: Duration

    /// 0: unknown yet.
    public private(set) var epoch: Int64
    /// The last sequence number that was handed out to be applied.
    public private(set) var applied: Int64
    /// The last sequence number that anybody spoke of.
    public private(set) var head: Int64

    /// - Parameters:
    ///   - epoch: of the snapshot that was loaded; 0: none.
    ///   - applied: the sequence number of that snapshot; 0: none. Of several, the earliest.
    ///   - furthest: of several, the latest.
    public init(epoch: Int64 = 0, applied: Int64 = 0, furthest: Int64 = 0, limits: Limits = Limits(), now: Duration) {
        self.limits = limits
        self.epoch = epoch
        self.applied = applied
        self.furthest = max(applied, furthest)
        head = applied
        polledAt = now
        pageEvents = limits.pageEvents
    }

    /// The log was read to its end, since the start or since the last ``Action/reset(epoch:)``.
    public private(set) var hasCaughtUp = false

    /// Caught up once, and not far behind now.
    public var isReady: Bool { phase == .live && head - applied <= limits.readyLagMax }

    /// The first thing to do.
    public mutating func start() -> [Action] { [.readEpochs] }

    /// A message came from a publisher.
    public mutating func receive(_ batch: CommittedBatch, now: Duration) -> [Action] {
        guard batch.epoch >= epoch else { return [] }  // From a writer that was fenced off.
        guard batch.epoch == epoch, phase != .learningEpochs else {
            // Before the epochs are known nothing can be judged; what it says will be read from the log.
            return learnEpochs(if: batch.epoch > epoch)
        }
        head = max(head, batch.head)
        guard let positions = batch.positions, positions.upperBound > applied else { return look(now) }
        if positions.lowerBound <= applied + 1 { return apply(batch.events) + drain() + look(now) }
        keep(batch)
        return look(now)
    }

    /// Time has passed.
    public mutating func tick(now: Duration) -> [Action] {
        if phase == .learningEpochs { return learnEpochs(if: epochsWanted) }
        var actions: [Action] = []
        if let since = missingSince, now - since >= limits.gapPatience { actions += fetch() }
        if now - polledAt >= limits.pollInterval {
            polledAt = now
            actions.append(.readHead)
        }
        return actions
    }

    /// A page of the log was read, and after it the head: if that is of the epoch, so are the events.
    public mutating func fetched(_ events: [RecordedEvent], head: LogPosition, limit: Int, now: Duration) -> [Action] {
        isFetching = false
        if head.epoch > epoch { epochsWanted = true }
        guard phase != .learningEpochs, !epochsWanted else { return learnEpochs(if: epochsWanted) }
        guard head.epoch == epoch else { return fetchFailed(now: now) }  // From a server that is behind.
        self.head = max(self.head, head.position)
        polledAt = now
        missingSince = nil
        let goesOn = events.last.map { $0.position < head.position } ?? false
        let isCut = events.count == limit && !pageEndsAtMessage && goesOn
        let whole = isCut ? events.withoutLastCommand : events[...]
        pageEvents = isCut && whole.isEmpty ? 2 * limit : limits.pageEvents
        let actions = apply(Array(whole)) + drain()
        if events.count == limit, phase == .catchingUp || applied < self.head { return actions + fetch() }
        phase = .live
        hasCaughtUp = true
        if events.isEmpty && applied < self.head {
            // The log has not what was spoken of: asking at once again would only load it.
            missingSince = now
            return actions + [.checkAgain(after: limits.retryDelay)]
        }
        return actions + look(now)
    }

    /// A read of the log failed.
    public mutating func fetchFailed(now: Duration) -> [Action] {
        isFetching = false
        if phase == .learningEpochs { epochsWanted = true } else { missingSince = now }
        return [.checkAgain(after: limits.retryDelay)]
    }

    public mutating func headRead(_ head: LogPosition, now: Duration) -> [Action] {
        if head.epoch > epoch { return learnEpochs(if: true) }
        guard phase != .learningEpochs, head.epoch == epoch else { return [] }
        self.head = max(self.head, head.position)
        return look(now)
    }

    /// The epochs are known: go on from here, or from the beginning if what was applied was lost.
    public mutating func epochsRead(_ history: EpochHistory, now: Duration) -> [Action] {
        var actions: [Action] = []
        furthest = max(applied, furthest)
        if furthest > 0 && history.judge(LogPosition(epoch: epoch, position: furthest)) != .valid {
            applied = 0
            furthest = 0
            hasCaughtUp = false
            actions.append(.reset(epoch: history.current))
        } else if history.current != epoch {
            actions.append(.enter(epoch: history.current))
        }
        epoch = history.current
        head = applied
        early = []
        phase = .catchingUp
        return actions + fetch()
    }

    // MARK: Within

    private mutating func learnEpochs(if wanted: Bool) -> [Action] {
        guard wanted, !isFetching else {
            if wanted {
                phase = .learningEpochs
                epochsWanted = true
            }
            return []
        }
        let isUnderWay = phase == .learningEpochs && !epochsWanted
        phase = .learningEpochs
        epochsWanted = false
        return isUnderWay ? [] : [.readEpochs]
    }

    private mutating func apply(_ events: [RecordedEvent]) -> [Action] {
        let new = events.drop { $0.position <= applied }
        guard let first = new.first, let last = new.last, first.position == applied + 1 else { return [] }
        applied = last.position
        head = max(head, applied)
        return [.apply(Array(new))]
    }

    /// Applies what was kept and now follows.
    private mutating func drain() -> [Action] {
        var actions: [Action] = []
        while let next = early.first, next.events[0].position <= applied + 1 {
            early.removeFirst()
            actions += apply(next.events)
        }
        return actions
    }

    private mutating func keep(_ batch: CommittedBatch) {
        let first = batch.events[0].position
        let index = early.firstIndex { $0.events[0].position >= first } ?? early.endIndex
        if index < early.endIndex && early[index].events[0].position == first { return }
        early.insert(batch, at: index)
        if early.count > limits.reorderBatchesMax { early.removeLast() }
    }

    /// Notices what is missing, or that nothing is.
    private mutating func look(_ now: Duration) -> [Action] {
        // Until the log was read to its end once, that is what is missing, whatever the messages bring.
        guard applied < head || phase == .catchingUp else {
            missingSince = nil
            return []
        }
        guard missingSince == nil, !isFetching else { return [] }
        missingSince = now
        return [.checkAgain(after: limits.gapPatience)]
    }

    private mutating func fetch() -> [Action] {
        guard !isFetching else { return [] }
        isFetching = true
        let hole = early.first.map { $0.events[0].position - 1 - applied } ?? .max
        pageEndsAtMessage = hole <= pageEvents
        return [.fetch(after: applied, limit: Int(min(hole, Int64(pageEvents))))]
    }
}

extension [RecordedEvent] {
    fileprivate var withoutLastCommand: ArraySlice<RecordedEvent> {
        let last = last?.commandID
        return self[..<(lastIndex { $0.commandID != last }.map { $0 + 1 } ?? 0)]
    }
}
