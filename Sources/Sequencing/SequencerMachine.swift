public import Domain
public import EventLog
import Contract
import DequeModule
import OrderedCollections

/// The write path's protocol, without its IO: what is queued, which shows are known, what is under way, and what to do
/// next. Every input returns actions; whoever drives the machine performs them in order and feeds the results back.
///
/// At most one append is under way. What arrives meanwhile waits, and goes with the next: batches are as large as the
/// log is slow, and no timer is needed. `Ticket` is whatever the driver recognises a waiting caller by.
public struct SequencerMachine<Ticket: Sendable>: Sendable {
    public enum Action: Sendable {
        /// Append, then ``appended(_:)`` or ``appendFailed(_:)``.
        case append(AppendBatch)
        /// Wait for the barrier and look these ids up, then ``recovered(_:)`` or ``recoveryFailed()``.
        case recover([CommandID])
        /// Read a page of the stream after this version, then ``loaded(_:of:after:)`` or ``loadFailed(_:)``.
        case load(ShowID, after: Int64)
        /// Tell the replicas. Comes before the answers it makes true.
        case publish(CommittedBatch)
        case answer(Ticket, CommandAnswer)
        /// Read the recorded command's events and answer these callers with it.
        case answerRecorded(RecordedCommand, [Ticket], replayed: Bool)
    }

    private struct Work: Sendable {
        var request: CommandRequest
        var callers: [(ticket: Ticket, deadline: Int64)]
        var attempts = 0
        /// It is, or was, part of an append whose fate is open.
        var isUnderWay = false
    }

    private typealias Batch = OrderedDictionary<ShowID, StreamInFlight>

    private enum Phase: Sendable {
        case idle
        case appending(Batch)
        /// An append's fate is unknown; the look-up is under way.
        case recovering(Batch)
        /// The same, with the look-up failed: again at this tick.
        case recoveringLater(Batch, at: Int64)
        /// The log failed definitely: again at this tick.
        case pausing(until: Int64)
    }

    private let limits: SequencerLimits
    private var epoch: Int64 = 0
    private var phase = Phase.idle
    private var tickCount: Int64 = 0
    private var works: [CommandID: Work] = [:]
    /// May name works that are gone.
    private var queue = Deque<CommandID>()
    private var shows: ShowCache
    private var answers: AnswerCache
    private var showsToExpire: Set<ShowID> = []

    public init(limits: SequencerLimits = SequencerLimits()) {
        self.limits = limits
        shows = ShowCache(countMax: limits.cachedShowsMax)
        answers = AnswerCache(countMax: limits.cachedAnswersMax)
    }

    /// Nobody waits and nothing is under way.
    public var isIdle: Bool {
        guard case .idle = phase else { return false }
        return works.isEmpty
    }

    // MARK: Inputs

    /// Takes a command in.
    public mutating func submit(_ request: CommandRequest, for caller: Ticket) -> [Action] {
        if let known = answers[request.id] {
            return [
                .answer(
                    caller, known.fingerprint == request.fingerprint ? .recorded(known.answer, replayed: true) : .keyReused)
            ]
        }
        if let work = works[request.id] {
            guard work.request.fingerprint == request.fingerprint else { return [.answer(caller, .keyReused)] }
            guard work.callers.count < limits.callersPerCommandMax else {
                return [.answer(caller, work.isUnderWay ? .unknown : .notRecorded(.overloaded))]
            }
            works[request.id]?.callers.append((caller, tickCount + limits.deadlineTicks))
            return []
        }
        guard works.count < limits.commandsMax else { return [.answer(caller, .notRecorded(.overloaded))] }
        works[request.id] = Work(request: request, callers: [(caller, tickCount + limits.deadlineTicks)])
        queue.append(request.id)
        return []
    }

    /// Some hold of `show` is overdue: end what is over, with the next append.
    ///
    /// `ifAtHand`: only when this node has the show's state, because it has been writing to it.
    public mutating func expireHolds(of show: ShowID, ifAtHand: Bool) {
        if !ifAtHand || shows[show]?.isReady == true { showsToExpire.insert(show) }
    }

    /// Starts what can be started. Call after every input, or after a handful of them: what came together goes together.
    public mutating func advance(now: Timestamp) -> [Action] {
        guard case .idle = phase else { return [] }
        var actions: [Action] = []
        var batch: Batch = [:]
        var commandCount = 0

        for show in showsToExpire.sorted() where ready(show, &actions) {
            showsToExpire.remove(show)
            expire(show, now: now, in: &batch)
        }
        while commandCount < limits.batchCommandsMax, let id = queue.popFirst() {
            guard let work = works[id] else { continue }
            let show = work.request.show
            if case .unreadable(let at, let reason)? = shows[show]?.phase {
                finish(id, .notRecorded(.unreadableShow(at: at, reason: reason)), &actions)
                continue
            }
            guard ready(show, &actions) else {
                shows[show]?.parked.append(id)
                continue
            }
            expire(show, now: now, in: &batch)
            works[id]?.isUnderWay = true
            decide(work.request, now: now, in: &batch)
            commandCount += 1
        }
        guard !batch.isEmpty else { return actions }
        phase = .appending(batch)
        return actions + [.append(AppendBatch(epoch: epoch, streams: batch.values.map(\.append)))]
    }

