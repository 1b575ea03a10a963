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
        /// It is part of an append whose fate is open.
        var isUnderWay = false
        /// It was part of an append whose fate was unknown, and was not in the log behind the barrier. Should that
        /// attempt still be on its way, "it never reached the log" may yet turn out wrong.
        var isInDoubt = false
        /// A duplicate beside it made the log refuse it: it goes again without newcomers, who might bring another.
        var isSetBack = false
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
    private var epoch: Int64
    /// The newest epoch that anybody told of; ahead of ``epoch`` while an append of the old one is under way.
    private var heardEpoch: Int64 = 0
    private var phase = Phase.idle
    private var tickCount: Int64 = 0
    private var works: [CommandID: Work] = [:]
    /// Every work is in exactly one place: here, parked with its show, or under way.
    private var queue = Deque<CommandID>()
    private var shows: ShowCache
    private var answers: AnswerCache
    private var showsToExpire: Set<ShowID> = []

    /// - Parameter epoch: the log's; if it is another, the first append brings the right one.
    public init(epoch: Int64 = 0, limits: SequencerLimits = SequencerLimits()) {
        self.epoch = epoch
        self.limits = limits
        shows = ShowCache(countMax: limits.cachedShowsMax)
        answers = AnswerCache(countMax: limits.cachedAnswersMax)
    }

    /// Nobody waits for an answer, and no append is under way.
    public var isIdle: Bool {
        if case .appending = phase { return false }
        return works.values.allSatisfy(\.callers.isEmpty)
    }

    var queuedCount: Int { queue.count }
    var cachedShowCount: Int { shows.count }

    // MARK: Inputs

    /// Takes a command in.
    public mutating func submit(_ request: CommandRequest, for caller: Ticket) -> [Action] {
        if let known = answers[request.id] {
            return [
                .answer(
                    caller,
                    known.fingerprint == request.fingerprint ? .recorded(known.answer, replayed: true) : .keyReused)
            ]
        }
        if let work = works[request.id] {
            guard work.request.fingerprint == request.fingerprint else { return [.answer(caller, .keyReused)] }
            guard work.callers.count < limits.callersPerCommandMax else {
                // The command itself goes on: "it did not happen" would be a guess.
                return [.answer(caller, .unknown)]
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

    /// The log is in this epoch, as somebody else learnt. What is under way will be fenced, or was in time.
    public mutating func enter(epoch current: Int64) {
        guard current > epoch else { return }
        heardEpoch = max(heardEpoch, current)
        guard case .idle = phase else { return answers.removeAll() }
        forget(enteringEpoch: current)
    }

    /// Starts what can be started. Call after every input, or after a handful of them: what came together goes together.
    public mutating func advance(now: Timestamp) -> [Action] {
        guard case .idle = phase else { return [] }
        var actions: [Action] = []
        var batch: Batch = [:]
        var commandCount = 0
        var expiryRoom = limits.expiriesPerBatchMax
        // Commands that have to wait for the next append, in order.
        var later: [CommandID] = []

        for show in showsToExpire.sorted() where ready(show, &actions) {
            if expire(show, now: now, room: &expiryRoom, in: &batch) { showsToExpire.remove(show) }
        }
        while commandCount < limits.batchCommandsMax, let id = queue.popFirst() {
            guard let work = works[id] else { continue }
            let show = work.request.show
            if case .unreadable(let at, let reason)? = shows[show]?.phase {
                finish(id, .unreadableShow(at: at, reason: reason), &actions)
                continue
            }
            guard ready(show, &actions) else {
                shows[show]?.parked.append(id)
                continue
            }
            guard expire(show, now: now, room: &expiryRoom, in: &batch),
                work.isSetBack || batch[show]?.isClosedToNewcomers != true
            else {
                later.append(id)
                continue
            }
            works[id]?.isUnderWay = true
            decide(work.request, now: now, in: &batch)
            if work.isSetBack { batch[show]?.isClosedToNewcomers = true }
            commandCount += 1
        }
        for id in later.reversed() { queue.prepend(id) }
        guard !batch.isEmpty else { return actions }
        phase = .appending(batch)
        return actions + [.append(AppendBatch(epoch: epoch, streams: batch.values.map(\.append)))]
    }

    /// The append came back.
    public mutating func appended(_ result: AppendResult) -> [Action] {
        guard case .appending(let batch) = phase else { preconditionFailure("no append under way") }
        phase = .idle
        // It may have been of a tail that was lost before this was heard: it is answered, and not remembered.
        defer { if heardEpoch > epoch { forget(enteringEpoch: heardEpoch) } }
        var committed: [RecordedEvent] = []
        var actions: [Action] = []
        var undecided: [CommandID] = []
        precondition(result.streams.count == batch.count, "the log answers for every stream of a batch")
        for (stream, outcome) in zip(batch.values, result.streams) {
            switch outcome {
            case .appended(let first, let last):
                settle(stream, first: first, at: result.recordedAt, &committed, &actions)
                shows[stream.show]?.lastPosition = last
            case .conflict(let actualVersion):
                revert(stream)
                // The log is behind what was read from it: nothing that is remembered counts.
                if actualVersion < stream.expectedVersion { shows[stream.show]?.forget() }
                undecided += stream.commandIDs
                actions += reload(stream.show)
            case .duplicate(let recorded):
                revert(stream)
                answerRecorded(recorded, replayed: true, &actions)
                for id in stream.commandIDs { works[id]?.isSetBack = true }
                undecided += stream.commandIDs
                // Whoever recorded them may be ahead of this state.
                actions += reload(stream.show)
            }
        }
        requeue(undecided, countAttempt: true, &actions)
        guard !committed.isEmpty else { return actions }
        let trace = batch.values.lazy.compactMap(\.traceParent).first
        return [.publish(CommittedBatch(epoch: epoch, events: committed, traceParent: trace, head: result.head))]
            + actions
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
            phase = .idle
            forget(enteringEpoch: current)
            requeue(ids, countAttempt: false, &actions)
        case .unknown:
            for id in ids { works[id]?.isInDoubt = true }
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
        switch shows[show]?.phase {
        case .loading where version == self.version(of: show): shows[show]?.fold(events)
        case .loading, .outdated: return reload(show)
        case .unloaded, .ready, .unreadable, nil: return []
        }
        if case .loading? = shows[show]?.phase, events.count == limits.loadPageEvents { return reload(show) }
        for id in shows.loadEnded(show).reversed() { queue.prepend(id) }
        return []
    }

    /// The stream could not be read; its commands wait for the next attempt, or their deadline.
    public mutating func loadFailed(_ show: ShowID) {
        shows[show]?.phase = .unloaded(retryAt: tickCount + limits.retryTicks)
    }

    /// A tenth of a second has passed: deadlines and retries.
    public mutating func tick() -> [Action] {
        tickCount += 1
        var actions = timeOut()
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

    /// Answers everybody who still waits; nothing more will come. For a driver that has to stop at once.
    public mutating func abandon() -> [Action] {
        var actions: [Action] = []
        for (id, work) in works.sorted(by: { $0.key < $1.key }) {
            let answer = work.isUnderWay || work.isInDoubt ? CommandAnswer.unknown : .notRecorded(.shuttingDown)
            actions += work.callers.map { .answer($0.ticket, answer) }
            works[id]?.callers = []
        }
        return actions
    }

    /// What this node remembers, or is just reading, may be of a tail that was lost.
    private mutating func forget(enteringEpoch current: Int64) {
        epoch = current
        for id in shows.forgetAll().reversed() { queue.prepend(id) }
        answers.removeAll()
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

    /// Ends what is overdue, before anything else is decided on the show. False: more is overdue than one append may end,
    /// and the show's commands wait until it has ended: deciding around a mass of overdue holds is slow.
    private mutating func expire(_ show: ShowID, now: Timestamp, room: inout Int, in batch: inout Batch) -> Bool {
        guard isOverdue(show, now) else { return true }
        guard batch[show] == nil, room > 0 else { return false }
        decide(.expiry(of: show, at: version(of: show), limit: room), now: now, in: &batch)
        room -= batch[show]?.undos.count ?? 0
        return !isOverdue(show, now)
    }

    private func isOverdue(_ show: ShowID, _ now: Timestamp) -> Bool {
        guard let next = shows[show]?.state.nextExpiry else { return false }
        return next <= now
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
                shows[stream.show]?.state.locate(event, at: position)
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
            let callers = work.callers.map(\.ticket)
            guard command.fingerprint == work.request.fingerprint else {
                actions += callers.map { .answer($0, .keyReused) }
                continue
            }
            // Whoever came first asked; the others repeat.
            let askers = replayed ? [] : callers.prefix(1)
            if !askers.isEmpty { actions.append(.answerRecorded(command, Array(askers), replayed: false)) }
            let others = callers.dropFirst(askers.count)
            if !others.isEmpty { actions.append(.answerRecorded(command, Array(others), replayed: true)) }
        }
    }

    /// Answers a command that goes no further.
    private mutating func finish(_ id: CommandID, _ reason: NotRecorded, _ actions: inout [Action]) {
        guard let work = works.removeValue(forKey: id) else { return }
        actions += work.callers.map { .answer($0.ticket, work.isInDoubt ? .unknown : .notRecorded(reason)) }
    }

    /// Tells late callers that there is no answer, and gives up the commands that nobody waits for any more.
    private mutating func timeOut() -> [Action] {
        let now = tickCount
        var actions: [Action] = []
        var givenUp: Set<CommandID> = []
        // In an order that is the same in every run.
        for id in works.filter({ $0.value.callers.contains { $0.deadline < now } }).keys.sorted() {
            guard let work = works[id] else { continue }
            let late = work.callers.filter { $0.deadline < now }
            let isGivenUp = !work.isUnderWay && late.count == work.callers.count
            // Others may still wait for it: then it may yet get into the log.
            let answer = isGivenUp && !work.isInDoubt ? CommandAnswer.notRecorded(.logUnavailable) : .unknown
            actions += late.map { .answer($0.ticket, answer) }
            works[id]?.callers.removeAll { $0.deadline < now }
            if isGivenUp { givenUp.insert(id) }
        }
        guard !givenUp.isEmpty else { return actions }
        for id in givenUp { works[id] = nil }
        queue.removeAll(where: givenUp.contains)
        shows.unpark(givenUp)
        return actions
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
                finish(id, .contended, &actions)
            } else {
                works[id]?.attempts += countAttempt ? 1 : 0
                works[id]?.isUnderWay = false
                queue.prepend(id)
            }
        }
    }
}

extension SequencerMachine.Action: Equatable where Ticket: Equatable {}
