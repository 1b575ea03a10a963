public import Contract
public import Domain
public import EventLog
import OrderedCollections

/// The write path's protocol, without its IO: what is queued, which streams are known, what is under way, and what to do
/// next. Every input returns actions; whoever drives the machine performs them in order and feeds the results back.
///
/// At most one append is under way. What arrives meanwhile waits, and goes with the next. Batch size grows with append
/// latency, so no timer is needed. `Ticket` is whatever the driver recognises a waiting caller by.
public struct SequencerMachine<Ticket: Sendable>: Sendable {
    public enum Action: Sendable {
        /// Append, then ``appended(_:)`` or ``appendFailed(_:)``.
        case append(AppendBatch)
        /// Wait for the barrier and look these ids up, then ``recovered(_:)`` or ``recoveryFailed()``.
        case recover([CommandID])
        /// Read a page of the stream after this version, then ``loaded(_:of:after:)`` or ``loadFailed(_:)``.
        case load(StreamID, after: Int64)
        /// Tell the replicas. Comes before the answers it makes true.
        case publish(CommittedBatch)
        case answer(Ticket, CommandAnswer)
        /// Read the recorded command's events and answer these callers with it.
        case answerRecorded(RecordedCommand, [Ticket], replayed: Bool)
    }

    typealias Batch = OrderedDictionary<StreamID, StreamInFlight>

    enum Phase: Sendable {
        /// → appending
        case idle
        /// → idle; pausing after a definite failure; recovering after an unknown one
        case appending(Batch)
        /// An append's fate is unknown; the look-up is under way. → idle, recoveringLater
        case recovering(Batch)
        /// The look-up failed: again at this tick. → recovering
        case recoveringLater(Batch, at: Int64)
        /// The log failed definitely: again at this tick. → idle
        case pausing(until: Int64)
    }

    let limits: SequencerLimits
    var epoch: Int64
    /// The newest epoch that anybody told of; ahead of ``epoch`` while an append of the old one is under way.
    var heardEpoch: Int64 = 0
    var phase = Phase.idle
    var tickCount: Int64 = 0
    var pending: PendingCommands<Ticket>
    var streams: StreamCache
    var answers: AnswerCache
    var overdueStreams: Set<StreamID> = []
    var knownLog: KnownLog

    /// - Parameters:
    ///   - epoch: the log's; if it is another, the first append brings the right one.
    ///   - knownLog: how far the log goes, as far as that is known: it tells a replay from an answer.
    public init(
        epoch: Int64 = 0, knownLog: KnownLog = KnownLog(), limits: SequencerLimits = SequencerLimits(),
        aggregates: AggregateCatalogue = .product
    ) {
        self.epoch = epoch
        self.limits = limits
        self.knownLog = knownLog
        pending = PendingCommands(countMax: limits.commandsMax, callersMax: limits.callersPerCommandMax)
        streams = StreamCache(countMax: limits.cachedStreamsMax, aggregates: aggregates)
        answers = AnswerCache(countMax: limits.cachedAnswersMax)
    }

    /// Nobody waits for an answer, and no append is under way.
    public var isIdle: Bool {
        if case .appending = phase { return false }
        return pending.isSilent
    }

    var queuedCount: Int { pending.queuedCount }
    /// Commands that are not answered yet, and those whose callers gave up while they were under way.
    var pendingCount: Int { pending.count }
    var cachedAnswerCount: Int { answers.count }
    var cachedStreamCount: Int { streams.count }

