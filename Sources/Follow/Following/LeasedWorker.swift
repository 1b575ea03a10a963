public import EventLog
public import Logging
import Metrics
import Synchronization

/// Work that one process at a time does for all: it follows the log, holds what it has to do in its own memory, and
/// starts again from a view whenever it takes over.
///
/// The contract:
/// * ``run(serve:)`` waits for the lease, then for the view to be as far as the log's head is at that moment, and then
///   calls `serve` with a ``Term``. When `serve` returns, its tasks are cancelled and awaited. While the lease is held
///   another term follows, from a head read anew.
/// * A term has one inbox, empty at first. ``put(_:)`` changes the inbox of the current term and wakes it; without a term
///   it does nothing, since the next one starts from the view. ``Term/put(_:)`` changes it only while that very term goes
///   on: an answer to an earlier term is dropped.
/// * The inbox bounds itself. ``put(_:)`` runs `change` under a lock and never waits.
/// * A term ends by itself (``Term/turns`` ends) when the lease is lost, when the worker is cancelled, and after
///   ``restart()``, which whoever tells of a new epoch of the log calls: what was known may have been lost with a tail.
/// * ``Term/turns`` gives what came in since the turn before, and an empty inbox at least every tick.
///
/// Two processes may be in a term at the same time: one that was held up does not notice at once that its lease is gone.
/// So nothing depends on the lease for correctness: commands are proposed with keys that make the second of two a replay.
public final class LeasedWorker<Inbox: WorkerInbox>: Sendable {
    /// One time in which this process is the active one, in one epoch of the log.
    public struct Term: Sendable {
        /// The log's head when the term began. The view was there, or further, before the first turn.
        public let start: LogPosition
        let number: UInt64
        let worker: LeasedWorker<Inbox>
        let wakeUps: AsyncStream<Void>

        /// Changes the inbox if this term still goes on.
        public func put(_ change: (inout Inbox) -> Void) { worker.wake(inTerm: number) { change(&$0.inbox) } }

        /// What came in, turn by turn, until the term ends. For one loop.
        public var turns: Turns { Turns(term: self, wakeUps: wakeUps.makeAsyncIterator()) }
    }

    /// What came in between two turns.
    public struct Turn: Sendable {
        public var inbox: Inbox
        /// A tick has passed since the turn before.
        public var isTick: Bool
    }

    /// A term's turns, in order.
    public struct Turns: AsyncSequence, AsyncIteratorProtocol {
        public typealias Element = Turn
        let term: Term
        var wakeUps: AsyncStream<Void>.AsyncIterator

        public mutating func next() async -> Turn? { await next(isolation: nil) }

        public mutating func next(isolation actor: isolated (any Actor)?) async -> Turn? {
            guard await wakeUps.next(isolation: actor) != nil else { return nil }
            return term.worker.take(inTerm: term.number)
        }

        public func makeAsyncIterator() -> Turns { self }
    }

    private struct State {
        var term: UInt64 = 0
        var inbox = Inbox()
        var isTick = false
        var mustRestart = false
        /// Nil: no term goes on.
        var wakeUp: AsyncStream<Void>.Continuation?
    }

    private let name: String
    private let view: any LogFollower
    private let log: any EventReader
    private let lease: any Lease
    private let tickInterval: Duration
    private let logger: Logger
    private let state = Mutex(State())
    private let isActive: Meter

    private static var catchUpTimeout: Duration { .seconds(5) }
    private static var catchUpPause: Duration { .milliseconds(200) }

    /// - Parameters:
    ///   - name: for the log of the process.
    ///   - view: what a term starts from; kept up to date by this process's replica.
    ///   - lease: held by the active one of all processes.
    public init(
        name: String, view: any LogFollower, log: any EventReader, lease: any Lease,
        tickInterval: Duration = .milliseconds(100), logger: Logger
    ) {
        self.name = name
        self.view = view
        self.log = log
        self.lease = lease
        self.tickInterval = tickInterval
        self.logger = logger
        isActive = Meter(label: "holdfast_worker_active", dimensions: [("worker", name)])
        isActive.set(0)
    }

    /// Changes the inbox of the current term, if there is one, and wakes it.
    public func put(_ change: (inout Inbox) -> Void) {
        wake { change(&$0.inbox) }
    }

    /// Ends the current term, and begins another where the log is by then.
    public func restart() {
        state.withLock { state in
            state.mustRestart = true
            state.wakeUp?.yield()
        }
    }

    /// Serves term after term whenever this process is the active one, until cancelled.
    public func run(serve: @escaping @Sendable (Term, inout DiscardingTaskGroup) async -> Void) async {
        await lease.whileHeld {
            while !Task.isCancelled { await self.serveTerm(serve) }
        }
    }

    private func serveTerm(_ serve: @Sendable (Term, inout DiscardingTaskGroup) async -> Void) async {
        guard let start = await caughtUp() else { return }
        logger.info("\(name): this process is the active one", metadata: ["from": "\(start)"])
        let (wakeUps, wakeUp) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state = State(term: state.term + 1, wakeUp: wakeUp)
            return state.term
        }
        // An epoch that began between the look at the view and this line told the term before.
        if view.place.epoch != start.epoch { restart() }
        let term = Term(start: start, number: number, worker: self, wakeUps: wakeUps)
        isActive.set(1)
        defer { isActive.set(0) }
        await withDiscardingTaskGroup { tasks in
            let ticking = Task { await self.tick(inTerm: number) }
            await serve(term, &tasks)
            ticking.cancel()
            tasks.cancelAll()
        }
        state.withLock { $0.wakeUp = nil }
    }

    /// Waits until the view is as far as the log is now: what is done by an old state is harmless, but useless. Nil when
    /// cancelled.
    private func caughtUp() async -> LogPosition? {
        while !Task.isCancelled {
            do {
                let start = try await log.head()
                // A later epoch may have begun anew: then once more, from that one's head.
                if await view.wait(for: start, timeout: Self.catchUpTimeout) == .reached,
                    view.place.epoch == start.epoch
                {
                    return start
                }
            } catch {
                logger.warning("\(name): can't read the log", metadata: ["error": "\(error)"])
            }
            await pause(Self.catchUpPause)
        }
        return nil
    }

    private func tick(inTerm number: UInt64) async {
        while !Task.isCancelled {
            await pause(tickInterval)
            wake(inTerm: number) { $0.isTick = true }
        }
    }

    /// Changes the state and wakes the current term; nothing happens without one, or if another is asked for.
    private func wake(inTerm number: UInt64? = nil, _ change: (inout State) -> Void) {
        state.withLock { state in
            guard let wakeUp = state.wakeUp, number == nil || number == state.term else { return }
            change(&state)
            wakeUp.yield()
        }
    }

    /// Nil: the term is over.
    private func take(inTerm number: UInt64) -> Turn? {
        state.withLock { state in
            guard state.term == number, !state.mustRestart else { return nil }
            defer {
                state.inbox = Inbox()
                state.isTick = false
            }
            return Turn(inbox: state.inbox, isTick: state.isTick)
        }
    }
}

/// What comes in for a ``LeasedWorker`` between two of its turns. It bounds itself.
public protocol WorkerInbox: Sendable {
    /// An empty one.
    init()
}