    /// The append came back.
    public mutating func appended(_ result: AppendResult) -> [Action] {
        guard case .appending(let batch) = phase else { preconditionFailure("no append under way") }
        phase = .idle
        var committed: [RecordedEvent] = []
        var actions: [Action] = []
        var undecided: [CommandID] = []
        for (stream, outcome) in zip(batch.values, result.streams) {
            switch outcome {
            case .appended(let first, let last):
                settle(stream, first: first, at: result.recordedAt, &committed, &actions)
                shows[stream.show]?.lastPosition = last
            case .conflict:
                revert(stream)
                undecided += stream.commandIDs
                actions += reload(stream.show)
            case .duplicate(let recorded):
                revert(stream)
                answerRecorded(recorded, replayed: true, &actions)
                undecided += stream.commandIDs
                // Whoever recorded them may be ahead of this state.
                actions += reload(stream.show)
            }
        }
        requeue(undecided, countAttempt: true, &actions)
        guard !committed.isEmpty else { return actions }
        let trace = batch.values.lazy.compactMap(\.traceParent).first
        return [.publish(CommittedBatch(epoch: epoch, events: committed, traceParent: trace, head: result.head))] + actions
    }

    /// The append failed.
    public mutating func appendFailed(_ failure: AppendFailure) -> [Action] {
        guard case .appending(let batch) = phase else { preconditionFailure("no append under way") }
        var actions: [Action] = []
        for stream in batch.values.reversed() { revert(stream) }
        let ids = batch.values.flatMap(\.commandIDs)
        switch failure {
        case .notAppended:
            phase = .pausing(until: tickCount + limits.retryTicks)
            requeue(ids, countAttempt: false, &actions)
        case .fenced(let current):
            // What this node remembers may be of a tail that was lost.
            phase = .idle
            epoch = current
            for id in shows.removeAll().reversed() { queue.prepend(id) }
            answers.removeAll()
            requeue(ids, countAttempt: false, &actions)
        case .unknown:
            phase = .recovering(batch)
            actions.append(.recover(ids))
        }
        return actions
    }

    /// The ids of an append of unknown fate were looked up behind a barrier: these are recorded, the others are not.
    public mutating func recovered(_ recorded: [RecordedCommand]) -> [Action] {
        guard case .recovering(let batch) = phase else { preconditionFailure("no recovery under way") }
        phase = .idle
        var actions: [Action] = []
        for show in batch.keys { actions += reload(show) }
        answerRecorded(recorded, replayed: false, &actions)
        requeue(batch.values.flatMap(\.commandIDs), countAttempt: false, &actions)
        return actions
    }

    public mutating func recoveryFailed() {
        guard case .recovering(let batch) = phase else { preconditionFailure("no recovery under way") }
        phase = .recoveringLater(batch, at: tickCount + limits.retryTicks)
    }

    /// A page of a stream: at most ``SequencerLimits/loadPageEvents``, fewer only at its end.
    public mutating func loaded(_ events: [RecordedEvent], of show: ShowID, after version: Int64) -> [Action] {
        // Another version was asked for meanwhile: that answer will come.
        guard let before = shows[show], case .loading = before.phase, before.state.version == version else { return [] }
        shows[show]?.fold(events)
        guard let entry = shows[show], case .loading = entry.phase, events.count == limits.loadPageEvents else {
            for id in shows.loadEnded(show).reversed() { queue.prepend(id) }
            return []
        }
        return [.load(show, after: entry.state.version)]
    }

    /// The stream could not be read; its commands wait for the next attempt, or their deadline.
    public mutating func loadFailed(_ show: ShowID) {
        shows[show]?.phase = .unloaded(retryAt: tickCount + limits.retryTicks)
    }

    /// A tenth of a second has passed: deadlines and retries.
    public mutating func tick() -> [Action] {
        tickCount += 1
        var actions: [Action] = []
        for (id, work) in works {
            let late = work.callers.filter { $0.deadline < tickCount }
            guard !late.isEmpty else { continue }
            let answer = work.isUnderWay ? CommandAnswer.unknown : .notRecorded(.logUnavailable)
            actions += late.map { .answer($0.ticket, answer) }
            works[id]?.callers.removeAll { $0.deadline < tickCount }
            if !work.isUnderWay && late.count == work.callers.count { works[id] = nil }
        }
        for show in shows.waiting(at: tickCount) { actions += reload(show) }
        switch phase {
        case .pausing(let until) where until <= tickCount: phase = .idle
        case .recoveringLater(let batch, let at) where at <= tickCount:
            phase = .recovering(batch)
            actions.append(.recover(batch.values.flatMap(\.commandIDs)))
        case .idle, .appending, .recovering, .recoveringLater, .pausing: break
        }
        return actions
    }

