import Contract
import Domain
import EventLog
import Failpoints
import Logging
import Metrics
import Traces

/// What the sequencer's thread owns and does: takes what was submitted, decides, appends, publishes and answers.
///
/// One turn ends an append and begins the next one before it tells anybody what the last one came to: PostgreSQL works
/// while this thread answers.
final class SequencerLoop {
    typealias Machine = SequencerMachine<Caller>

    /// What the loop leaves to tasks, because it waits for the log.
    enum Job: Sendable {
        case recover([CommandID])
        case load(StreamID, after: Int64)
        case answer(RecordedCommand, [Caller], replayed: Bool)
    }

    private static let tick = Duration.milliseconds(100)
    /// Ticks that one turn makes up for: what beginning an append may take. A process that stood still for longer goes on
    /// where it was.
    private static let ticksPerTurnMax = 30
    /// How long the longest step counts, once or twice: several looks of whoever collects metrics.
    private static let stepWindow = Duration.seconds(60)

    private var machine: Machine
    private let inbox: SequencerInbox
    private let session: any AppendSession
    private let jobs: AsyncStream<Job>.Continuation
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let publish: @Sendable (CommittedBatch) -> Void
    private let metrics: SequencerMetrics
    private let traces: SpanRecorder?

    /// Of the append that is under way, if it is traced; then of what is published of it.
    private var appendTrace: AppendTrace?
    private var publishedTrace: AppendTrace?
    /// When the machine was last asked to go on, in nanoseconds since 1970; 0 where nothing is traced.
    private var decisionBegan: UInt64 = 0
    /// When the append that is under way was begun; nil: none is.
    private var appendBegan: ContinuousClock.Instant?
    private var nextTick = ContinuousClock.now + SequencerLoop.tick
    private var steps = LongestStep(window: SequencerLoop.stepWindow, now: .now)
    /// Of what is not counted yet.
    private var results = CommandResults()
    /// Looked up once in a turn.
    private var logsRejections = false
    /// The answers of this turn.
    private var mail: [(receiver: any AnswerReceiver, answers: [(ticket: Int, answer: CommandAnswer)])] = []

    init(
        _ machine: Machine, inbox: SequencerInbox, session: any AppendSession, jobs: AsyncStream<Job>.Continuation,
        metrics: SequencerMetrics, traces: SpanRecorder?, logger: Logger, now: @escaping @Sendable () -> Timestamp,
        publish: @escaping @Sendable (CommittedBatch) -> Void
    ) {
        self.machine = machine
        self.inbox = inbox
        self.session = session
        self.jobs = jobs
        self.metrics = metrics
        self.traces = traces
        self.logger = logger
        self.now = now
        self.publish = publish
    }

    /// Works until the inbox is closed and every command is answered, or the inbox is cancelled.
    func run() {
        defer { jobs.finish() }
        connect()
        while true {
            var actions = endAppend(within: nextTick - .now)
            if steps.end(at: .now) { metrics.longestStep.record(steps.duration / .seconds(1)) }
            let (inputs, life) = inbox.take(waiting: appendBegan == nil && actions.isEmpty ? nextTick - .now : .zero)
            steps.begin(at: .now)
            logsRejections = logger.logLevel <= .debug
            for input in inputs { actions += handle(input) }
            actions += makeUpTicks()
            if life == .cancelled {
                actions += machine.abandon()
            } else {
                if traces != nil { decisionBegan = TraceSpan.now }
                for action in machine.advance(now: now()) { actions += began(action) }
            }
            for action in actions { perform(action) }
            deliver()
            metrics.pending.set(machine.pendingCount)
            if life == .cancelled || life == .closed && appendBegan == nil && machine.isIdle { return }
        }
    }

    /// So that the first append finds a connection.
    private func connect() {
        do throws(LogError) {
            try session.renew()
        } catch {
            logger.info("the log can't be appended to yet", metadata: ["error": "\(error)"])
        }
    }

    // MARK: The append

    /// Begins an append at once; returns what is to be performed in its turn.
    private func began(_ action: Machine.Action) -> [Machine.Action] {
        guard case .append(let batch) = action else { return [action] }
        metrics.batchSize.record(batch.streams.reduce(0) { $0 + $1.commands.count })
        if let traces {
            appendTrace = AppendTrace(machine.tracedCommands, traces, decisionBegan: decisionBegan, batch: batch)
        }
        Failpoint.beforeAppend.pass()
        do throws(AppendFailure) {
            try session.begin(batch)
            appendBegan = .now
            return []
        } catch {
            return failed(error)
        }
    }

