public import Contract
public import EventLog
public import Logging
public import Projection
public import ServiceLifecycle
import Synchronization

/// Folds the log into a stored view while this process holds the view's lease.
///
/// All protocol is ``StoredViewMachine``'s; this gives it the log, the rows and time. The lease only keeps processes from
/// useless work: see ``ViewStorage`` for what keeps two from folding the same.
public final class StoredView<Storage: ViewStorage>: Service, LogListener {
    private struct State {
        var machine: StoredViewMachine
        var buffer: EventBuffer
        /// Nil: another process folds.
        var wakeUp: AsyncStream<Void>.Continuation?

        mutating func step(_ now: Duration) -> StoredViewMachine.Action? { machine.step(now: now, buffer: &buffer) }
    }

    private let storage: Storage
    private let log: any EventReader
    private let lease: any Lease
    private let position: StoredPosition
    private let limits: StoredViewMachine.Limits
    private let aggregates: AggregateCatalogue
    private let logger: Logger
    private let state: Mutex<State>
    private let started = ContinuousClock.now

    private var name: String { Storage.Fold.name }
    private static var watchInterval: Duration { .seconds(1) }

    /// - Parameters:
    ///   - position: of the readers in the same process; it hears of every step.
    ///   - lease: held by the one process that folds.
    ///   - aggregates: those whose events can be decoded.
    public init(
        storage: Storage, log: any EventReader, lease: any Lease, position: StoredPosition,
        limits: StoredViewMachine.Limits = StoredViewMachine.Limits(), aggregates: AggregateCatalogue = .product,
        logger: Logger
    ) {
        self.storage = storage
        self.log = log
        self.lease = lease
        self.position = position
        self.limits = limits
        self.aggregates = aggregates
        self.logger = logger
        state = Mutex(
            State(
                machine: StoredViewMachine(formatVersion: Storage.Fold.formatVersion, limits: limits),
                buffer: EventBuffer(countMax: limits.bufferMax)))
    }

    public func applied(_ events: [FollowedEvent], at position: LogPosition) {
        applied(events, at: position, hearsay: nil)
    }

    public func applied(_ events: [FollowedEvent], at position: LogPosition, hearsay: BatchMark?) {
        self.position.heard(events, through: position, concerns: Storage.Fold.concerns)
        state.withLock { state in
            // What nobody here will fold is not worth keeping.
            guard let wakeUp = state.wakeUp else { return }
            state.buffer.append(events, inEpoch: position.epoch, hearsay: hearsay)
            wakeUp.yield()
        }
    }

    public func entered(epoch: Int64) {
        position.entered()
        state.withLock { $0.wakeUp }?.yield()
    }

    /// Folds whenever this process holds the lease, until graceful shutdown.
    public func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { tasks in
                tasks.addTask { await self.watch() }
                await self.lease.whileHeld { await self.follow() }
            }
        }
        await storage.disconnect()
    }

    /// Looks at the checkpoint while another process moves it, so that this one's readiness and lag are of now.
    private func watch() async {
        while !Task.isCancelled {
            await pause(Self.watchInterval)
            guard state.withLock({ $0.wakeUp == nil }), !Task.isCancelled else { continue }
            do {
                position.moved(to: try await storage.checkpoint().token)
            } catch {
                logger.debug("\(name) can't be looked at", metadata: ["error": "\(error)"])
            }
        }
    }

    private var now: Duration { started.duration(to: .now) }

    /// Follows until cancelled, or until another process should have its turn.
    private func follow() async {
        let (wakeUps, wakeUp) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let isResting = state.withLock { state in
            state.machine.begin()
            state.buffer = EventBuffer(countMax: limits.bufferMax)
            state.wakeUp = wakeUp
            return state.machine.isResting(now: now)
        }
        defer { state.withLock { $0.wakeUp = nil } }
        guard !isResting else { return }
        let ticker = Task { [limits] in
            while !Task.isCancelled {
                wakeUp.yield()
                await pause(limits.pollInterval)
            }
        }
        defer { ticker.cancel() }
        for await _ in wakeUps {
            state.withLock { $0.machine.beginTurn() }
            while !Task.isCancelled, let action = state.withLock({ $0.step(now) }) {
                await perform(action)
                publishStatus()
            }
            guard !state.withLock({ $0.machine.isResting(now: now) }) else { break }
            await pause(limits.pace)
        }
        // The view goes to the next holder of the lease with everything committed or nothing.
        await storage.disconnect()
    }

    private func perform(_ action: StoredViewMachine.Action) async {
        do {
            switch action {
            case .readCheckpoint:
                let checkpoint = try await storage.checkpoint()
                tell { $0.checkpointRead(checkpoint, now: $1) }
            case .readEpochs:
                let epochs = try await log.epochs()
                tell { $0.epochsRead(epochs, now: $1) }
            case .enter(let checkpoint, let token):
                let isDone = try await storage.commit(Storage.Fold([:]), from: checkpoint, to: token)
                tell { $0.committed(isDone, now: $1) }
            case .clear(let checkpoint, let start):
                if checkpoint.token.position > 0 {
                    logger.warning(
                        "\(name) is built anew", metadata: ["was": "\(checkpoint.token)", "now": "\(start.token)"])
                }
                let isDone = try await storage.clear(from: checkpoint, to: start)
                tell { $0.committed(isDone, now: $1) }
            case .readEvents(let position, let limit):
                let events = try await log.events(after: position, limit: limit)
                    .map { FollowedEvent($0, aggregates: aggregates) }
                let head = try await log.head()
                tell { $0.eventsRead(events, head: head, now: $1) }
            case .readHead(let events, let hearsay):
                let look = try await log.look(confirming: hearsay.ends)
                guard let strange = look.firstStrange(of: hearsay) else {
                    return tell { $0.eventsRead(events, head: look.head, now: $1) }
                }
                logger.error(
                    "\(name) was brought events that the log does not have",
                    metadata: ["from": "\(strange.positions.lowerBound)", "to": "\(strange.positions.upperBound)"])
                tell { $0.eventsRefuted(now: $1) }
            case .fold(let page): try await fold(page)
            }
        } catch {
            if !Task.isCancelled {
                logger.warning("\(name) can't be brought up to date", metadata: ["error": "\(error)"])
            }
            tell { $0.failed(now: $1) }
        }
    }

    private func fold(_ page: StoredPage) async throws {
        let rows = try await storage.load(Storage.Fold.keys(in: page.events))
        let folded: FoldedPage<Storage.Fold> = page.folded(onto: rows)
        let isCommitted = try await storage.commit(folded.fold, from: page.from, to: folded.reached)
        if isCommitted, let stop = folded.stop, position.stop != stop {
            logger.error(
                "\(name) stopped", metadata: ["sequence": "\(stop.position)", "reason": "\(stop.reason)"])
        }
        tell { $0.folded(to: folded.reached, stop: folded.stop, isCommitted: isCommitted, now: $1) }
    }

    private func tell(_ input: (inout StoredViewMachine, Duration) -> Void) {
        state.withLock { input(&$0.machine, now) }
    }

    private func publishStatus() {
        let (checkpoint, stop) = state.withLock { ($0.machine.checkpoint, $0.machine.stop) }
        guard let token = checkpoint?.token else { return }
        position.moved(to: token)
        if let stop { position.stopped(at: stop, inEpoch: token.epoch) }
    }
}

extension [BatchMark] {
    /// The batches' last events; nil if there are none.
    fileprivate var ends: ClosedRange<Int64>? {
        guard let first, let last else { return nil }
        return first.positions.upperBound...last.positions.upperBound
    }
}
