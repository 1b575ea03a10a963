public import Contract
public import Domain
public import EventLog
public import Logging
public import ServiceLifecycle
import Threads
public import Traces

/// The write path of one command node: queues commands, decides them in batches, appends each batch in one round trip,
/// publishes it and answers.
///
/// All decisions are ``SequencerMachine``'s. A thread of its own drives the machine and appends (``SequencerLoop``); what
/// waits for other reads of the log are tasks of this.
public final class Sequencer: Service {
    private let log: any EventLog
    private let publish: @Sendable (CommittedBatch) -> Void
    private let limits: SequencerLimits
    private let aggregates: AggregateCatalogue
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let inbox: SequencerInbox
    private let metrics: SequencerMetrics
    private let traces: SpanRecorder?

    /// - Parameters:
    ///   - log: where commands are recorded.
    ///   - aggregates: those whose streams this node decides on.
    ///   - now: the wall clock; holds start and expire by it.
    ///   - traces: where the spans of traced commands go; nil: nothing is traced.
    ///   - publish: tells the replicas of a committed batch, before its commands are answered; must not block.
    public init(
        log: any EventLog, limits: SequencerLimits = SequencerLimits(), aggregates: AggregateCatalogue = .product,
        traces: SpanRecorder? = nil, logger: Logger, now: @escaping @Sendable () -> Timestamp,
        publish: @escaping @Sendable (CommittedBatch) -> Void
    ) {
        self.traces = traces
        self.log = log
        self.limits = limits
        self.aggregates = aggregates
        self.logger = logger
        self.now = now
        self.publish = publish
        inbox = SequencerInbox(commandsMax: limits.commandsMax)
        metrics = SequencerMetrics(limits)
    }

    /// Queues a command and waits for its answer, at most ``SequencerLimits/deadlineTicks``.
    public func submit(_ request: CommandRequest) async -> CommandAnswer {
        await withCheckedContinuation { caller in
            if let refusal = inbox.submit(request, for: .task(caller)) {
                metrics.answered(.notRecorded(refusal))
                caller.resume(returning: .notRecorded(refusal))
            }
        }
    }

    /// Queues commands, whose answers the receiver gets: each ticket once, as soon as ``submit(_:)`` would return.
    public func submit(
        _ requests: [(ticket: Int, request: CommandRequest)], for receiver: any AnswerReceiver
    ) {
        let refused = inbox.submit(requests, for: receiver)
        for refusal in refused { metrics.answered(.notRecorded(refusal.reason)) }
        if !refused.isEmpty { receiver.receive(refused.map { ($0.ticket, .notRecorded($0.reason)) }) }
    }

    /// Proposes to record what is overdue on `stream`.
    ///
    /// - Parameter onlyIfCached: only when this node has been writing to the stream.
    public func meetDeadlines(of stream: StreamID, onlyIfCached: Bool) {
        inbox.push(.meetDeadlines(stream, onlyIfCached: onlyIfCached))
    }

    /// The log entered another epoch: answers kept from before may be of a tail that was lost.
    public func enter(epoch: Int64) { inbox.push(.enter(epoch: epoch)) }

    /// Works until graceful shutdown, then refuses new commands, answers the old ones and returns. Cancelled, it answers
    /// them at once, with what it knows.
    public func run() async {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await drive(await head())
            } onGracefulShutdown: {
                self.inbox.end(.closed)
            }
        } onCancel: {
            self.inbox.end(.cancelled)
        }
    }

    private func drive(_ head: (place: LogPosition, recordedAt: Timestamp)?) async {
        let machine = SequencerLoop.Machine(
            epoch: head?.place.epoch ?? 0,
            knownLog: head.map { KnownLog(position: $0.place.position, recordedAt: $0.recordedAt) } ?? KnownLog(),
            limits: limits, aggregates: aggregates)
        let (jobs, queue) = AsyncStream.makeStream(of: SequencerLoop.Job.self)
        let thread = DedicatedThread<Never>(named: "sequencer") { [log, inbox, metrics, traces, logger, now, publish] in
            if let head { publish(CommittedBatch(head: head.place)) }
            SequencerLoop(
                machine, inbox: inbox, session: log.makeAppendSession(), jobs: queue, metrics: metrics, traces: traces,
                logger: logger, now: now, publish: publish
            ).run()
        }
        await withDiscardingTaskGroup { tasks in
            for await job in jobs { tasks.addTask { await self.perform(job) } }
        }
        await thread.end()
    }

    /// How far the log goes. Nil: it can't be read yet, and the first append brings the epoch.
    private func head() async -> (place: LogPosition, recordedAt: Timestamp)? {
        do {
            return (try await log.head(), try await log.lastRecordedAt())
        } catch {
            logger.warning("can't read the log", metadata: ["error": "\(error)"])
            return nil
        }
    }

    // MARK: The log

    private func perform(_ job: SequencerLoop.Job) async {
        switch job {
        case .recover(let ids): inbox.push(.recovered(await lookUp(ids)))
        case .load(let stream, let version):
            inbox.push(.loaded(await load(stream, after: version), of: stream, after: version))
        case .answer(let command, let callers, let replayed):
            let answer = await answer(for: command, replayed: replayed)
            for caller in callers {
                metrics.answered(answer)
                switch caller {
                case .task(let continuation): continuation.resume(returning: answer)
                case .ticket(let ticket, let receiver): receiver.receive([(ticket, answer)])
                }
            }
        }
    }

    private func lookUp(_ ids: [CommandID]) async -> Result<[RecordedCommand], LogError> {
        do {
            try await log.barrier()
            return .success(try await log.commands(ids))
        } catch {
            return .failure(error)
        }
    }

    private func load(_ stream: StreamID, after version: Int64) async -> Result<[RecordedEvent], LogError> {
        do {
            return .success(try await log.events(of: stream, after: version, limit: limits.loadPageEvents))
        } catch {
            return .failure(error)
        }
    }

    /// A recorded command is answered with the events it appended: read from the log, they say what they always said.
    private func answer(for command: RecordedCommand, replayed: Bool) async -> CommandAnswer {
        do {
            return .recorded(try await RecordedAnswer(command, in: log, aggregates: aggregates), replayed: replayed)
        } catch {
            logger.error(
                "a recorded command can't be answered", metadata: ["command": "\(command.id)", "error": "\(error)"])
            return .unknown
        }
    }
}
