public import Contract
public import Domain
public import EventLog
import Failpoints
public import Logging
import Metrics
public import ServiceLifecycle
import Synchronization

/// The write path of one command node: queues commands, decides them in batches, appends each batch in one round trip,
/// publishes it and answers.
///
/// All decisions are ``SequencerMachine``'s; this gives it time, the log and callers.
public final class Sequencer: Service {
    typealias Caller = CheckedContinuation<CommandAnswer, Never>
    typealias Machine = SequencerMachine<Caller>

    private enum Input: Sendable {
        case submit(CommandRequest, Caller)
        case meetDeadlines(StreamID, onlyIfCached: Bool)
        case enter(epoch: Int64)
        case appended(Result<AppendResult, AppendFailure>)
        case recovered(Result<[RecordedCommand], LogError>)
        case loaded(Result<[RecordedEvent], LogError>, of: StreamID, after: Int64)
        case tick
    }

    private struct Inbox {
        var inputs: [Input] = []
        var submissions = 0
        var isOpen = true
    }

    private let log: any EventLog
    private let publish: @Sendable (CommittedBatch) async -> Void
    private let limits: SequencerLimits
    private let aggregates: AggregateCatalogue
    private let logger: Logger
    private let now: @Sendable () -> Timestamp
    private let inbox = Mutex(Inbox())
    private let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation
    private let batchSize = Metrics.Recorder(label: "holdfast_append_batch_commands", aggregate: true)
    private let appendTime = Metrics.Timer(label: "holdfast_append_duration")

    /// - Parameters:
    ///   - log: where commands are recorded.
    ///   - aggregates: those whose streams this node decides on.
    ///   - now: the wall clock; holds start and expire by it.
    ///   - publish: tells the replicas of a committed batch, before its commands are answered.
    public init(
        log: any EventLog, limits: SequencerLimits = SequencerLimits(), aggregates: AggregateCatalogue = .product,
        logger: Logger, now: @escaping @Sendable () -> Timestamp,
        publish: @escaping @Sendable (CommittedBatch) async -> Void
    ) {
        self.log = log
        self.limits = limits
        self.aggregates = aggregates
        self.logger = logger
        self.now = now
        self.publish = publish
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Queues a command and waits for its answer, at most ``SequencerLimits/deadlineTicks``.
    public func submit(_ request: CommandRequest) async -> CommandAnswer {
        await withCheckedContinuation { caller in
            let refusal: NotRecorded? = inbox.withLock {
                guard $0.isOpen else { return .shuttingDown }
                guard $0.submissions < limits.commandsMax else { return .overloaded }
                $0.submissions += 1
                $0.inputs.append(.submit(request, caller))
                return nil
            }
            if let refusal {
                caller.resume(returning: .notRecorded(refusal))
            } else {
                wakeUp.yield()
            }
        }
    }

    /// Proposes to record what is overdue on `stream`.
    ///
    /// - Parameter onlyIfCached: only when this node has been writing to the stream.
    public func meetDeadlines(of stream: StreamID, onlyIfCached: Bool) {
        push(.meetDeadlines(stream, onlyIfCached: onlyIfCached))
    }

    /// The log entered another epoch: answers kept from before may be of a tail that was lost.
    public func enter(epoch: Int64) { push(.enter(epoch: epoch)) }

    /// Works until graceful shutdown, then refuses new commands, answers the old ones and returns. Cancelled, it answers
    /// them at once, with what it knows.
    public func run() async {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { tasks in
                let ticking = Task { await self.tick() }
                await self.turn(in: &tasks)
                ticking.cancel()
            }
        } onGracefulShutdown: {
            self.inbox.withLock { $0.isOpen = false }
            self.wakeUp.yield()
        }
    }

    private func tick() async {
        do {
            while true {
                try await Task.sleep(for: .milliseconds(100))
                push(.tick)
            }
        } catch {
            // Cancelled: the sequencer has stopped.
        }
    }

