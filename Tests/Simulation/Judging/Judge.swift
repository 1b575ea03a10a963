import Contract
import Domain
import EventLog
import Following
import Projection

/// Sees everything, takes no part, and says which promise was broken first. It knows the log from its commits and keeps
/// its own account of who owns what; what processes and clients believe is compared with that.
struct Judge {
    /// A command as it was recorded: once, unless a restore lost it and it was recorded anew.
    struct Record {
        var fingerprint: [UInt8]
        var outcome: Outcome
        var events: [FactID]
        /// The stream's last event after it: what its token means.
        var fact: FactID
        var isLost = false
    }

    private(set) var history = History()
    private(set) var ledger = Ledger()
    private(set) var room = RoomBooks()
    private(set) var waitlists: [ShowID: WaitlistBooks] = [:]
    var payments = PaymentHistory()
    private(set) var records: [CommandID: [Record]] = [:]
    private(set) var epochs = EpochHistory(epochs: [EpochHistory.Epoch(epoch: 1, startsAfter: 0)])
    private(set) var violation: Violation?
    var tally = Tally()
    /// The commits since the beginning: the ids each recorded, and the head after it.
    private var commits: [(ids: [CommandID], head: Int64)] = []
    private var lastFacts: [StreamID: FactID] = [:]
    private var lastRecordedAt = Timestamp.distantPast
    /// Attempts that a process has taken in and not answered with "it did not happen".
    private var openAttempts: [CommandID: Int] = [:]

    mutating func accuse(_ promise: Promise, _ detail: String) {
        if violation == nil { violation = Violation(promise: promise, detail: detail) }
    }

    // MARK: The log

    /// A commit added `events` and recorded the commands of the streams that were appended.
    mutating func committed(_ batch: AppendBatch, _ result: AppendResult, _ events: [RecordedEvent]) {
        var ids: [CommandID] = []
        var rest = events[...]
        for (append, outcome) in zip(batch.streams, result.streams) {
            switch outcome {
            case .conflict: tally.conflicts += 1
            case .duplicate: tally.duplicates += 1
            case .appended:
                for command in append.commands {
                    record(command, on: append.stream, rest.prefix(command.events.count))
                    rest = rest.dropFirst(command.events.count)
                    ids.append(command.id)
                }
            }
        }
        if !rest.isEmpty { accuse(.theLogIsWhole, "a commit holds events of no command") }
        tally.commits += 1
        commits.append((ids, history.position(history.head)))
    }

    private mutating func record(_ command: DecidedCommand, on stream: StreamID, _ events: ArraySlice<RecordedEvent>) {
        guard records[command.id]?.last.map(\.isLost) ?? true else {
            return accuse(.answersAreFinal, "command \(command.id) is recorded twice")
        }
        if command.principal != "system", openAttempts[command.id, default: 0] == 0 {
            accuse(.answersAreFinal, "command \(command.id) is recorded after “it never reached the log”")
        }
        var facts: [FactID] = []
        for event in events { facts.append(take(event, by: command.id)) }
        if let last = facts.last { lastFacts[stream] = last }
        judgeTurns(after: command, on: stream, facts)
        do {
            let record = Record(
                fingerprint: command.fingerprint, outcome: try Outcome(encoded: command.outcome), events: facts,
                fact: lastFacts[stream] ?? History.root)
            records[command.id, default: []].append(record)
            if record.outcome == .accepted { tally.accepted += 1 } else { tally.rejected += 1 }
        } catch {
            accuse(.answersAreFinal, "\(error)")
        }
    }

    /// Where a command has left a show's waiting list.
    private mutating func judgeTurns(after command: DecidedCommand, on stream: StreamID, _ facts: [FactID]) {
        guard let last = facts.last, case .success(let event as ShowEvent) = history[last].followed.event else {
            return
        }
        let wrong = waitlists[ShowID(stream.rawValue)]?.endCommand(
            isAnybodys: command.principal != "system", at: event.decidedAt)
        if let wrong { accuse(.inTurn, "after \(history.position(last)): \(wrong)") }
    }

    private mutating func take(_ event: RecordedEvent, by command: CommandID) -> FactID {
        let expected = history.position(history.head) + 1
        if event.position != expected {
            accuse(.theLogIsWhole, "the event after \(expected - 1) has the sequence number \(event.position)")
        }
        if event.commandID != command || event.recordedAt < lastRecordedAt {
            accuse(.theLogIsWhole, "event \(event.position) is of another command, or went back in time")
        }
        lastRecordedAt = event.recordedAt
        tally.events += 1
        let id = history.append(event)
        count(id)
        return id
    }

