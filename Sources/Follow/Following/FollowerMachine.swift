public import Domain
public import EventLog

/// How a replica follows the log: the fan-out for speed, reads of the log for truth. Pure: inputs are methods, what to do
/// is returned, `now` is any monotonic clock.
///
/// It applies every event exactly once and in order, whatever the messages do: those it has are dropped, those that come
/// too early are kept (a bounded number), and a hole that lasts is read from the log.
///
/// It applies all events of a command at once, so no view ever shows a part of a decision, such as a place that came free
/// before the offer of it: what a page of the log has of its last command is left to the next page.
///
/// What others say (``hear(_:now:)``) is applied at once and believed for one look at the log: see ``Hearsay``. A batch that the
/// log does not have, or more events than the log has, is an alarm: everything is built anew from the log, and for a while
/// messages only say that there is something to read. Who may do what is never taken from a message: a role that was believed
/// for a second is enough to have a real one recorded.
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
        /// Batches that messages may bring before the log confirms them; later ones are read from the log.
        public var hearsayBatchesMax = 16_384
        /// How long no message is believed after one that was not true.
        public var distrust: Duration = .seconds(60)
        /// Streams whose events are read from the log alone; a message of theirs only says that there is something to read.
        public var readFromLogAlone: Set<StreamCategory> = [OrganisationState.category]

        public init() {}
    }

    public enum Action: Equatable, Sendable {
        /// They follow what was applied before. `hearsay`: the batch that they are of, if only a message vouches for them.
        case apply([RecordedEvent], hearsay: BatchMark? = nil)
        /// Read this many events after the position, and then look at the log as ``question`` says; then
        /// ``fetched(_:look:asked:limit:now:)`` or ``fetchFailed(now:)``.
        case fetch(after: Int64, limit: Int)
        /// Look at the log as ``question`` says; then ``looked(_:asked:now:)``. If it fails, nothing.
        case readHead
        /// Then ``epochsRead(_:now:)`` or ``fetchFailed(now:)``.
        case readEpochs
        /// What is applied from here on, and what was, is of this epoch.
        case enter(epoch: Int64)
        /// Forget all that was applied: some of it was lost with the tail of an epoch. Applying starts at 1 again, in this
        /// epoch.
        case reset(epoch: Int64)
        /// A message was not true. ``reset(epoch:)`` follows if anything that was applied is in doubt.
        case alarm(String)
        /// Call ``tick(now:)`` after this long.
        case checkAgain(after: Duration)
    }

    /// What a look at the log is to tell, and where the machine stood just before it.
    public struct Question: Equatable, Sendable {
        /// The last events of batches to be confirmed.
        public var hearsay: ClosedRange<Int64>?
        var epoch: Int64
        var applied: Int64
        var head: Int64
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
    private var early: [Early] = []
    /// Since when something is known to be missing.
    private var missingSince: Duration?
    private var polledAt: Duration
    private var hearsay: Hearsay
    /// The latest epoch that only a message spoke of.
    private var epochHeard: Int64 = 0

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
        hearsay = Hearsay(marksMax: limits.hearsayBatchesMax)
    }

    /// To be asked right before the log is looked at.
    public var question: Question {
        Question(hearsay: hearsay.positions, epoch: epoch, applied: applied, head: head)
    }

    /// Up to where the log vouches for what was applied.
    public var confirmed: Int64 { hearsay.confirmed(of: applied) }

    /// Why everything is built anew. Nil: it is not, or it is done.
    public private(set) var alarm: String?

    /// The log was read to its end, since the start or since the last ``Action/reset(epoch:)``.
    public private(set) var hasCaughtUp = false

    /// Caught up once, and not far behind now.
    public var isReady: Bool { phase == .live && head - applied <= limits.readyLagMax }

    /// The first thing to do.
    public mutating func start() -> [Action] { [.readEpochs] }

    /// A message came from somebody who says that the log has this. Its seal, if it has one, must be good.
    public mutating func hear(_ batch: CommittedBatch, now: Duration) -> [Action] {
        let isBelieved = hearsay.believes(at: now)
        if batch.epoch > epoch {
            guard isBelieved else { return [] }
            epochHeard = max(epochHeard, batch.epoch)
        }
        guard isBelieved, let mark = batch.mark,
            !batch.events.contains(where: {
                !$0.stream.isOfShow && limits.readFromLogAlone.contains($0.stream.category)
            })
        else {
            return receive(CommittedBatch(epoch: batch.epoch, events: [], head: batch.head), now: now)
        }
        return receive(batch, hearsay: mark, now: now)
    }

    /// This process was told by the log itself that it has this batch.
    public mutating func receive(_ batch: CommittedBatch, now: Duration) -> [Action] {
        receive(batch, hearsay: nil, now: now)
    }

    private mutating func receive(_ batch: CommittedBatch, hearsay: BatchMark?, now: Duration) -> [Action] {
        guard batch.epoch >= epoch else { return [] }  // From a writer that was fenced off.
        guard batch.epoch == epoch, phase != .learningEpochs else {
            // Before the epochs are known nothing can be judged; what it says will be read from the log.
            return learnEpochs(if: batch.epoch > epoch)
        }
        head = max(head, batch.head)
        guard let positions = batch.positions, positions.upperBound > applied else { return look(now) }
        if positions.lowerBound <= applied + 1 { return apply(batch.events, hearsay: hearsay) + drain() + look(now) }
        keep(Early(batch: batch, hearsay: hearsay))
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
    ///
    /// - Parameter asked: ``question`` as it was before the look at the log. Nil: the log was only asked for its head.
    public mutating func fetched(
        _ events: [RecordedEvent], look: LogLook, asked: Question? = nil, limit: Int, now: Duration
    ) -> [Action] {
        isFetching = false
        let head = look.head
        if head.epoch > epoch { epochsWanted = true }
        guard phase != .learningEpochs, !epochsWanted else { return learnEpochs(if: epochsWanted) }
        guard head.epoch == epoch else { return fetchFailed(now: now) }  // From a server that is behind.
        let doubts = judge(look, asked, now)
        guard doubts.isEmpty else { return doubts }
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
        alarm = nil
        if events.isEmpty && applied < self.head {
            // The log has not what was spoken of: asking at once again would only load it.
            missingSince = now
            return actions + [.checkAgain(after: limits.retryDelay)]
        }
        return actions + self.look(now)
    }

    /// A read of the log failed.
    public mutating func fetchFailed(now: Duration) -> [Action] {
        isFetching = false
        if phase == .learningEpochs { epochsWanted = true } else { missingSince = now }
        return [.checkAgain(after: limits.retryDelay)]
    }

    /// The log was looked at.
    ///
    /// - Parameter asked: as in ``fetched(_:look:asked:limit:now:)``.
    public mutating func looked(_ look: LogLook, asked: Question? = nil, now: Duration) -> [Action] {
        let head = look.head
        if head.epoch > epoch { return learnEpochs(if: true) }
        guard phase != .learningEpochs, head.epoch == epoch else { return [] }
        let doubts = judge(look, asked, now)
        guard doubts.isEmpty else { return doubts }
        self.head = max(self.head, head.position)
        return self.look(now)
    }

    /// The epochs are known: go on from here, or from the beginning if what was applied was lost.
    public mutating func epochsRead(_ history: EpochHistory, now: Duration) -> [Action] {
        var actions: [Action] = []
        if epochHeard > history.current {
            actions.append(distrust("a message is of epoch \(epochHeard), the log of \(history.current)", now))
        }
        epochHeard = 0
        furthest = max(applied, furthest)
        if furthest > 0 && history.judge(LogPosition(epoch: epoch, position: furthest)) != .valid {
            beginAnew()
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

    /// What the log says of what was believed; empty: nothing was wrong.
    private mutating func judge(_ look: LogLook, _ asked: Question?, _ now: Duration) -> [Action] {
        guard let asked, asked.epoch == epoch, asked.applied <= applied else { return [] }
        if look.head.position < asked.applied {
            return buildAnew("event \(asked.applied) was applied, and the log ends at \(look.head)", look, now)
        }
        if let positions = asked.hearsay, let strange = hearsay.confirm(look, asked: positions) {
            let (first, last) = (strange.positions.lowerBound, strange.positions.upperBound)
            return buildAnew("the log has other events from \(first) to \(last) than a message brought", look, now)
        }
        guard look.head.position < asked.head else { return [] }
        // Nothing of it was applied: it is enough to forget it, and what else came early.
        early = []
        head = max(applied, look.head.position)
        return [distrust("a message says that the log ends at \(asked.head), and it ends at \(look.head)", now)]
            + self.look(now)
    }

    private mutating func distrust(_ reason: String, _ now: Duration) -> Action {
        hearsay.distrust(until: now + limits.distrust)
        return .alarm(reason)
    }

    /// Nothing that was applied counts.
    private mutating func buildAnew(_ reason: String, _ look: LogLook, _ now: Duration) -> [Action] {
        beginAnew()
        alarm = reason
        head = look.head.position
        early = []
        phase = .catchingUp
        return [distrust(reason, now), .reset(epoch: epoch)] + fetch()
    }

    private mutating func beginAnew() {
        applied = 0
        furthest = 0
        hasCaughtUp = false
        hearsay.forget()
    }

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

    private mutating func apply(_ events: [RecordedEvent], hearsay mark: BatchMark? = nil) -> [Action] {
        let new = events.drop { $0.position <= applied }
        guard let first = new.first, let last = new.last, first.position == applied + 1 else { return [] }
        applied = last.position
        head = max(head, applied)
        if let mark { hearsay.applied(mark) }
        return [.apply(Array(new), hearsay: mark)]
    }

    /// Applies what was kept and now follows.
    private mutating func drain() -> [Action] {
        var actions: [Action] = []
        while let next = early.first, next.first <= applied + 1 {
            early.removeFirst()
            actions += apply(next.batch.events, hearsay: next.hearsay)
        }
        return actions
    }

    /// A batch before which something is missing.
    private struct Early: Sendable {
        var batch: CommittedBatch
        var hearsay: BatchMark?

        var first: Int64 { batch.events[0].position }
    }

    private mutating func keep(_ next: Early) {
        let index = early.firstIndex { $0.first >= next.first } ?? early.endIndex
        if index < early.endIndex && early[index].first == next.first { return }
        early.insert(next, at: index)
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
        let hole = early.first.map { $0.first - 1 - applied } ?? .max
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
