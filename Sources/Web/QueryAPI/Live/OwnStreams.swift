import AsyncAlgorithms
import Domain
public import EventLog
public import Following
public import Projection
public import ServiceLifecycle
import Synchronization

/// The open streams of what belongs to one person each, told by the replica's own following of the log.
///
/// A sleeping stream is one entry in here and one suspended task: it has no timer of its own. Once a second this gives a
/// part of them a sign of life, wakes those whose person waits in a line that has moved, and ends those whose caller has
/// logged out or whose token is no longer good. Run it as a service that stops
/// before the HTTP server does: the server waits for its streams, and these are ended here.
public final class OwnStreams: Service {
    public struct Limits: Sendable {
        /// Streams that may be open at once.
        public var streamsMax = 10_000
        /// Streams that one caller may have open at once: devices, and connections that are dead, of which nobody has said so.
        public var streamsPerCallerMax = 8
        /// Seconds without a message after which a stream gets a sign of life.
        public var signSeconds = 15
        /// Seconds after which a stream ends; its caller comes back with a token that is checked anew.
        public var ageSecondsMax = 3_600

        public init() {}
    }

    enum Refusal: Error, Equatable { case tooMany, tooManyOfCaller, stopping }

    /// One open stream, as its writer has it. It ends when nobody has it any more.
    struct Subscription {
        /// Says “look again”, and nothing more; ends when the stream has to.
        let signals: AsyncStream<Void>
        fileprivate let subscriber: Subscriber

        /// Ends ``signals``.
        var end: @Sendable () -> Void { { [signal = subscriber.signal] in signal.finish() } }

        /// What is to be told now.
        func take() -> PendingChanges { subscriber.state.withLock { $0.pending.take() } }

        /// From now on the stream is woken when lines of these shows move, once a second at most.
        func follow(_ shows: Set<ShowID>) {
            subscriber.state.withLock { state in
                guard state.shows != shows else { return }
                state.shows = shows
                // They may have moved since they were looked at: the next time tells.
                state.pending.lineHasMoved = true
            }
        }
    }

    fileprivate final class Subscriber: Sendable {
        struct State {
            var pending = PendingChanges()
            /// In whose rooms or waiting lists the person waits.
            var shows: Set<ShowID> = []
        }

        let id: UInt64
        /// The only entry of a waiting room that the stream is about; nil: it is about everything.
        let entry: EntryID?
        /// The tick that it began at.
        let openedAt: Int
        let signal: AsyncStream<Void>.Continuation
        /// Whether what its caller came with is still good.
        let isStillGood: @Sendable () -> Bool
        let state = Mutex(State())

        init(
            id: UInt64, entry: EntryID?, openedAt: Int, signal: AsyncStream<Void>.Continuation,
            isStillGood: @escaping @Sendable () -> Bool
        ) {
            self.isStillGood = isStillGood
            self.id = id
            self.entry = entry
            self.openedAt = openedAt
            self.signal = signal
        }

        /// False: the stream is not about that.
        func add(_ change: OwnChange, at position: Int64) -> Bool {
            if let entry {
                guard case .entry(entry, _) = change else { return false }
            }
            state.withLock { $0.pending.add(change, at: position) }
            return true
        }
    }

    private struct State {
        var nextID: UInt64 = 0
        var count = 0
        var subscribers: [UserID: [Subscriber]] = [:]
        /// The shows in whose rooms or waiting lists a line has moved since the last tick.
        var moved: Set<ShowID> = []
        /// Seconds since the start.
        var tick = 0
        var isStopped = false

        var all: [Subscriber] { subscribers.values.flatMap(\.self) }
    }

    private let limits: Limits
    private let state = Mutex(State())

    public init(limits: Limits = Limits()) { self.limits = limits }

    // MARK: Streams

    /// How many are open.
    var count: Int { state.withLock { $0.count } }

