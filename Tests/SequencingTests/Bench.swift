import Contract
import Domain
import EventLog
@testable import Sequencing
import Testing

/// A sequencer's machine on the bench: its actions are kept until a test performs them by hand.
struct Bench {
    typealias Machine = SequencerMachine<Int>

    var machine: Machine
    let log: PaperLog
    var now = Timestamp.at(1)
    /// All actions so far.
    private(set) var trace: [Machine.Action] = []
    private(set) var answers: [Int: CommandAnswer] = [:]
    private(set) var published: [CommittedBatch] = []
    private(set) var append: AppendBatch?
    /// What came of ``append``, when the log has done it and its answer is on its way.
    private(set) var appendOutcome: Result<AppendResult, AppendFailure>?
    private(set) var recovery: [CommandID]?
    private(set) var recoveryOutcome: [RecordedCommand]?
    /// `read`: what the log said, when the answer is on its way.
    private(set) var loads: [(stream: StreamID, after: Int64, read: [RecordedEvent]?)] = []
    /// Of answers in order; drained by whoever looks at each as it comes.
    var answeredTickets: [Int] = []
    private var ticketCount = 0

    var appendCount: Int { trace.count { if case .append = $0 { true } else { false } } }

    init(
        log: PaperLog = PaperLog(), knownLog: KnownLog = KnownLog(),
        _ configure: (inout SequencerLimits) -> Void = { _ in }
    ) {
        var limits = SequencerLimits()
        configure(&limits)
        self.log = log
        machine = Machine(knownLog: knownLog, limits: limits)
    }

    /// A bench with these requests done, and the log's epoch learned.
    init(
        done requests: [CommandRequest], log: PaperLog = PaperLog(),
        _ configure: (inout SequencerLimits) -> Void = { _ in }
    ) {
        self.init(log: log, configure)
        for request in requests { submit(request) }
        run()
    }

    // MARK: Inputs

    /// Returns the caller's ticket.
    @discardableResult
    mutating func submit(_ request: CommandRequest) -> Int {
        ticketCount += 1
        take(machine.submit(request, for: ticketCount))
        return ticketCount
    }

    mutating func advance() { take(machine.advance(now: now)) }

    mutating func tick(_ count: Int64 = 1) {
        for _ in 0..<count {
            take(machine.tick())
            advance()
        }
    }

    /// Lets the log do the append that is under way, and reports what came of it.
    mutating func performAppend() {
        executeAppend()
        deliverAppend()
    }

    /// Lets the log do the append; the answer is on its way.
    mutating func executeAppend() {
        guard let batch = append, appendOutcome == nil else {
            Issue.record("no append to execute")
            return
        }
        appendOutcome = Result { () throws(AppendFailure) in try log.append(batch) }
    }

    mutating func deliverAppend() {
        append = nil
        let outcome = appendOutcome
        appendOutcome = nil
        switch outcome {
        case .success(let result): take(machine.appended(result))
        case .failure(let failure): take(machine.appendFailed(failure))
        case nil: Issue.record("no answer to deliver")
        }
    }

    /// Loses the append that is under way, or its answer.
    mutating func failAppend(_ failure: AppendFailure, afterWriting: Bool = false) throws {
        guard append != nil else {
            Issue.record("no append to fail")
            return
        }
        if afterWriting { executeAppend() }
        append = nil
        appendOutcome = nil
        take(machine.appendFailed(failure))
    }

    mutating func performRecovery() {
        lookUp()
        deliverRecovery()
    }

    mutating func lookUp() {
        guard let ids = recovery else {
            Issue.record("no recovery to perform")
            return
        }
        recoveryOutcome = log.commands(ids)
    }

    mutating func deliverRecovery() {
        guard let recorded = recoveryOutcome else {
            Issue.record("no recovery to deliver")
            return
        }
        recovery = nil
        recoveryOutcome = nil
        take(machine.recovered(recorded))
    }

    mutating func failRecovery() {
        recovery = nil
        recoveryOutcome = nil
        machine.recoveryFailed()
    }