    private func turn(in tasks: inout DiscardingTaskGroup) async {
        var machine = await firstMachine()
        for await _ in wakeUps {
            let (inputs, isOpen) = inbox.withLock { inbox in
                defer {
                    inbox.inputs = []
                    inbox.submissions = 0
                }
                return (inbox.inputs, inbox.isOpen)
            }
            for input in inputs {
                for action in handle(input, &machine) { await perform(action, in: &tasks) }
            }
            for action in machine.advance(now: now()) { await perform(action, in: &tasks) }
            if !isOpen && machine.isIdle { return }
        }
        // Cancelled: nothing more will come of it, and nobody may wait for ever.
        let inputs = inbox.withLock { inbox in
            inbox.isOpen = false
            defer { inbox.inputs = [] }
            return inbox.inputs
        }
        for case .submit(let request, let caller) in inputs {
            for action in machine.submit(request, for: caller) { await perform(action, in: &tasks) }
        }
        for action in machine.abandon() { await perform(action, in: &tasks) }
    }

    /// A machine that knows how far the log goes, which the replicas are told too. When the log can't be read yet, the
    /// first append brings the epoch.
    private func firstMachine() async -> Machine {
        do {
            let head = try await log.head()
            await publish(CommittedBatch(head: head))
            let known = KnownLog(position: head.position, recordedAt: try await log.lastRecordedAt())
            return Machine(epoch: head.epoch, knownLog: known, limits: limits, aggregates: aggregates)
        } catch {
            logger.warning("can't read the log", metadata: ["error": "\(error)"])
            return Machine(limits: limits, aggregates: aggregates)
        }
    }

    private func handle(_ input: Input, _ machine: inout Machine) -> [Machine.Action] {
        switch input {
        case .submit(let request, let caller): return machine.submit(request, for: caller)
        case .enter(let epoch): machine.enter(epoch: epoch)
        case .meetDeadlines(let stream, let onlyIfCached):
            machine.meetDeadlines(of: stream, onlyIfCached: onlyIfCached)
        case .appended(.success(let result)): return machine.appended(result)
        case .appended(.failure(let failure)):
            logger.warning("append failed", metadata: ["error": "\(failure)"])
            return machine.appendFailed(failure)
        case .recovered(.success(let recorded)): return machine.recovered(recorded)
        case .recovered(.failure(let error)):
            logger.warning("can't tell yet what became of an append", metadata: ["error": "\(error)"])
            machine.recoveryFailed()
        case .loaded(.success(let events), let stream, let version):
            return machine.loaded(events, of: stream, after: version)
        case .loaded(.failure(let error), let stream, _):
            logger.warning("can't read a stream", metadata: ["stream": "\(stream)", "error": "\(error)"])
            machine.loadFailed(stream)
        case .tick: return machine.tick()
        }
        return []
    }

    private func perform(_ action: Machine.Action, in tasks: inout DiscardingTaskGroup) async {
        switch action {
        case .append(let batch):
            batchSize.record(batch.streams.reduce(0) { $0 + $1.commands.count })
            tasks.addTask { self.push(.appended(await self.append(batch))) }
        case .recover(let ids):
            tasks.addTask { self.push(.recovered(await self.lookUp(ids))) }
        case .load(let stream, let version):
            tasks.addTask { self.push(.loaded(await self.load(stream, after: version), of: stream, after: version)) }
        case .publish(let batch):
            await publish(batch)
            Failpoint.afterPublish.pass()
        case .answer(let caller, let answer):
            caller.resume(returning: answer)
        case .answerRecorded(let command, let callers, let replayed):
            tasks.addTask {
                let answer = await self.answer(for: command, replayed: replayed)
                for caller in callers { caller.resume(returning: answer) }
            }
        }
    }

    private func push(_ input: Input) {
        inbox.withLock { $0.inputs.append(input) }
        wakeUp.yield()
    }

    // MARK: The log

    private func append(_ batch: AppendBatch) async -> Result<AppendResult, AppendFailure> {
        let started = ContinuousClock.now
        do {
            Failpoint.beforeAppend.pass()
            let result = try await log.append(batch)
            // A conflict alone wrote nothing.
            if result.streams.contains(where: \.isAppended) { Failpoint.afterCommit.pass() }
            appendTime.record(duration: started.duration(to: .now))
            return .success(result)
        } catch {
            return .failure(error)
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