    /// The commands of the append under way that are traced, in order.
    var tracedCommands: [TracedCommand] {
        guard case .appending(let batch) = phase else { return [] }
        return batch.values.flatMap(\.traces)
    }

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
        switch pending.submit(request, for: caller, deadline: tickCount + limits.deadlineTicks) {
        case .accepted: return []
        case .keyReused: return [.answer(caller, .keyReused)]
        // The command itself goes on: "it did not happen" would be a guess.
        case .tooManyCallers: return [.answer(caller, .unknown)]
        case .full: return [.answer(caller, .notRecorded(.overloaded))]
        }
    }

    /// Something on `stream` is overdue: record it with the next append.
    ///
    /// - Parameter onlyIfCached: only when this node has the stream's state, because it has been writing to it.
    public mutating func meetDeadlines(of stream: StreamID, onlyIfCached: Bool) {
        if !onlyIfCached || streams.isReady(stream) { overdueStreams.insert(stream) }
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
        let batch = nextBatch(now: now, &actions)
        guard !batch.isEmpty else { return actions }
        phase = .appending(batch)
        return actions + [.append(AppendBatch(epoch: epoch, streams: batch.values.map(\.append)))]
    }

    /// The append came back.
    public mutating func appended(_ result: AppendResult) -> [Action] {
        guard case .appending(let batch) = phase else { preconditionFailure("an append is under way") }
        phase = .idle
        // It may have been of a tail that was lost before this was heard: it is answered, and not remembered.
        defer { if heardEpoch > epoch { forget(enteringEpoch: heardEpoch) } }
        return settle(batch, result)
    }

    /// The append failed.
    public mutating func appendFailed(_ failure: AppendFailure) -> [Action] {
        guard case .appending(let batch) = phase else { preconditionFailure("an append is under way") }
        var actions: [Action] = []
        for stream in batch.keys { streams[stream].state.revert() }
        let ids = batch.values.flatMap(\.commandIDs)
        switch failure {
        case .notAppended:
            phase = .pausing(until: tickCount + limits.retryTicks)
            retry(ids, countAttempt: false, &actions)
        case .fenced(let current):
            phase = .idle
            forget(enteringEpoch: current)
            retry(ids, countAttempt: false, &actions)
        case .unknown:
            for id in ids where pending[id] != nil { pending.change(id) { $0.isInDoubt = true } }
            phase = .recovering(batch)
            actions.append(.recover(ids))
        }
        return actions
    }

    /// The ids of an append of unknown fate were looked up behind a barrier: these are recorded, the others are not.
    public mutating func recovered(_ recorded: [RecordedCommand]) -> [Action] {
        guard case .recovering(let batch) = phase else { preconditionFailure("a recovery is under way") }
        phase = .idle
        var actions: [Action] = []
        for stream in batch.keys { actions += reload(stream) }
        answerRecorded(recorded, &actions)
        retry(batch.values.flatMap(\.commandIDs), countAttempt: false, &actions)
        return actions
    }

    public mutating func recoveryFailed() {
        guard case .recovering(let batch) = phase else { preconditionFailure("a recovery is under way") }
        phase = .recoveringLater(batch, at: tickCount + limits.retryTicks)
    }

    /// A page of a stream: at most ``SequencerLimits/loadPageEvents``, fewer only at its end.
    public mutating func loaded(_ events: [RecordedEvent], of stream: StreamID, after version: Int64) -> [Action] {
        switch streams.phase(of: stream) {
        case .loading where version == streams[stream].state.version:
            streams[stream].fold(events)
            if let last = events.last { knownLog.include(position: last.position, recordedAt: last.recordedAt) }
        case .loading, .outdated: return reload(stream)
        case .unloaded, .ready, .unreadable, nil: return []
        }
        if case .loading = streams[stream].phase, events.count == limits.loadPageEvents { return reload(stream) }
        streams.didLearn(of: stream)
        let waiting = streams.loadEnded(stream)
        if waiting.isEmpty { streams.dropIfAbsent(stream) }
        pending.requeue(waiting, from: .parked)
        return []
    }

    /// The stream could not be read; its commands wait for the next attempt, or their deadline.
    public mutating func loadFailed(_ stream: StreamID) {
        guard streams.contains(stream) else { return }
        streams[stream].phase = .unloaded(retryAt: tickCount + limits.retryTicks)
    }

    /// A tenth of a second has passed: deadlines and retries.
    public mutating func tick() -> [Action] {
        tickCount += 1
        var actions = timeOut()
        for stream in streams.waiting(at: tickCount) { actions += reload(stream) }
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
        for command in pending.sorted {
            let isUndecided = command.place == .underWay || command.isInDoubt
            let answer = isUndecided ? CommandAnswer.unknown : .notRecorded(.shuttingDown)
            actions += command.callers.map { .answer($0.ticket, answer) }
            pending.change(command.request.id) { $0.callers = [] }
        }
        return actions
    }

    /// What this node remembers, or is just reading, may be of a tail that was lost.
    private mutating func forget(enteringEpoch current: Int64) {
        epoch = current
        knownLog = KnownLog()
        pending.requeue(streams.forgetAll(), from: .parked)
        pending.forgetLog()
        answers.removeAll()
    }
}

extension SequencerMachine.Action: Equatable where Ticket: Equatable {}
