import Contract
import Domain
import EventLog
import Following
import Projection
import Deadlines
import Sequencing

/// What `Sequencer` does around its machine, with a crash possible between any two actions.
extension World {
    private typealias Machine = SequencerMachine<Int>

    private static let tickInterval = Moment.milliseconds(100)
    private static let headInterval = Moment.seconds(1)

    func startSequencer(_ process: Int) {
        processes[process].sequencer = SequencerDriver()
        ask(.head, from: process, for: .firstEpoch)
    }

    /// Puts an input into the inbox. What comes within a moment is handled together.
    func push(_ input: SequencerDriver.Input, to process: Int) {
        processes[process].sequencer.inbox.append(input)
        guard !processes[process].sequencer.isAwake, processes[process].sequencer.machine != nil else { return }
        processes[process].sequencer.isAwake = true
        plan(.sequencerWakes(process, life: processes[process].life), in: random.moment(1...60))
    }

    func wakeSequencer(_ process: Int) {
        let life = processes[process].life
        processes[process].sequencer.isAwake = false
        let inputs = processes[process].sequencer.inbox
        processes[process].sequencer.inbox = []
        for input in inputs {
            perform(handle(input, process), process)
            guard isAlive(process, life) else { return }
        }
        let now = clock(of: process)
        perform(processes[process].sequencer.machine?.advance(now: now) ?? [], process)
    }

    func tickSequencer(_ process: Int) {
        plan(.sequencerTicks(process, life: processes[process].life), in: Self.tickInterval)
        push(.tick, to: process)
        proposeDeadlines(process)
        stateHead(process)
    }

    /// `DeadlineTimer`.
    private func proposeDeadlines(_ process: Int) {
        // Else hardly any offer would still be there when somebody asks for something.
        guard planted != .keptOffer else { return }
        let now = clock(of: process)
        let overdue = processes[process].follower.deadlines?.read { deadlines, _ in deadlines.overdue(at: now) } ?? [:]
        for (stream, since) in overdue.sorted(by: { $0.key < $1.key }) {
            let waited = now.microseconds - since.microseconds
            push(.meetDeadlines(stream, onlyIfCached: waited < DeadlineTimer.grace), to: process)
        }
    }

    /// The publisher states the head when it has been silent for a while.
    private func stateHead(_ process: Int) {
        guard let head = processes[process].sequencer.head,
            now - processes[process].sequencer.toldAt >= Self.headInterval
        else { return }
        processes[process].sequencer.toldAt = now
        tell(CommittedBatch(head: head), from: process)
    }

    private func handle(_ input: SequencerDriver.Input, _ process: Int) -> [Machine.Action] {
        switch input {
        case .submit(let attempt):
            return processes[process].sequencer.machine?.submit(attempts[attempt].request, for: attempt) ?? []
        case .appended(.success(let result)): return processes[process].sequencer.machine?.appended(result) ?? []
        case .appended(.failure(let failure)):
            return processes[process].sequencer.machine?.appendFailed(failure) ?? []
        case .recovered(let commands):
            judge.tally.recoveries += 1
            return processes[process].sequencer.machine?.recovered(commands) ?? []
        case .recoveryFailed: processes[process].sequencer.machine?.recoveryFailed()
        case .loaded(let events, let stream, let version):
            return processes[process].sequencer.machine?.loaded(events, of: stream, after: version) ?? []
        case .loadFailed(let stream): processes[process].sequencer.machine?.loadFailed(stream)
        case .meetDeadlines(let stream, let onlyIfCached):
            processes[process].sequencer.machine?.meetDeadlines(of: stream, onlyIfCached: onlyIfCached)
        case .enter(let epoch): processes[process].sequencer.machine?.enter(epoch: epoch)
        case .tick: return processes[process].sequencer.machine?.tick() ?? []
        }
        return []
    }

    private func perform(_ actions: [Machine.Action], _ process: Int) {
        for action in actions {
            if strikes(\.crashAtAction) {
                countCrash(before: action)
                return crash(process)
            }
            perform(action, process)
        }
    }

    private func countCrash(before action: Machine.Action) {
        switch action {
        case .append: judge.tally.crashesBeforeAppend += 1
        case .publish: judge.tally.crashesBeforePublish += 1
        case .answer, .answerRecorded: judge.tally.crashesBeforeAnswer += 1
        case .recover, .load: break
        }
    }