    /// What the append that is under way came to, if it did.
    private func endAppend(within patience: Duration) -> [Machine.Action] {
        guard let began = appendBegan else { return [] }
        let waitBegan = ContinuousClock.now
        do throws(AppendFailure) {
            let result = try session.end(within: max(.zero, patience))
            steps.wait(waitBegan.duration(to: .now))
            guard let result else { return [] }
            appendBegan = nil
            metrics.appendTime.record(duration: began.duration(to: .now))
            metrics.appended(result)
            appendTrace?.ended(result)
            (publishedTrace, appendTrace) = (appendTrace, nil)
            // A conflict alone wrote nothing.
            if result.streams.contains(where: \.isAppended) { Failpoint.afterCommit.pass() }
            return machine.appended(result)
        } catch {
            steps.wait(waitBegan.duration(to: .now))
            appendBegan = nil
            return failed(error)
        }
    }

    private func failed(_ failure: AppendFailure) -> [Machine.Action] {
        metrics.failed(failure)
        appendTrace?.failed(failure.name)
        appendTrace = nil
        switch failure {
        case .fenced(let epoch): logger.notice("fenced off", metadata: ["epoch": "\(epoch)"])
        case .notAppended, .unknown: logger.warning("append failed", metadata: ["error": "\(failure)"])
        }
        return machine.appendFailed(failure)
    }

    // MARK: In

    private func handle(_ input: SequencerInbox.Input) -> [Machine.Action] {
        switch input {
        case .submit(let request, let caller): return machine.submit(request, for: caller)
        case .enter(let epoch): machine.enter(epoch: epoch)
        case .meetDeadlines(let stream, let onlyIfCached):
            machine.meetDeadlines(of: stream, onlyIfCached: onlyIfCached)
        case .recovered(.success(let recorded)): return machine.recovered(recorded)
        case .recovered(.failure(let error)):
            logger.warning("can't tell yet what became of an append", metadata: ["error": "\(error)"])
            machine.recoveryFailed()
        case .loaded(.success(let events), let stream, let version):
            return machine.loaded(events, of: stream, after: version)
        case .loaded(.failure(let error), let stream, _):
            logger.warning("can't read a stream", metadata: ["stream": "\(stream)", "error": "\(error)"])
            machine.loadFailed(stream)
        }
        return []
    }

    private func makeUpTicks() -> [Machine.Action] {
        var actions: [Machine.Action] = []
        for _ in 0..<Self.ticksPerTurnMax where nextTick <= .now {
            nextTick += Self.tick
            actions += machine.tick()
        }
        nextTick = max(nextTick, .now)
        metrics.streams.set(machine.cachedStreamCount)
        metrics.answers.set(machine.cachedAnswerCount)
        return actions
    }

    // MARK: Out

    private func perform(_ action: Machine.Action) {
        switch action {
        case .append: preconditionFailure("an append is begun before anything is performed")
        case .recover(let ids):
            // Nobody's answer waits for the new connection.
            deliver()
            do throws(LogError) {
                try session.renew()
                leave(.recover(ids))
            } catch {
                inbox.push(.recovered(.failure(error)))
            }
        case .load(let stream, let version):
            metrics.loads.increment()
            leave(.load(stream, after: version))
        case .publish(let batch):
            publish(publishedTrace?.marking(batch) ?? batch)
            publishedTrace = nil
            Failpoint.afterPublish.pass()
        case .answer(let caller, let answer): tell(caller, answer)
        case .answerRecorded(let command, let callers, let replayed):
            leave(.answer(command, callers, replayed: replayed))
        }
    }

    /// Nobody takes jobs any more where the sequencer is cancelled.
    private func leave(_ job: Job) {
        guard case .terminated = jobs.yield(job), case .answer(_, let callers, _) = job else { return }
        for caller in callers { tell(caller, .unknown) }
    }

    private func tell(_ caller: Caller, _ answer: CommandAnswer) {
        results.add(answer)
        if logsRejections { log(answer) }
        switch caller {
        case .task(let continuation): continuation.resume(returning: answer)
        case .ticket(let ticket, let receiver):
            if let index = mail.firstIndex(where: { $0.receiver === receiver }) {
                mail[index].answers.append((ticket, answer))
            } else {
                mail.append((receiver, [(ticket, answer)]))
            }
        }
    }

    /// A hold that is refused is no trouble of the service's; in a rush most are.
    private func log(_ answer: CommandAnswer) {
        guard case .recorded(let answer, replayed: false) = answer, case .rejected(let rejection) = answer.outcome
        else {
            return
        }
        logger.debug(
            "command rejected",
            metadata: ["command": "\(answer.id)", "stream": "\(answer.stream)", "reason": "\(rejection.code.name)"])
    }

    private func deliver() {
        for (receiver, answers) in mail { receiver.receive(answers) }
        mail.removeAll(keepingCapacity: true)
        metrics.answered(&results)
    }
}
