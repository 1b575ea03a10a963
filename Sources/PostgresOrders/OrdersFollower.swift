internal import Contract
internal import Domain
public import EventLog
public import Following
public import Logging
internal import Metrics
internal import Postgres
public import Projection
public import ServiceLifecycle
internal import Synchronization

/// Folds the log into the stored Orders view.
///
/// Any number of processes may run one. The one that holds an advisory lock folds; the others look now and then whether
/// it still does. The lock only keeps them from useless work: what is folded in is written with the checkpoint, in one
/// transaction, and only where the checkpoint is still the one that was folded on.
public final class OrdersFollower: Service {
    public struct Limits: Sendable {
        /// Events folded in one transaction.
        public var pageEvents = 1_000
        /// Events that may wait to be folded; beyond it they are forgotten, and read from the log.
        public var heardMax = 16_384
        /// Least time between two transactions, but for full pages: what comes meanwhile shares the next one.
        public var pace: Duration = .milliseconds(20)
        /// Time between two looks at the log when nothing is heard of it, and at the checkpoint when another one folds.
        public var pollInterval: Duration = .milliseconds(500)
        /// Pause after an event that can't be folded in: another process gets its turn, and may know more.
        public var stopPause: Duration = .seconds(5)
        /// A checkpoint that does not move this long, though the log does, has lost whoever held the lock.
        public var stallPatience: Duration = .seconds(10)

        public init() {}
    }

    private enum Signal: Sendable {
        case news
        case tick
    }

    /// What it knows of the view; only ``run()`` touches it.
    private struct Following {
        /// Where the view is, if this process is the one that folds.
        var place: OrdersPlace?
        /// The epochs of the log have to be read before anything is folded on.
        var hasEpochs = false
        /// No turn is taken before this.
        var restsUntil: ContinuousClock.Instant?
        /// When the checkpoint was last seen to move.
        var seen: (place: OrdersPlace, at: ContinuousClock.Instant)?
    }

    /// What the replica applied, in one piece, and in which epoch of the log.
    private struct Heard {
        var epoch: Int64 = 0
        var events: [FollowedEvent] = []
    }

    private let store: OrdersStore
    private let rebuilder: OrdersStore
    private let log: any EventReader
    private let progress: OrdersProgress
    private let limits: Limits
    private let logger: Logger
    private let heard = Mutex(Heard())
    private let signals: AsyncStream<Signal>
    private let signal: AsyncStream<Signal>.Continuation
    private let lag = Metrics.Meter(label: "holdfast_orders_lag_events")