    mutating func performLoad(limit: Int = 10_000) {
        guard !loads.isEmpty else {
            Issue.record("no load to perform")
            return
        }
        readLoad(limit: limit)
        deliverLoad()
    }

    /// Reads for the oldest load; the answer is on its way.
    mutating func readLoad(limit: Int) {
        if loads[0].read == nil { loads[0].read = log.events(of: loads[0].stream, after: loads[0].after, limit: limit) }
    }

    mutating func deliverLoad() {
        let load = loads.removeFirst()
        take(machine.loaded(load.read ?? [], of: load.stream, after: load.after))
    }

    /// Answers the oldest load with these events instead of the log's.
    mutating func answerLoad(with events: [RecordedEvent]) {
        let load = loads.removeFirst()
        take(machine.loaded(events, of: load.stream, after: load.after))
    }

    mutating func failLoad() { machine.loadFailed(loads.removeFirst().stream) }

    mutating func abandon() { take(machine.abandon()) }

    /// Performs everything until nothing is left to do.
    mutating func run() {
        for _ in 0..<10_000 {
            advance()
            if append != nil {
                if appendOutcome == nil { executeAppend() }
                deliverAppend()
            } else if recovery != nil {
                performRecovery()
            } else if !loads.isEmpty {
                performLoad()
            } else {
                return
            }
        }
        Issue.record("it goes on for ever")
    }

    // MARK: Actions

    private mutating func take(_ actions: [Machine.Action]) {
        trace += actions
        for action in actions {
            switch action {
            case .append(let batch):
                #expect(append == nil && recovery == nil, "one append at a time")
                append = batch
            case .recover(let ids):
                #expect(append == nil && recovery == nil)
                recovery = ids
            case .load(let stream, let version):
                #expect(!loads.contains { $0.stream == stream }, "one load of a stream at a time")
                loads.append((stream, version, nil))
            case .publish(let batch):
                #expect(throws: Never.self) { try batch.validate() }
                published.append(batch)
            case .answer(let ticket, let answer): record(answer, for: ticket)
            case .answerRecorded(let command, let tickets, let replayed):
                #expect(!tickets.isEmpty)
                for ticket in tickets { record(answer(command, replayed: replayed), for: ticket) }
            }
        }
    }

    private mutating func record(_ answer: CommandAnswer, for ticket: Int) {
        #expect(answers[ticket] == nil, "ticket \(ticket) is answered twice")
        answers[ticket] = answer
        answeredTickets.append(ticket)
    }

    private func answer(_ command: RecordedCommand, replayed: Bool) -> CommandAnswer {
        do {
            return .recorded(try log.answer(command), replayed: replayed)
        } catch {
            return .unknown
        }
    }
}

extension PaperLog {
    /// What a node that starts now learns of it.
    var known: KnownLog { KnownLog(position: head, recordedAt: Timestamp(microseconds: recordedAt)) }

    /// The command was in a tail that is lost.
    struct Gone: Error {}

    /// What the caller of a recorded command is told.
    func answer(_ command: RecordedCommand) throws -> RecordedAnswer {
        RecordedAnswer(
            id: command.id, stream: command.stream, outcome: try Outcome(encoded: command.outcome),
            events: try (command.positions.map { Array($0) } ?? []).map { position in
                guard position <= head, events[Int(position) - 1].commandID == command.id else { throw Gone() }
                return PositionedEvent(position: position, event: try events[Int(position) - 1].event.decoded())
            },
            token: LogPosition(epoch: epoch, position: command.position))
    }
}

extension CommandAnswer {
    var recorded: RecordedAnswer? {
        if case .recorded(let answer, _) = self { answer } else { nil }
    }

    var isReplayed: Bool {
        if case .recorded(_, replayed: true) = self { true } else { false }
    }

    var outcome: Outcome? { recorded?.outcome }
}

extension AppendFailure {
    static let lost = AppendFailure.unknown(LogError(code: .unavailable, message: "connection lost"))
    static let refused = AppendFailure.notAppended(LogError(code: .unavailable, message: "connection refused"))
}
