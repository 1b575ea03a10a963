import Allocation
public import Contract
public import EventLog
import Failpoints
public import Logging
import Metrics
import Projection
public import ServiceLifecycle
import Synchronization
public import Traces

/// Follows the log and keeps views of it in memory.
///
/// All protocol is ``FollowerMachine``'s; this gives it messages, time and the log, and applies what it hands out.
public final class Replica: Service {
    private enum Input: Sendable {
        /// `isHearsay`: only a message vouches for it.
        case batch(CommittedBatch, isHearsay: Bool)
        case tick
        case changeOver(GreenView)
    }

    /// A view that was built beside a live one, waiting to be brought to the same sequence number and to take its place.
    private struct GreenView: Sendable {
        var live: any FollowingView
        var green: any FollowingView
        /// The epoch that its snapshot was found to be good in.
        var epoch: Int64
        var done: CheckedContinuation<Changeover, any Error>
    }

    /// What came of putting a rebuilt view in a live one's place.
    public struct Changeover: Equatable, Sendable {
        public var sequence: Int64
        public var digest: String
        /// The view that was replaced had the same state.
        public var wasIdentical: Bool
    }

    /// Where the replica stands, for anybody who asks.
    public struct Status: Equatable, Sendable {
        /// The views have caught up, and are not far behind now.
        public var isReady: Bool
        /// The views have caught up since the process started, or since a lost tail made them begin anew.
        public var hasCaughtUp: Bool
        public var epoch: Int64
        public var head: Int64
        /// Up to where the log itself vouches for what was applied.
        public var confirmed: Int64
        /// Why the views are being built anew from the log. Nil: they are not.
        public var alarm: String?

        public init(
            isReady: Bool = false, hasCaughtUp: Bool = false, epoch: Int64 = 0, head: Int64 = 0, confirmed: Int64 = 0
        ) {
            self.isReady = isReady
            self.hasCaughtUp = hasCaughtUp
            self.epoch = epoch
            self.head = head
            self.confirmed = confirmed
        }
    }

    /// What is kept up to date.
    public let views: [any FollowingView]
    private let reader: any EventReader
    private let snapshots: SnapshotStore
    private let snapshotInterval: Duration
    private let limits: FollowerMachine.Limits
    private let logger: Logger
    private let aggregates: AggregateCatalogue
    private let listeners: [any LogListener]
    /// Nil: nothing is traced.
    private let applyTraces: ApplyTraces?
    private let inputs: AsyncStream<Input>
    private let input: AsyncStream<Input>.Continuation
    /// How long a rebuilt state waits for a view that is not as far as it.
    private static let changeoverPatience = Duration.seconds(10)
    private let currentStatus = Mutex(Status())
    /// Ranges of the log that had to be read, because no message of the fan-out brought them.
    private let gaps = Metrics.Counter(label: "holdfast_fanout_gaps")
    /// Messages that said what is not in the log.
    private let alarms = Metrics.Counter(label: "holdfast_fanout_alarms")
    private let readFailures = Metrics.Counter(label: "holdfast_log_read_failures")
    /// How long a snapshot waits for the log to confirm what is in it.
    private static let confirmationPatience = Duration.seconds(10)

    /// - Parameters:
    ///   - views: what is kept up to date; several names must not be equal.
    ///   - inboxBatchesMax: messages that may wait; beyond it the oldest are dropped, and read from the log again.
    ///   - snapshotInterval: time between two stored copies of each view that went on.
    ///   - aggregates: those whose events can be decoded.
    ///   - traces: where the spans of traced batches go; nil: nothing is traced.
    ///   - listeners: told of every applied batch, and of every epoch that the views enter while they follow.
    public init(
        views: [any FollowingView], reader: any EventReader, snapshots: SnapshotStore,
        snapshotInterval: Duration = .seconds(60), inboxBatchesMax: Int = 4_096,
        limits: FollowerMachine.Limits = FollowerMachine.Limits(), aggregates: AggregateCatalogue = .product,
        traces: NodeTraces? = nil, logger: Logger, listeners: [any LogListener] = []
    ) {
        applyTraces = traces.map(ApplyTraces.init)
        self.views = views
        self.reader = reader
        self.snapshots = snapshots
        self.snapshotInterval = snapshotInterval
        self.limits = limits
        self.aggregates = aggregates
        self.logger = logger
        self.listeners = listeners
        (inputs, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(inboxBatchesMax))
    }

    private func decoded(_ events: [RecordedEvent]) -> [FollowedEvent] {
        events.map { FollowedEvent($0, aggregates: aggregates) }
    }

    public var status: Status { currentStatus.withLock { $0 } }

    public func view(named name: String) -> (any FollowingView)? { views.first { $0.name == name } }