    /// - Parameters:
    ///   - conninfo: a libpq connection string of the view's database; the role needs what `holdfast_app` has.
    ///   - progress: of the reader in the same process; it hears of every step.
    public init(
        conninfo: String, log: any EventReader, progress: OrdersProgress, limits: Limits = Limits(), logger: Logger
    ) {
        func store(_ name: String, _ timeout: Duration) -> OrdersStore {
            OrdersStore(
                client: PostgresClient(
                    PostgresClient.Configuration(
                        conninfo: conninfo, applicationName: name, statementTimeout: timeout,
                        sessionSetup: OrdersStore.sessionSetup),
                    logger: logger))
        }
        self.store = store("holdfast-orders", .seconds(10))
        // Emptying large tables in one transaction takes its time.
        rebuilder = store("holdfast-orders-clear", .seconds(3_600))
        self.log = log
        self.progress = progress
        self.limits = limits
        self.logger = logger
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(2))
    }

    /// What this process's replica has applied; never blocks. It spares reading the log a second time.
    ///
    /// - Parameter epoch: the one that the replica is in, which the view may have left already or not yet entered.
    public func heard(_ events: [FollowedEvent], inEpoch epoch: Int64) {
        guard let first = events.first else { return }
        // Seating plans are large, and rare: they are rather read again than kept waiting.
        let isLarge = events.contains { if case .success(.created) = $0.event { true } else { false } }
        heard.withLock { heard in
            let follows = heard.events.last.map { $0.context.position + 1 == first.context.position } ?? true
            if epoch != heard.epoch || !follows || isLarge { heard = Heard(epoch: epoch) }
            if !isLarge { heard.events += events }
            if heard.events.count > limits.heardMax { heard.events = [] }
        }
        signal.yield(.news)
    }

    /// The events after a place, a page of them.
    private func events(after place: SequenceToken) async throws(LogError) -> [FollowedEvent] {
        let page: [FollowedEvent] = heard.withLock { heard in
            guard heard.epoch == place.epoch, let first = heard.events.first,
                first.context.position <= place.sequence + 1
            else { return [] }
            heard.events.removeFirst(min(heard.events.count, Int(place.sequence + 1 - first.context.position)))
            return Array(heard.events.prefix(limits.pageEvents))
        }
        guard page.isEmpty else { return page }
        return try await log.events(after: place.sequence, limit: limits.pageEvents).map(FollowedEvent.init)
    }

    /// Folds until graceful shutdown.
    public func run() async {
        await withGracefulShutdownHandler {
            let ticker = Task { await self.tickAlways() }
            var following = Following()
            signal.yield(.tick)
            for await signal in signals {
                if signal == .news && following.place == nil { continue }
                await work(&following)
                if following.place != nil { await pause(limits.pace) }
            }
            ticker.cancel()
            await ticker.value
            await store.release()
        } onGracefulShutdown: {
            self.signal.finish()
        }
    }

    private var isStopping: Bool { Task.isShuttingDownGracefully || Task.isCancelled }

    private func work(_ following: inout Following) async {
        if let time = following.restsUntil, time > .now { return }
        following.restsUntil = nil
        do {
            while !isStopping, try await takeTurn(&following) {}
        } catch {
            logger.warning("the orders can't be brought up to date", metadata: ["error": "\(error)"])
            following.place = nil
        }
    }

    /// One step. Returns whether there is more to do at once.
    private func takeTurn(_ following: inout Following) async throws -> Bool {
        if following.place == nil {
            let claim = try await store.claim()
            progress.note(claim.place.token)
            guard try await isMine(claim, &following) else { return false }
            following.place = claim.place
            following.hasEpochs = false
        }
        guard let place = following.place else { return false }
        guard following.hasEpochs else { return try await enterEpoch(from: place, &following) }
        let events = try await events(after: place.token)
        // Read after them: if that is of the epoch, so are the events.
        let head = try await log.head()
        guard head.epoch == place.token.epoch else {
            guard head.epoch > place.token.epoch else { throw OrdersError(.unavailable, "a server of an older epoch") }
            following.hasEpochs = false
            return true
        }
        lag.set(head.position - place.token.sequence)
        progress.note(place.token)
        guard !events.isEmpty else { return false }
        let isWhole = try await fold(events, from: place, &following)
        return isWhole && events.count == limits.pageEvents
    }

    /// Whoever holds the lock folds; and whoever sees that the holder has been standing still.
    private func isMine(_ claim: OrdersStore.Claim, _ following: inout Following) async throws -> Bool {
        if claim.isHolder { return true }
        guard let seen = following.seen, seen.place == claim.place else {
            following.seen = (claim.place, .now)
            return false
        }
        guard ContinuousClock.now - seen.at >= limits.stallPatience else { return false }
        following.seen = nil
        guard try await log.head().token != claim.place.token else { return false }
        logger.warning("the orders stand still; this process goes on with them")
        return true
    }

    /// Goes on in the log's epoch, or from the beginning where what was folded in was lost, or is of another format.
    private func enterEpoch(from place: OrdersPlace, _ following: inout Following) async throws -> Bool {
        let history = try await log.epochs()
        guard place.formatVersion <= OrderRecord.formatVersion else {
            // A later version of the program is at work: the orders are its business.
            await rest(&following)
            return false
        }
        guard place.token.epoch <= history.current else {
            throw OrdersError(.unavailable, "a server of an older epoch")
        }
        let isKept = place.isReadable && (place.token.epoch == 0 || history.judge(place.token) == .valid)
        let entered = SequenceToken(epoch: history.current, sequence: isKept ? place.token.sequence : 0)
        if isKept && entered == place.token {
            following.hasEpochs = true
            return true
        }
        let isDone: Bool
        if isKept {
            isDone = try await store.apply(OrdersFold([:]), from: place, to: entered)
        } else {
            if place.token.sequence > 0 {
                logger.warning("the orders are built anew", metadata: ["was": "\(place.token)", "now": "\(entered)"])
            }
            isDone = try await rebuilder.clear(from: place, epoch: history.current)
            await rebuilder.release()
        }
        guard isDone else {
            following.place = nil
            return false
        }
        following.place = OrdersPlace(token: entered, formatVersion: OrderRecord.formatVersion)
        following.hasEpochs = true
        progress.note(entered)
        return true
    }

    /// Returns whether all of it was folded in.
    private func fold(
        _ events: [FollowedEvent], from place: OrdersPlace, _ following: inout Following
    ) async throws -> Bool {
        var fold = OrdersFold(try await store.load(OrdersFold.keys(in: events)))
        var reached = place.token.sequence
        var stop: ViewStop?
        for event in events {
            do throws(ProjectionFault) {
                guard event.context.position == reached + 1 else {
                    throw ProjectionFault("event \(reached + 1) is missing before it")
                }
                try fold.apply(event)
                reached = event.context.position
            } catch {
                stop = ViewStop(position: event.context.position, reason: error.description)
                break
            }
        }
        if reached > place.token.sequence {
            let token = SequenceToken(epoch: place.token.epoch, sequence: reached)
            guard try await store.apply(fold, from: place, to: token) else {
                // Another one was there first: go on from where it is, when its turn is over.
                following.place = nil
                return false
            }
            following.place?.token = token
            progress.note(token)
        }
        guard let stop else { return true }
        if progress.stop != stop {
            logger.error(
                "the orders stopped", metadata: ["sequence": "\(stop.position)", "reason": "\(stop.reason)"])
        }
        progress.note(stop, epoch: place.token.epoch)
        await rest(&following)
        return false
    }

    private func rest(_ following: inout Following) async {
        following.place = nil
        following.restsUntil = .now + limits.stopPause
        await store.release()
    }

    // MARK: Time

    private func tickAlways() async {
        while !Task.isCancelled {
            await pause(limits.pollInterval)
            signal.yield(.tick)
        }
    }
}
