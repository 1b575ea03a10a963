public import EventLog
import Synchronization

/// A projection's state in memory, how far it has come, and who waits for it to come further.
///
/// One follower writes; any number of readers read between two events.
public final class View<P: Projection>: Sendable {
    private struct State {
        var projection: P
        /// The epoch of the log, and the last event that was applied.
        var place = SequenceToken(epoch: 0, sequence: 0)
        var stop: ViewStop?
        /// They wait for sequence numbers of the epoch; those who wait for a later epoch, for the end of the range.
        var waiters: WaitQueue<CheckedContinuation<WaitOutcome, Never>>
    }

    private let state: Mutex<State>

    /// - Parameter waitersMax: readers that may wait at once; more are told so.
    public init(waitersMax: Int = 10_000) {
        state = Mutex(State(projection: P(), waiters: WaitQueue(countMax: waitersMax)))
    }

    /// The epoch of the log that the view follows (0: not known yet), and the last event that was applied.
    public var place: SequenceToken { state.withLock { $0.place } }

    public var checkpoint: Int64 { place.sequence }

    /// Why the view goes no further; nil: it does.
    public var stop: ViewStop? { state.withLock { $0.stop } }

    /// Reads the state and the place it is of. Keep it short: the follower waits meanwhile.
    public func read<R: Sendable>(_ body: (borrowing P, _ place: SequenceToken) throws -> R) rethrows -> R {
        try state.withLock { try body($0.projection, $0.place) }
    }

    /// Waits until the view has applied what `token` stands for, or is in a later epoch, where that may mean something
    /// else; `timeout` at most.
    public func wait(for token: SequenceToken, timeout: Duration) async -> WaitOutcome {
        let deadline = ContinuousClock.now + timeout
        while true {
            if let outcome = state.withLock({ Self.outcome($0, token) }) { return outcome }
            let rest = ContinuousClock.now.duration(to: deadline)
            guard rest > .zero else { return .timedOut }
            // Every new epoch wakes everybody; some go on waiting then.
            let outcome = await waitOnce(for: token, timeout: rest)
            guard outcome == .reached else { return outcome }
        }
    }

    private func waitOnce(for token: SequenceToken, timeout: Duration) async -> WaitOutcome {
        let timer = Mutex<Task<Void, Never>?>(nil)
        defer { timer.withLock { $0 }?.cancel() }
        return await withCheckedContinuation { continuation in
            var id: WaitQueue<CheckedContinuation<WaitOutcome, Never>>.ID?
            let outcome: WaitOutcome? = state.withLock { state in
                // Again, under the lock that adds the waiter: nothing can be applied in between.
                if let outcome = Self.outcome(state, token) { return outcome }
                id = state.waiters.add(continuation, until: token.epoch == state.place.epoch ? token.sequence : .max)
                return id == nil ? .tooManyWaiters : nil
            }
            if let outcome { continuation.resume(returning: outcome) }
            // Only now, so that the time can't be up before there is anybody to wake.
            if let id { timer.withLock { $0 = Task { await self.cancel(id, after: timeout) } } }
        }
    }

    private func cancel(_ id: WaitQueue<CheckedContinuation<WaitOutcome, Never>>.ID, after timeout: Duration) async {
        do {
            try await Task.sleep(for: timeout)
        } catch {
            return  // Woken in time.
        }
        state.withLock { $0.waiters.cancel(id) }?.resume(returning: .timedOut)
    }

    private static func outcome(_ state: borrowing State, _ token: SequenceToken) -> WaitOutcome? {
        if (token.epoch, token.sequence) <= (state.place.epoch, state.place.sequence) { return .reached }
        return state.stop.map(WaitOutcome.stopped)
    }

    /// Changes the state, then wakes those who have to know.
    private func move(_ change: (inout State) -> Void) {
        let woken = state.withLock { state in
            let epoch = state.place.epoch
            change(&state)
            let reached =
                epoch == state.place.epoch ? state.waiters.advance(to: state.place.sequence) : state.waiters.removeAll()
            let woken = reached.map { ($0, WaitOutcome.reached) }
            guard let stop = state.stop else { return woken }
            return woken + state.waiters.removeAll().map { ($0, .stopped(stop)) }
        }
        for (waiter, outcome) in woken { waiter.resume(returning: outcome) }
    }
}

/// What came of waiting for a place in the log.
public enum WaitOutcome: Equatable, Sendable {
    /// The view is there, or in a later epoch.
    case reached
    case timedOut
    case tooManyWaiters
    /// The view will not get there.
    case stopped(ViewStop)
}