    /// Takes in what this process appended itself; never blocks.
    public func receive(_ batch: CommittedBatch) { push(.batch(batch, isHearsay: false)) }

    /// Takes a message of the fan-out in; never blocks. Nobody believes it for longer than until the next look at the log.
    public func hear(_ batch: CommittedBatch) { push(.batch(batch, isHearsay: true)) }

    /// Queues an input. When the queue is full its oldest is lost: a batch will be read from the log, a tick comes again.
    private func push(_ next: Input) {
        switch input.yield(next) {
        case .dropped(.changeOver(let lost)): lost.done.resume(throwing: ProjectionFault("the replica is too busy"))
        case .terminated:
            if case .changeOver(let late) = next { late.done.resume(throwing: ProjectionFault("shutting down")) }
        case .dropped, .enqueued: break
        @unknown default: break
        }
    }

    /// A view's state at a sequence number, ready to be stored or compared.
    public func snapshot(of view: any FollowingView) -> Snapshot {
        let epoch = status.epoch
        let (checkpoint, payload) = view.snapshot()
        return Snapshot(
            projection: view.name, formatVersion: view.formatVersion, epoch: epoch, sequence: checkpoint,
            payload: payload)
    }

    /// Builds a view anew from the log, beside the live one, and puts it in its place in one step and at the same sequence
    /// number. The live one goes on serving meanwhile, and stays where this fails.
    ///
    /// Throws a `ProjectionFault` when the replica stops or is too busy, a `LogError` when the log can't be read.
    public func rebuild(_ live: any FollowingView) async throws -> Changeover {
        let (checkpoint, payload) = live.sibling().snapshot()
        return try await changeOver(
            live,
            to: Snapshot(
                projection: live.name, formatVersion: live.formatVersion, epoch: try await reader.epochs().current,
                sequence: checkpoint, payload: payload))
    }

    /// Puts a rebuilt state in a live view's place, in one step and at the same sequence number: the rebuilt one is first
    /// brought up to date from the log, while the live one goes on serving.
    ///
    /// Throws a `ProjectionFault` when the snapshot doesn't fit, a `LogError` when the log can't be read.
    func changeOver(_ live: any FollowingView, to snapshot: Snapshot) async throws -> Changeover {
        guard snapshot.projection == live.name, snapshot.formatVersion == live.formatVersion else {
            throw ProjectionFault("a snapshot of \(snapshot.projection), format \(snapshot.formatVersion)")
        }
        let place = LogPosition(epoch: snapshot.epoch, position: snapshot.sequence)
        let epochs = try await reader.epochs()
        guard epochs.judge(place) == .valid, snapshot.sequence <= (try await reader.head()).position else {
            throw ProjectionFault("\(place) is not in this log")
        }
        let green = live.sibling()
        try green.restore(snapshot.payload, checkpoint: snapshot.sequence)
        let there = LogPosition(epoch: epochs.current, position: snapshot.sequence)
        if await live.wait(for: there, timeout: Self.changeoverPatience) == .timedOut {
            throw ProjectionFault("the view is not as far as \(there)")
        }
        try await catchUp(green, to: live.checkpoint)
        return try await withCheckedThrowingContinuation { done in
            // The follower does the rest: between two batches nothing moves.
            push(.changeOver(GreenView(live: live, green: green, epoch: epochs.current, done: done)))
        }
    }

    private func catchUp(_ view: any FollowingView, to position: Int64) async throws {
        while view.checkpoint < position && view.stop == nil {
            let page = Int(min(Int64(limits.pageEvents), position - view.checkpoint))
            let events = try await reader.events(after: view.checkpoint, limit: page)
            guard !events.isEmpty else { throw ProjectionFault("the log ends at \(view.checkpoint)") }
            view.apply(decoded(events))
        }
    }

    // MARK: Following