    // MARK: Deciding

    /// Whether the show can be decided on now; starts reading it if nobody has.
    private mutating func ready(_ show: ShowID, _ actions: inout [Action]) -> Bool {
        if shows[show] == nil { shows.insert(show, at: tickCount) }
        shows[show]?.lastUsed = tickCount
        if case .unloaded(let retryAt)? = shows[show]?.phase, retryAt <= tickCount { actions += reload(show) }
        return shows[show]?.isReady == true
    }

    private mutating func decide(_ request: CommandRequest, now: Timestamp, in batch: inout Batch) {
        let show = request.show
        var events: [ShowEvent] = []
        var outcome = Outcome.accepted
        do {
            events = try shows[show]?.state.decide(request.command, now: now) ?? []
        } catch {
            outcome = .rejected(error)
        }
        if batch[show] == nil { batch[show] = StreamInFlight(show: show, expectedVersion: version(of: show)) }
        for event in events {
            if let undo = shows[show]?.state.evolve(event) { batch[show]?.undos.append(undo) }
        }
        batch[show]?.add(request, events, outcome)
    }

    /// Ends what is overdue, once a batch, before anything else is decided on the show.
    private mutating func expire(_ show: ShowID, now: Timestamp, in batch: inout Batch) {
        guard batch[show] == nil, let next = shows[show]?.state.nextExpiry, next <= now else { return }
        decide(
            .expiry(of: show, at: version(of: show), limit: limits.expiriesPerBatchMax), now: now, in: &batch)
    }

    private func version(of show: ShowID) -> Int64 { shows[show]?.state.version ?? 0 }

    // MARK: Settling

    /// A stream of the batch is in the log: answer its commands and collect its events for the replicas.
    private mutating func settle(
        _ stream: StreamInFlight, first: Int64, at recordedAt: Timestamp, _ committed: inout [RecordedEvent],
        _ actions: inout [Action]
    ) {
        var position = first
        var version = stream.expectedVersion
        var last = shows[stream.show]?.lastPosition ?? 0
        for (decided, encoded) in zip(stream.decisions, stream.append.commands) {
            var events: [PositionedEvent] = []
            for (event, payload) in zip(decided.events, encoded.events) {
                version += 1
                committed.append(
                    RecordedEvent(
                        position: position, stream: stream.show, streamVersion: version, event: payload,
                        commandID: encoded.id, recordedAt: recordedAt))
                events.append(PositionedEvent(position: position, event: event))
                last = position
                position += 1
            }
            guard let work = works.removeValue(forKey: encoded.id) else { continue }
            let answer = RecordedAnswer(
                id: encoded.id, show: stream.show, outcome: decided.outcome, events: events,
                token: SequenceToken(epoch: epoch, sequence: last))
            answers.insert(answer, fingerprint: encoded.fingerprint)
            for (index, caller) in work.callers.enumerated() {
                actions.append(.answer(caller.ticket, .recorded(answer, replayed: index > 0)))
            }
        }
    }

    /// Answers works by what the log says of them.
    private mutating func answerRecorded(_ recorded: [RecordedCommand], replayed: Bool, _ actions: inout [Action]) {
        for command in recorded {
            guard let work = works.removeValue(forKey: command.id) else { continue }
            if command.fingerprint == work.request.fingerprint {
                actions.append(.answerRecorded(command, work.callers.map(\.ticket), replayed: replayed))
            } else {
                actions += work.callers.map { .answer($0.ticket, .keyReused) }
            }
        }
    }

    private mutating func finish(_ id: CommandID, _ answer: CommandAnswer, _ actions: inout [Action]) {
        guard let work = works.removeValue(forKey: id) else { return }
        actions += work.callers.map { .answer($0.ticket, answer) }
    }

    /// Takes back what was decided and did not get into the log.
    private mutating func revert(_ stream: StreamInFlight) {
        for undo in stream.undos.reversed() { shows[stream.show]?.state.revert(undo) }
    }

    private mutating func reload(_ show: ShowID) -> [Action] {
        guard shows[show] != nil else { return [] }
        shows[show]?.phase = .loading
        return [.load(show, after: version(of: show))]
    }

    /// Puts what is still unanswered back to the front, in order. What nobody waits for any more is dropped.
    private mutating func requeue(_ ids: [CommandID], countAttempt: Bool, _ actions: inout [Action]) {
        for id in ids.reversed() {
            guard let work = works[id] else { continue }
            if work.callers.isEmpty {
                works[id] = nil
            } else if countAttempt && work.attempts >= limits.attemptsMax {
                finish(id, .notRecorded(.contended), &actions)
            } else {
                works[id]?.attempts += countAttempt ? 1 : 0
                works[id]?.isUnderWay = false
                queue.prepend(id)
            }
        }
    }

}