    private func perform(_ action: Machine.Action, _ process: Int) {
        switch action {
        case .append(let batch):
            note("append by", process, Int64(batch.streams.reduce(0) { $0 + $1.commands.count }), batch.epoch)
            ask(.append(misdecided(batch)), from: process, for: .append)
            // The attempt goes on without whoever made it.
            if strikes(\.crashAtAction) {
                judge.tally.crashesDuringAppend += 1
                plan(.processCrashes(process, life: processes[process].life), in: random.moment(scenario.logTime))
            }
        case .recover(let ids): ask(.barrier, from: process, for: .barrier(looksUp: ids))
        case .load(let stream, let version):
            let limit = processes[process].sequencerLimits.loadPageEvents
            ask(.stream(stream, after: version, limit: limit), from: process, for: .load(stream, after: version))
        case .publish(let batch): publish(batch, from: process)
        case .answer(let attempt, let answer):
            respond(answer, to: attempt)
            if strikes(\.crashAtAction) {
                judge.tally.crashesAfterAnswer += 1
                plan(.processCrashes(process, life: processes[process].life), in: 1)
            }
        case .answerRecorded(let command, let attempts, let replayed):
            ask(.epochs, from: process, for: .answerEpochs(command, attempts: attempts, replayed: replayed))
        }
    }

    private func publish(_ batch: CommittedBatch, from process: Int) {
        note("publish by", process, batch.events.first?.position ?? 0, batch.head)
        judge.published(batch)
        processes[process].sequencer.toldAt = now
        learnHead(LogPosition(epoch: batch.epoch, position: batch.head), process)
        tell(batch, from: process)
    }

    private func learnHead(_ head: LogPosition, _ process: Int) {
        if let known = processes[process].sequencer.head,
            (head.epoch, head.position) <= (known.epoch, known.position)
        {
            return
        }
        processes[process].sequencer.head = head
    }

    // MARK: What the log said

    func takeForSequencer(_ reply: LogReply, _ process: Int, _ purpose: Asker.Purpose) {
        switch (purpose, reply) {
        case (.firstEpoch, .head(let head)):
            learnHead(head, process)
            tell(CommittedBatch(head: head), from: process)
            startMachine(process, head)
        case (.firstEpoch, _): startMachine(process, nil)
        case (.append, .append(let result)): push(.appended(result), to: process)
        case (.barrier(let ids), .barrierPassed): ask(.commands(ids), from: process, for: .lookUp)
        case (.lookUp, .commands(let commands)): push(.recovered(commands), to: process)
        case (.barrier, _), (.lookUp, _): push(.recoveryFailed, to: process)
        case (.load(let stream, let version), .events(let events)):
            push(.loaded(events, of: stream, after: version), to: process)
        case (.load(let stream, _), _): push(.loadFailed(stream), to: process)
        case (.answerEpochs(let command, let attempts, let replayed), .epochs(let epochs)):
            // Its events are read, or, where there are none, whether it is still there.
            let call =
                command.positions.map { LogCall.events(after: $0.lowerBound - 1, limit: $0.count) }
                ?? .commands([command.id])
            ask(
                call, from: process,
                for: .answerContent(command, attempts: attempts, replayed: replayed, epochs: epochs))
        case (.answerContent(let command, let attempts, let replayed, let epochs), .events(let events)):
            respond(to: attempts, replayed) { try RecordedAnswer(command, epochs: epochs, events: events) }
        case (.answerContent(let command, let attempts, let replayed, let epochs), .commands(let commands)):
            respond(to: attempts, replayed) { try RecordedAnswer(command, epochs: epochs, still: commands) }
        case (.answerEpochs(_, let attempts, _), _), (.answerContent(_, let attempts, _, _), _):
            for attempt in attempts { respond(.unknown, to: attempt) }
        default: preconditionFailure("the log answered another question")
        }
    }

    private func startMachine(_ process: Int, _ head: LogPosition?) {
        let limits = processes[process].sequencerLimits
        processes[process].sequencer.machine = Machine(
            epoch: head?.epoch ?? 0, knownLog: KnownLog(position: head?.position ?? 0), limits: limits)
        processes[process].sequencer.isAwake = true
        plan(.sequencerWakes(process, life: processes[process].life), in: 1)
    }

    /// The answer of a recorded command, from the log's own words.
    private func respond(to attempts: [Int], _ replayed: Bool, _ answer: () throws -> RecordedAnswer) {
        do {
            let answer = try answer()
            for attempt in attempts { respond(.recorded(answer, replayed: replayed), to: attempt) }
        } catch is LogError {
            for attempt in attempts { respond(.unknown, to: attempt) }
        } catch {
            judge.accuse(.theLogIsWhole, "\(error)")
        }
    }
}