    /// Follows until graceful shutdown, then stores a last snapshot.
    public func run() async {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { tasks in
                let timers = [Task { await self.tickAlways() }, Task { await self.storeSnapshots() }]
                await self.follow(&tasks)
                timers.forEach { $0.cancel() }
                // A snapshot that is being stored must not be in the way of the last one.
                for timer in timers { await timer.value }
            }
            saveSnapshots()
        } onGracefulShutdown: {
            self.input.finish()
        }
    }

    private func follow(_ tasks: inout DiscardingTaskGroup) async {
        let clock = ContinuousClock()
        let started = clock.now
        func now() -> Duration { started.duration(to: clock.now) }

        await restore()
        let checkpoints = views.map(\.checkpoint)
        var machine = FollowerMachine(
            epoch: status.epoch, applied: checkpoints.min() ?? 0, furthest: checkpoints.max() ?? 0, limits: limits,
            now: now())
        await perform(machine.start(), &machine, now, &tasks)
        for await input in inputs {
            switch input {
            case .batch(let batch, let isHearsay):
                // Nobody vouches for a message: one of another epoch would have the traces of this one forgotten.
                if batch.epoch == status.epoch { applyTraces?.arrived(batch, after: machine.applied) }
                let actions = isHearsay ? machine.hear(batch, now: now()) : machine.receive(batch, now: now())
                await perform(actions, &machine, now, &tasks)
            case .tick: await perform(machine.tick(now: now()), &machine, now, &tasks)
            case .changeOver(let change): await finish(change, machine)
            }
        }
        await confirmLast(&machine, now())
    }

    /// What was applied last is to be stored, so the log is asked once more.
    private func confirmLast(_ machine: inout FollowerMachine, _ now: Duration) async {
        let question = machine.question
        guard question.hearsay != nil else { return }
        do {
            let doubts = machine.looked(try await reader.look(confirming: question.hearsay), asked: question, now: now)
            for case .alarm(let reason) in doubts { raiseAlarm(reason) }
            publishStatus(machine)
        } catch {
            logReadFailure(error)
        }
    }

    private func raiseAlarm(_ reason: String) {
        alarms.increment()
        logger.critical("a fan-out message is not what the log says", metadata: ["reason": "\(reason)"])
        listeners.forEach { $0.foundFalse(reason) }
    }

    /// Performs actions in order, and what follows from them.
    private func perform(
        _ actions: [FollowerMachine.Action], _ machine: inout FollowerMachine, _ now: () -> Duration,
        _ tasks: inout DiscardingTaskGroup
    ) async {
        var pending = actions[...]
        while let action = pending.popFirst() {
            switch action {
            case .apply(let events, let hearsay):
                let followed = decoded(events)
                apply(followed)
                if let last = followed.last {
                    // The machine enters another epoch only when all that it handed out before is applied.
                    let position = LogPosition(epoch: machine.epoch, position: last.context.position)
                    listeners.forEach { $0.applied(followed, at: position, hearsay: hearsay) }
                    applyTraces?.applied(position)
                }
                publishStatus(machine)
            case .enter(let epoch):
                logger.notice("epoch entered", metadata: ["epoch": "\(epoch)"])
                views.forEach { $0.enter(epoch: epoch) }
                applyTraces?.entered(epoch: epoch)
                listeners.forEach { $0.entered(epoch: epoch) }
            case .alarm(let reason): raiseAlarm(reason)
            case .reset(let epoch):
                logger.warning(
                    "the views are built anew",
                    metadata: ["reason": "\(machine.alarm ?? "the log lost its tail in a new epoch")"])
                // First: a reader that finds a view empty must find that it is not to be read.
                publishStatus(machine)
                views.forEach { $0.reset(epoch: epoch) }
                applyTraces?.entered(epoch: epoch)
                listeners.forEach { $0.entered(epoch: epoch) }
            // No more of the log is read when it is time to stop; the views stay where the machine has them.
            case _ where isStopping: break
            case .fetch(let position, let limit):
                if machine.hasCaughtUp { gaps.increment() }
                // Read right here: what arrives meanwhile waits in the inbox, and nothing could be applied anyway.
                do {
                    let events = try await reader.events(after: position, limit: limit)
                    let question = machine.question
                    let look = try await reader.look(confirming: question.hearsay)
                    pending += machine.fetched(events, look: look, asked: question, limit: limit, now: now())
                } catch {
                    logReadFailure(error)
                    pending += machine.fetchFailed(now: now())
                }
            case .readHead:
                do {
                    let question = machine.question
                    let look = try await reader.look(confirming: question.hearsay)
                    pending += machine.looked(look, asked: question, now: now())
                } catch {
                    logReadFailure(error)
                }
            case .readEpochs:
                do {
                    pending += machine.epochsRead(try await reader.epochs(), now: now())
                } catch {
                    logReadFailure(error)
                    pending += machine.fetchFailed(now: now())
                }
            case .checkAgain(let delay):
                tasks.addTask { await self.tick(after: delay) }
            }
        }
        publishStatus(machine)
    }

    private var isStopping: Bool { Task.isShuttingDownGracefully || Task.isCancelled }

    private func apply(_ events: [FollowedEvent]) {
        for view in views where view.stop == nil {
            view.apply(events)
            Failpoint.midApply.pass()
            guard let stop = view.stop else { continue }
            logger.error(
                "a view stopped",
                metadata: ["view": "\(view.name)", "sequence": "\(stop.position)", "reason": "\(stop.reason)"])
        }
    }

    private func logReadFailure(_ error: LogError) {
        readFailures.increment()
        logger.warning("can't read the log", metadata: ["error": "\(error)"])
    }

    private func publishStatus(_ machine: FollowerMachine) {
        var status = Status(
            isReady: machine.isReady, hasCaughtUp: machine.hasCaughtUp, epoch: machine.epoch, head: machine.head,
            confirmed: machine.confirmed)
        status.alarm = machine.alarm
        let before = currentStatus.withLock { current in
            defer { current = status }
            return current
        }
        // Whole pages of the log, decoded, were in memory; from now on there are a few events at a time.
        if status.hasCaughtUp && !before.hasCaughtUp { giveBackFreeMemory() }
        guard status.isReady != before.isReady else { return }
        let place: Logger.Metadata = ["position": "\(machine.applied)", "head": "\(status.head)"]
        if status.isReady {
            logger.notice("replica caught up", metadata: place)
        } else {
            logger.notice("replica behind", metadata: place)
        }
    }

    private func finish(_ change: GreenView, _ machine: FollowerMachine) async {
        do {
            guard !isStopping else { throw ProjectionFault("shutting down") }
            guard machine.epoch == change.epoch else {
                throw ProjectionFault("the log entered another epoch meanwhile")
            }
            // A view that stopped is behind the others: the new one has to go on where they are.
            try await catchUp(change.green, to: max(change.live.checkpoint, machine.applied))
            let hadStopped = change.live.stop != nil
            guard let wasIdentical = change.live.replace(with: change.green) else {
                throw ProjectionFault("the rebuilt view stopped: \(change.green.stop?.reason ?? "no reason given")")
            }
            let (sequence, payload) = change.live.snapshot()
            let digest = canonicalDigest(of: payload)
            if !wasIdentical && !hadStopped {
                logger.error(
                    "a rebuilt view differs from the one it replaces", metadata: ["view": "\(change.live.name)"])
            }
            change.done.resume(
                returning: Changeover(sequence: sequence, digest: digest, wasIdentical: wasIdentical))
        } catch {
            change.done.resume(throwing: error)
        }
    }

    // MARK: Time

    private func tick(after delay: Duration) async {
        await pause(delay)
        push(.tick)
    }

    private func tickAlways() async {
        while !Task.isCancelled { await tick(after: .milliseconds(500)) }
    }

    // MARK: Snapshots

    /// Goes to the newest snapshots, so that only the log's tail is left to read.
    private func restore() async {
        guard let (epochs, head) = await waitForLog() else { return }
        currentStatus.withLock { $0.epoch = epochs.current }
        for view in views {
            defer { view.enter(epoch: epochs.current) }
            guard
                let snapshot = snapshots.newest(
                    of: view.name, formatVersion: view.formatVersion, epochs: epochs, head: head.position)
            else { continue }
            do {
                try view.restore(snapshot.payload, checkpoint: snapshot.sequence)
                logger.info(
                    "view restored", metadata: ["view": "\(view.name)", "sequence": "\(snapshot.sequence)"])
            } catch {
                logger.warning("snapshot ignored", metadata: ["view": "\(view.name)", "reason": "\(error)"])
            }
        }
    }

    /// Without the log's word no snapshot can be trusted, so this waits for the log. Nil: shutting down.
    private func waitForLog() async -> (EpochHistory, LogPosition)? {
        while !isStopping {
            do {
                return (try await reader.epochs(), try await reader.head())
            } catch {
                logReadFailure(error)
                await pause(limits.retryDelay)
            }
        }
        return nil
    }

    private func storeSnapshots() async {
        // The last one is stored when following has ended.
        while true {
            await pause(snapshotInterval)
            for view in views {
                guard !Task.isCancelled else { return }
                guard let snapshot = snapshotToStore(of: view), await isConfirmed(snapshot.sequence) else { continue }
                save(snapshot)
            }
        }
    }

    /// Waits until the log vouches for everything up to `sequence`.
    private func isConfirmed(_ sequence: Int64) async -> Bool {
        let deadline = ContinuousClock.now + Self.confirmationPatience
        let epoch = status.epoch
        while status.alarm == nil, status.epoch == epoch, !Task.isCancelled {
            if status.confirmed >= sequence { return true }
            guard ContinuousClock.now < deadline else { return false }
            await pause(.milliseconds(100))
        }
        return false
    }

    private func saveSnapshots() {
        for view in views where view.checkpoint <= status.confirmed {
            if let snapshot = snapshotToStore(of: view) { save(snapshot) }
        }
    }

    private func snapshotToStore(of view: any FollowingView) -> Snapshot? {
        view.stop == nil && view.checkpoint > 0 ? snapshot(of: view) : nil
    }

    private func save(_ snapshot: Snapshot) {
        do {
            try snapshots.save(snapshot)
        } catch {
            logger.warning("snapshot not stored", metadata: ["view": "\(snapshot.projection)", "error": "\(error)"])
        }
    }
}
