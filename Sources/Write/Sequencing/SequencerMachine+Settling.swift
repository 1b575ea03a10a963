import Domain
import EventLog
import OrderedCollections

// What an append came to: answers, retries, and who has waited too long.
extension SequencerMachine {
    /// The log answered for every stream of a batch.
    mutating func settle(_ batch: Batch, _ result: AppendResult) -> [Action] {
        var committed: [RecordedEvent] = []
        var actions: [Action] = []
        var undecided: [CommandID] = []
        precondition(result.streams.count == batch.count, "the log answers for every stream of a batch")
        for (stream, outcome) in zip(batch.values, result.streams) {
            switch outcome {
            case .appended(let first, let last):
                settle(stream, first: first, at: result.recordedAt, &committed, &actions)
                streams[stream.stream].lastPosition = last
                streams.didLearn(of: stream.stream)
                streams.dropIfAbsent(stream.stream)
            case .conflict(let actualVersion):
                streams[stream.stream].state.revert()
                // The log is behind what was read from it: nothing that is remembered counts.
                if actualVersion < stream.expectedVersion { streams[stream.stream].forget() }
                undecided += stream.commandIDs
                actions += reload(stream.stream)
            case .duplicate(let recorded):
                streams[stream.stream].state.revert()
                answerRecorded(recorded, &actions)
                for id in stream.commandIDs where pending[id] != nil { pending.change(id) { $0.retriesAlone = true } }
                undecided += stream.commandIDs
                // Whoever recorded them may be ahead of this state.
                actions += reload(stream.stream)
            }
        }
        if result.streams.contains(where: \.isAppended) {
            knownLog.include(position: result.head, recordedAt: result.recordedAt)
        }
        retry(undecided, countAttempt: true, &actions)
        guard !committed.isEmpty else { return actions }
        let published = CommittedBatch(
            epoch: epoch, events: committed, head: result.head, seal: BatchSeal(batch, result))
        return [.publish(published)] + actions
    }

    /// A stream of the batch is in the log: answer its commands and collect its events for the replicas.
    private mutating func settle(
        _ inFlight: StreamInFlight, first: Int64, at recordedAt: Timestamp, _ committed: inout [RecordedEvent],
        _ actions: inout [Action]
    ) {
        let stream = inFlight.stream
        var position = first
        var version = inFlight.expectedVersion
        var last = streams[stream].lastPosition
        streams[stream].state.didRecord(from: first)
        for (decision, command) in zip(inFlight.decisions, inFlight.append.commands) {
            var events: [PositionedEvent] = []
            var bytes = 0
            for (event, encoded) in zip(decision.events, decision.encoded) {
                version += 1
                committed.append(
                    RecordedEvent(
                        position: position, stream: stream, streamVersion: version, event: encoded,
                        commandID: command.id, recordedAt: recordedAt))
                events.append(PositionedEvent(position: position, event: event))
                bytes += encoded.payload.count
                last = position
                position += 1
            }
            // A proposal of the timer's has no caller, and is not pending.
            guard let settled = pending.remove(command.id) else { continue }
            let answer = RecordedAnswer(
                id: command.id, stream: stream, outcome: decision.outcome, events: events,
                token: LogPosition(epoch: epoch, position: last))
            if bytes <= limits.cachedAnswerBytesMax { answers.insert(answer, fingerprint: command.fingerprint) }
            for (index, caller) in settled.callers.enumerated() {
                actions.append(.answer(caller.ticket, .recorded(answer, replayed: index > 0)))
            }
        }
    }

    /// Answers commands by what the log says of them.
    mutating func answerRecorded(_ recorded: [RecordedCommand], _ actions: inout [Action]) {
        for record in recorded {
            guard let command = pending.remove(record.id) else { continue }
            let callers = command.callers.map(\.ticket)
            guard record.fingerprint == command.request.fingerprint else {
                actions += callers.map { .answer($0, .keyReused) }
                continue
            }
            // Whoever came first asked for it, unless it was on record before; the others repeat.
            let askers = command.mayHaveMade(record) ? callers.prefix(1) : []
            if !askers.isEmpty { actions.append(.answerRecorded(record, Array(askers), replayed: false)) }
            let others = callers.dropFirst(askers.count)
            if !others.isEmpty { actions.append(.answerRecorded(record, Array(others), replayed: true)) }
        }
    }

    /// Tells late callers that there is no answer, and gives up the commands that nobody waits for any more.
    mutating func timeOut() -> [Action] {
        let now = tickCount
        var actions: [Action] = []
        var givenUp: Set<CommandID> = []
        for command in pending.overdue(at: now) {
            let late = command.callers.filter { $0.deadline < now }
            let isGivenUp = command.place != .underWay && late.count == command.callers.count
            // Others may still wait for it: then it may yet get into the log.
            let answer = isGivenUp && !command.isInDoubt ? CommandAnswer.notRecorded(.logUnavailable) : .unknown
            actions += late.map { .answer($0.ticket, answer) }
            pending.change(command.request.id) { $0.callers.removeAll { $0.deadline < now } }
            if isGivenUp { givenUp.insert(command.request.id) }
        }
        guard !givenUp.isEmpty else { return actions }
        pending.giveUp(givenUp)
        streams.unpark(givenUp)
        return actions
    }

    /// Puts what is still unanswered back to the front of the queue, in order. What nobody waits for any more is dropped.
    mutating func retry(_ ids: [CommandID], countAttempt: Bool, _ actions: inout [Action]) {
        var again: [CommandID] = []
        for id in ids.reversed() {
            guard let command = pending[id] else { continue }
            if command.callers.isEmpty {
                _ = pending.remove(id)
            } else if countAttempt && command.attempts >= limits.attemptsMax {
                finish(id, .contended, &actions)
            } else {
                if countAttempt { pending.change(id) { $0.attempts += 1 } }
                again.append(id)
            }
        }
        pending.requeue(again.reversed(), from: .underWay)
    }
}

extension BatchSeal {
    /// Of what was appended of a batch. Nil: the log did not tell how it chained it.
    fileprivate init?(_ batch: SequencerMachine.Batch, _ result: AppendResult) {
        guard let link = result.link, link.lastPositions.count == batch.count else { return nil }
        var parts: [Part] = []
        parts.reserveCapacity(batch.count)
        for (index, (stream, outcome)) in zip(batch.values, result.streams).enumerated() where outcome.isAppended {
            parts.append(
                Part(
                    stream: stream.stream, version: stream.expectedVersion, lastPosition: link.lastPositions[index],
                    commands: .decided(stream.append.commands)))
        }
        self.init(number: link.number, previousHash: link.previousHash, hash: link.hash, parts: parts)
    }
}

extension PendingCommands.Command {
    /// Whether an append of this node may have recorded it. Only one of unknown fate can have; and what was on record
    /// when the command was first decided is an earlier request's.
    fileprivate func mayHaveMade(_ record: RecordedCommand) -> Bool {
        guard isInDoubt, let knownLog else { return false }
        return record.eventCount > 0
            ? record.position > knownLog.position : record.recordedAt > knownLog.recordedAt
    }
}