/// A view met an event that it can't take in, and stopped before it.
public struct ViewStop: Equatable, Sendable {
    /// The event's sequence number.
    public var position: Int64
    public var reason: String

    public init(position: Int64, reason: String) {
        self.position = position
        self.reason = reason
    }
}

/// What a follower needs of a view, whatever it shows.
public protocol FollowingView: Sendable {
    var name: String { get }
    var formatVersion: Int { get }
    var checkpoint: Int64 { get }
    var stop: ViewStop? { get }
    /// Waits until the view has applied what `token` stands for, or is in a later epoch; `timeout` at most.
    func wait(for token: SequenceToken, timeout: Duration) async -> WaitOutcome
    /// Takes in the events after its checkpoint. The events follow each other; those it has are skipped. Stops where one
    /// is missing.
    func apply(_ events: [FollowedEvent])
    /// The log is in this epoch now; what was applied is in it.
    func enter(epoch: Int64)
    /// Forgets everything: the log it followed lost its tail, and is in this epoch now.
    func reset(epoch: Int64)
    /// The state and the sequence number it is of.
    func snapshot() -> (checkpoint: Int64, payload: [UInt8])
    /// The state for people; see `Projection.lines`.
    var lines: [String] { get }
    /// Goes to a snapshot's state if that can be read. Only before the first event, or ahead of ``replace(with:)``.
    func restore(_ payload: [UInt8], checkpoint: Int64) throws(ProjectionFault)
    /// A second, empty view of the same projection, to be built beside this one.
    func sibling() -> any FollowingView
    /// Takes over a sibling's state in one step, if it is of the same sequence number, and says whether the two were
    /// the same. Nil: it is not of the same sequence number. A view that had stopped also takes a later state, and goes on
    /// if the sibling did not stop.
    func replace(with sibling: any FollowingView) -> Bool?
}

extension View: FollowingView {
    public var name: String { P.name }
    public var formatVersion: Int { P.formatVersion }

    /// Events applied under one lock: readers wait for no more than these.
    private static var eventsPerTurn: Int { 256 }

    public func apply(_ events: [FollowedEvent]) {
        var rest = events[...]
        while !rest.isEmpty {
            let turn = rest.prefix(Self.eventsPerTurn)
            rest = rest.dropFirst(turn.count)
            move { state in
                for event in turn where event.context.position > state.place.sequence && state.stop == nil {
                    do {
                        guard event.context.position == state.place.sequence + 1 else {
                            throw ProjectionFault("event \(state.place.sequence + 1) is missing before it")
                        }
                        try state.projection.apply(event.event.get(), in: event.context)
                        state.place = SequenceToken(epoch: state.place.epoch, sequence: event.context.position)
                    } catch {
                        state.stop = ViewStop(position: event.context.position, reason: "\(error)")
                    }
                }
            }
        }
    }

    public func enter(epoch: Int64) {
        move { $0.place = SequenceToken(epoch: epoch, sequence: $0.place.sequence) }
    }

    public func reset(epoch: Int64) {
        move {
            $0.projection = P()
            $0.place = SequenceToken(epoch: epoch, sequence: 0)
            $0.stop = nil
        }
    }

    public func snapshot() -> (checkpoint: Int64, payload: [UInt8]) {
        // Only the copy is taken under the lock; encoding it keeps nobody waiting.
        let (projection, checkpoint) = state.withLock { ($0.projection, $0.place.sequence) }
        return (checkpoint, projection.encoded)
    }

    public var lines: [String] { state.withLock { $0.projection }.lines }

    public func restore(_ payload: [UInt8], checkpoint: Int64) throws(ProjectionFault) {
        let projection = try P(encoded: payload)
        move {
            $0.projection = projection
            $0.place = SequenceToken(epoch: $0.place.epoch, sequence: checkpoint)
            $0.stop = nil
        }
    }

    public func sibling() -> any FollowingView { View<P>() }

    public func replace(with sibling: any FollowingView) -> Bool? {
        guard let sibling = sibling as? View<P> else { return nil }
        let (green, checkpoint, stop) = sibling.state.withLock { ($0.projection, $0.place.sequence, $0.stop) }
        var blue: P?
        move {
            guard $0.place.sequence == checkpoint || ($0.stop != nil && $0.place.sequence < checkpoint) else { return }
            blue = $0.projection
            $0.projection = green
            $0.place = SequenceToken(epoch: $0.place.epoch, sequence: checkpoint)
            $0.stop = stop
        }
        return blue.map { $0.encoded == green.encoded }
    }
}
