import Domain
import EventLog
import OrderedCollections

// What goes into the next append: overdue deadlines first, then the queue.
extension SequencerMachine {
    /// Decides what can be decided now, at most ``SequencerLimits/batchCommandsMax`` commands.
    mutating func nextBatch(now: Timestamp, _ actions: inout [Action]) -> Batch {
        var batch: Batch = [:]
        var commandCount = 0
        var deadlineRoom = limits.deadlinesPerBatchMax
        // Commands that have to wait for the next append, in order.
        var later: [CommandID] = []
        var absent: Set<StreamID> = []
        streams.makeRoom(at: tickCount)

        for stream in overdueStreams.sorted() {
            guard case .ready = use(stream, &actions) else { continue }
            if meetDeadlines(of: stream, now: now, room: &deadlineRoom, in: &batch) { overdueStreams.remove(stream) }
        }
        while commandCount < limits.batchCommandsMax, let command = pending.next() {
            let id = command.request.id
            let stream = command.request.stream
            let phase = use(stream, &actions)
            switch phase {
            case .ready: break
            case .unreadable(let at, let reason):
                finish(id, .unreadableStream(at: at, reason: reason), &actions)
                continue
            case .unloaded, .loading, .outdated:
                // Began just now, so after the command came.
                if case .unloaded = phase, streams[stream].isLoading { pending.change(id) { $0.asksTheLog = true } }
                pending.park(id)
                streams[stream].parked.append(id)
                continue
            }
            guard meetDeadlines(of: stream, now: now, room: &deadlineRoom, in: &batch),
                command.retriesAlone || batch[stream]?.acceptsOnlyRetries != true
            else {
                later.append(id)
                continue
            }
            pending.begin(id, knowing: knownLog)
            let decision = streams[stream].state.decide(command.request.command, now: now)
            if streams[stream].state.version == 0, case .rejected(let rejection) = decision.outcome,
                rejection.code.isAbsence
            {
                refuse(command, rejection, &actions)
                absent.insert(stream)
                continue
            }
            add(command.request, decision, to: &batch)
            if command.retriesAlone { batch[stream]?.acceptsOnlyRetries = true }
            commandCount += 1
        }
        pending.postpone(later)
        for stream in absent where batch[stream] == nil { streams.dropIfAbsent(stream) }
        return batch
    }

    /// Refuses a command on a stream that has no event, unrecorded. Another node may have begun the stream since it was read:
    /// so it is read anew, unless that was after the command came.
    private mutating func refuse(
        _ command: PendingCommands<Ticket>.Command, _ rejection: Rejection, _ actions: inout [Action]
    ) {
        let id = command.request.id
        guard !command.asksTheLog else { return finish(id, .nothingThere(rejection), &actions) }
        pending.change(id) { $0.asksTheLog = true }
        pending.repark(id)
        streams[command.request.stream].parked.append(id)
        if !streams[command.request.stream].isLoading { actions += reload(command.request.stream) }
    }

    /// The phase of a stream that is to be decided on now; starts reading it if nobody has.
    private mutating func use(_ stream: StreamID, _ actions: inout [Action]) -> StreamCache.Entry.Phase {
        let phase = streams.use(stream, at: tickCount)
        if case .unloaded(let retryAt) = phase, retryAt <= tickCount { actions += reload(stream) }
        return phase
    }

    /// Records what is overdue, before anything else is decided on the stream. False: more is overdue than one append may
    /// record, and the stream's commands wait until it is recorded: deciding around a mass of it is slow.
    private mutating func meetDeadlines(
        of stream: StreamID, now: Timestamp, room: inout Int, in batch: inout Batch
    ) -> Bool {
        guard isOverdue(stream, now) else { return true }
        guard room > 0 else { return false }
        // The id comes from the version it is decided on, so two nodes that propose it at once propose the same.
        let version = streams[stream].state.version
        let (command, decision) = streams[stream].state.decideDeadlines(limit: room, now: now)
        precondition(!decision.events.isEmpty, "what is overdue on \(stream) is recorded by its deadline command")
        let request = CommandRequest(bySystem: command, on: stream, named: "expire/\(stream)/\(version)")
        add(request, decision, to: &batch)
        room -= decision.events.count
        return !isOverdue(stream, now)
    }

    private func isOverdue(_ stream: StreamID, _ now: Timestamp) -> Bool {
        guard let next = streams[stream].state.nextDeadline else { return false }
        return next <= now
    }

    private mutating func add(_ request: CommandRequest, _ decision: Decision, to batch: inout Batch) {
        batch[
            request.stream,
            default: StreamInFlight(
                stream: request.stream,
                expectedVersion: streams[request.stream].state.version - Int64(decision.events.count))
        ].add(request, decision)
    }

    /// Answers a command that goes no further.
    mutating func finish(_ id: CommandID, _ reason: NotRecorded, _ actions: inout [Action]) {
        guard let command = pending.remove(id) else { preconditionFailure("command \(id) is pending") }
        actions += command.callers.map { .answer($0.ticket, command.isInDoubt ? .unknown : .notRecorded(reason)) }
    }

    mutating func reload(_ stream: StreamID) -> [Action] {
        guard streams.contains(stream) else { return [] }
        streams[stream].phase = .loading
        return [.load(stream, after: streams[stream].state.version)]
    }
}