    /// Begins a stream: from now on it misses nothing.
    ///
    /// - Parameters:
    ///   - entry: the only entry of a waiting room that it is about; nil: it is about everything.
    ///   - isStillGood: asked once a second: whether what its caller came with, a token or a session, is still good.
    func open(
        for user: UserID, entry: EntryID? = nil, while isStillGood: @escaping @Sendable () -> Bool = { true }
    ) throws(Refusal) -> Subscription {
        let (signals, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let result = state.withLock { state -> Result<Subscriber, Refusal> in
            guard !state.isStopped else { return .failure(.stopping) }
            guard state.count < limits.streamsMax else { return .failure(.tooMany) }
            guard state.subscribers[user]?.count ?? 0 < limits.streamsPerCallerMax else {
                return .failure(.tooManyOfCaller)
            }
            state.nextID += 1
            state.count += 1
            let subscriber = Subscriber(
                id: state.nextID, entry: entry, openedAt: state.tick, signal: signal, isStillGood: isStillGood)
            state.subscribers[user, default: []].append(subscriber)
            return .success(subscriber)
        }
        let subscriber = try result.get()
        signal.onTermination = { [weak self, id = subscriber.id] _ in self?.remove(id, of: user) }
        return Subscription(signals: signals, subscriber: subscriber)
    }

    private func remove(_ id: UInt64, of user: UserID) {
        state.withLock { state in
            guard let index = state.subscribers[user]?.firstIndex(where: { $0.id == id }) else { return }
            state.subscribers[user]?.remove(at: index)
            if state.subscribers[user]?.isEmpty == true { state.subscribers[user] = nil }
            state.count -= 1
        }
    }

    // MARK: Time

    /// Works until graceful shutdown, then ends all streams, and refuses later ones.
    public func run() async throws {
        let seconds = AsyncTimerSequence(interval: .seconds(1), clock: ContinuousClock())
        for await _ in seconds.cancelOnGracefulShutdown() { tick() }
        let open = state.withLock { state in
            state.isStopped = true
            return state.all
        }
        for subscriber in open { subscriber.signal.finish() }
    }

    /// A second has passed.
    func tick() {
        let (all, moved, now) = state.withLock { state -> ([Subscriber], Set<ShowID>, Int) in
            state.tick += 1
            defer { state.moved = [] }
            return (state.all, state.moved, state.tick)
        }
        // Not all in the same second.
        let turn = UInt64(now % limits.signSeconds)
        for subscriber in all {
            let isDue = subscriber.state.withLock { state in
                let needsSign = subscriber.id % UInt64(limits.signSeconds) == turn
                let hasMoved = !moved.isEmpty && !state.shows.isDisjoint(with: moved)
                state.pending.needsSign = state.pending.needsSign || needsSign
                state.pending.lineHasMoved = state.pending.lineHasMoved || hasMoved
                return needsSign || hasMoved
            }
            if isDue { subscriber.signal.yield() }
            let isOver = now - subscriber.openedAt >= limits.ageSecondsMax
            if isOver || !subscriber.isStillGood() { subscriber.signal.finish() }
        }
    }
}

extension OwnStreams: LogListener {
    public func applied(_ events: [FollowedEvent], at position: LogPosition) {
        var woken: [UInt64: Subscriber] = [:]
        state.withLock { state in
            guard state.count > 0 else { return }
            for followed in events {
                guard case .success(let event) = followed.event else { continue }
                OwnChange.forEach(in: event, of: followed.context.stream) { user, change in
                    for subscriber in state.subscribers[user] ?? []
                    where subscriber.add(change, at: followed.context.position) {
                        woken[subscriber.id] = subscriber
                    }
                }
                if (event as? RoomEvent)?.movesTheLine ?? (event as? ShowEvent)?.movesTheWaitlist == true {
                    state.moved.insert(ShowID(followed.context.stream.id))
                }
            }
        }
        for subscriber in woken.values { subscriber.signal.yield() }
    }

    /// Ends all streams: what they told may not be in the log any more.
    public func entered(epoch: Int64) {
        for subscriber in state.withLock({ $0.all }) { subscriber.signal.finish() }
    }
}

extension OwnChange {
    /// Calls `tell` for everything that an event of the log changes, with the person it belongs to.
    fileprivate static func forEach(
        in event: any DomainEvent, of stream: StreamID, _ tell: (UserID, OwnChange) -> Void
    ) {
        if let event = event as? ShowEvent, let show = ShowID(stream) {
            forEach(in: event, on: show, tell)
        } else if let event = event as? RoomEvent {
            forEach(in: event, of: ShowID(stream.id), tell)
        }
    }
}