    /// Keeps the account of who owns what.
    private mutating func count(_ id: FactID) {
        let (recorded, followed) = (history[id].recorded, history[id].followed)
        switch followed.event {
        case .failure(let fault): accuse(.theLogIsWhole, "event \(recorded.position): \(fault)")
        case .success(let event):
            if let event = event as? RoomEvent {
                if case .claimed(let claimed) = event, room.missed.contains(where: { $0.entry == claimed.entryID }) {
                    tally.claimsRestored += 1
                }
                tally.count(event)
                if let wrong = room.apply(event, at: recorded.position) { accuse(.inTurn, wrong) }
                return
            }
            guard let event = event as? ShowEvent else {
                return accuse(.theLogIsWhole, "event \(recorded.position) is of no show")
            }
            tally.count(event)
            payments.take(event, at: recorded.position)
            let show = ShowID(recorded.stream.rawValue)
            let wrong = ledger.apply(event, of: show, version: recorded.streamVersion, at: recorded.position)
            if let wrong { accuse(.neverTwoOwners, wrong) }
            if let offer = waitlists[show].flatMap({ event.endedHold.map($0.isOffer) }), offer {
                tally.count(offer: event)
            }
            if let wrong = waitlists[show, default: WaitlistBooks()].apply(event, at: recorded.position) {
                accuse(.inTurn, wrong)
            }
            // What is left of a refund that somebody made a part of is due as well.
            if case .order(.money(let money)) = event {
                for part in money.settled {
                    guard let left = ledger.orders[money.orderID]?.refunds[part.refundID]?.amount else { continue }
                    payments.due[part.refundID, default: []].insert(left)
                    payments.dueAt[part.refundID] = recorded.position
                }
            }
        }
    }

    /// A new epoch began; the last `count` commits were lost on the way to it.
    mutating func epochRaised(_ epochs: EpochHistory, losingCommits count: Int) {
        self.epochs = epochs
        guard count > 0 else { return }
        for id in commits.suffix(count).flatMap(\.ids) {
            guard let last = records[id]?.indices.last else { continue }
            records[id]?[last].isLost = true
        }
        commits.removeLast(count)
        let left = commits.last?.head ?? 0
        for fact in history.log.dropFirst(Int(left)) {
            if case .success(let event as ShowEvent) = history[fact].followed.event { payments.lose(event) }
        }
        history.lose(after: left)
        ledger = Ledger()
        room = RoomBooks()
        waitlists = [:]
        lastFacts = [:]
        // Counted once already.
        let tally = self.tally
        defer { self.tally = tally }
        for fact in history.log {
            self.count(fact)
            lastFacts[history[fact].recorded.stream] = fact
        }
        lastRecordedAt = history.log.last.map { history[$0].recorded.recordedAt } ?? .distantPast
    }

    /// What a command node tells the replicas.
    mutating func published(_ batch: CommittedBatch) {
        do {
            try batch.validate()
        } catch {
            accuse(.theLogIsWhole, "a published batch contradicts itself: \(error)")
        }
        for event in batch.events where history.id(of: event) == nil {
            accuse(.theLogIsWhole, "event \(event.position) is published and was never committed")
        }
    }

    // MARK: Tokens

    /// A token that was given to somebody must mean what it was given for, now and after any failover.
    mutating func given(_ token: LogPosition, for fact: FactID, _ whom: @autoclosure () -> String) {
        guard let parsed = LogPosition(token.description), parsed == token else {
            return accuse(.readsAreAsFreshAsAsked, "\(whom()) is given \(token), which is no token")
        }
        guard token.position == history.position(fact) else {
            return accuse(.readsAreAsFreshAsAsked, "\(whom()) is given \(token) for \(history.position(fact))")
        }
        let verdict = epochs.judge(token)
        if verdict != (history.isInLog(fact) ? .valid : .lost) {
            accuse(.readsAreAsFreshAsAsked, "\(whom()) is given \(token), which is \(verdict)")
        }
    }

    // MARK: Attempts

    mutating func takenIn(_ id: CommandID) { openAttempts[id, default: 0] += 1 }

    mutating func neverHappened(_ id: CommandID) { openAttempts[id, default: 0] -= 1 }
}
