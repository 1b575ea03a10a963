import Synchronization

/// A projection's state in memory, how far it has come, and who waits for it to come further.
///
/// One follower writes; any number of readers read between two events.
public final class View<P: Projection>: Sendable {
    private struct State {
        var projection: P
        var checkpoint: Int64
        var stop: ViewStop?
        var waiters: WaitQueue<CheckedContinuation<WaitOutcome, Never>>
    }

    private let state: Mutex<State>

    /// - Parameter waitersMax: readers that may wait at once; more are told so.
    public init(waitersMax: Int = 10_000) {
        state = Mutex(State(projection: P(), checkpoint: 0, waiters: WaitQueue(countMax: waitersMax)))
    }

    public var checkpoint: Int64 { state.withLock { $0.checkpoint } }

    /// Why the view goes no further; nil: it does.
    public var stop: ViewStop? { state.withLock { $0.stop } }

    /// Reads the state and the sequence number it is of. Keep it short: the follower waits meanwhile.
    public func read<R: Sendable>(_ body: (borrowing P, _ checkpoint: Int64) throws -> R) rethrows -> R {
        try state.withLock { try body($0.projection, $0.checkpoint) }
    }

    /// Waits until the view has applied `position`, `timeout` at most.
    public func wait(for position: Int64, timeout: Duration) async -> WaitOutcome {
        if let outcome = state.withLock({ Self.outcome($0, position) }) { return outcome }
        guard timeout > .zero else { return .timedOut }
        let ticket = Mutex<WaitQueue<CheckedContinuation<WaitOutcome, Never>>.ID?>(nil)
        let timer = Task {
            do {
                try await Task.sleep(for: timeout)
            } catch {
                return  // Woken in time.
            }
            guard let id = ticket.withLock({ $0 }) else { return }
            self.state.withLock { $0.waiters.cancel(id) }?.resume(returning: .timedOut)
        }
        defer { timer.cancel() }
        return await withCheckedContinuation { continuation in
            let outcome: WaitOutcome? = state.withLock { state in
                // Again, under the lock that adds the waiter: nothing can be applied in between.
                if let outcome = Self.outcome(state, position) { return outcome }
                guard let id = state.waiters.add(continuation, until: position) else { return .tooManyWaiters }
                ticket.withLock { $0 = id }
                return nil
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }

    private static func outcome(_ state: borrowing State, _ position: Int64) -> WaitOutcome? {
        if state.checkpoint >= position { return .reached }
        return state.stop.map(WaitOutcome.stopped)
    }
}

/// What came of waiting for a sequence number.
public enum WaitOutcome: Equatable, Sendable {
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
}

/// What a follower needs of a view, whatever it shows.
public protocol FollowingView: Sendable {
    var name: String { get }
    var formatVersion: Int { get }
    var checkpoint: Int64 { get }
    var stop: ViewStop? { get }
    /// Takes in the events after its checkpoint. The events follow each other; those it has are skipped.
    func apply(_ events: [FollowedEvent])
    /// Forgets everything: the log it followed lost its tail.
    func reset()
    /// The state and the sequence number it is of.
    func snapshot() -> (checkpoint: Int64, payload: [UInt8])
    /// The state for people; see `Projection.lines`.
    var lines: [String] { get }
    /// Goes to a snapshot's state if that can be read. Only before the first event, or ahead of ``replace(with:)``.
    func restore(_ payload: [UInt8], checkpoint: Int64) throws(ProjectionFault)
    /// A second, empty view of the same projection, to be built beside this one.
    func sibling() -> any FollowingView
    /// Takes over a sibling's state in one step, if it is of the same sequence number, and says whether the two were
    /// the same. Nil: it is not of the same sequence number. A view that had stopped goes on if the sibling did not.
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
            let woken = state.withLock { state in
                for event in turn where event.context.position > state.checkpoint && state.stop == nil {
                    do {
                        try state.projection.apply(event.event.get(), in: event.context)
                        state.checkpoint = event.context.position
                    } catch {
                        state.stop = ViewStop(position: event.context.position, reason: "\(error)")
                    }
                }
                let reached = state.waiters.advance(to: state.checkpoint).map { ($0, WaitOutcome.reached) }
                guard let stop = state.stop else { return reached }
                return reached + state.waiters.removeAll().map { ($0, .stopped(stop)) }
            }
            for (waiter, outcome) in woken { waiter.resume(returning: outcome) }
        }
    }

    public func reset() {
        state.withLock {
            $0.projection = P()
            $0.checkpoint = 0
            $0.stop = nil
        }
    }

    public func snapshot() -> (checkpoint: Int64, payload: [UInt8]) {
        // Only the copy is taken under the lock; encoding it keeps nobody waiting.
        let (projection, checkpoint) = state.withLock { ($0.projection, $0.checkpoint) }
        return (checkpoint, projection.encoded)
    }

    public var lines: [String] { state.withLock { $0.projection }.lines }

    public func restore(_ payload: [UInt8], checkpoint: Int64) throws(ProjectionFault) {
        let projection = try P(encoded: payload)
        state.withLock {
            $0.projection = projection
            $0.checkpoint = checkpoint
            $0.stop = nil
        }
    }

    public func sibling() -> any FollowingView { View<P>() }

    public func replace(with sibling: any FollowingView) -> Bool? {
        guard let sibling = sibling as? View<P> else { return nil }
        let (green, checkpoint, stop) = sibling.state.withLock { ($0.projection, $0.checkpoint, $0.stop) }
        let blue: P? = state.withLock {
            guard $0.checkpoint == checkpoint else { return nil }
            let blue = $0.projection
            $0.projection = green
            $0.stop = stop
            return blue
        }
        return blue.map { $0.encoded == green.encoded }
    }
}
