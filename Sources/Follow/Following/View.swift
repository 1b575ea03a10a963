public import EventLog
public import Projection
import Synchronization

/// A projection's state in memory, how far it has come, and who waits for it to come further.
///
/// One follower writes; any number of readers read between two events.
public final class View<P: Projection>: Sendable {
    private struct State {
        var projection = P()
        /// Under the same lock as the projection: who is told of a place can read it.
        var gate: Gate
    }

    private let state: Mutex<State>

    /// - Parameter waitersMax: readers that may wait at once; more are told so.
    public init(waitersMax: Int = 10_000) { state = Mutex(State(gate: Gate(waitersMax: waitersMax))) }

    public var checkpoint: Int64 { place.position }

    /// Reads the state and the place it is of. Keep it short: the follower waits meanwhile.
    public func read<R: Sendable>(_ body: (borrowing P, _ place: LogPosition) throws -> R) rethrows -> R {
        try state.withLock { try body($0.projection, $0.gate.place) }
    }

    /// Changes the state, then wakes those who have to know. `change` returns the place that the view has come to, and
    /// why it goes no further.
    private func move(_ change: (inout P, Gate) -> (place: LogPosition, stop: ViewStop?)) {
        let woken = state.withLock { state in
            let (place, stop) = change(&state.projection, state.gate)
            return state.gate.move(to: place, stop: stop)
        }
        resume(woken)
    }
}

extension View: Gated {
    public func withGate<R: Sendable>(_ body: (inout Gate) -> sending R) -> R { state.withLock { body(&$0.gate) } }
}

/// What a replica needs of a view, whatever it shows.
public protocol FollowingView: LogSink {
    var formatVersion: Int { get }
    var checkpoint: Int64 { get }
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

    /// Events applied under one lock, unless one commit has more: readers wait for no more than these.
    private static var eventsPerTurn: Int { 256 }

    /// Of a commit that has more events than a turn, those that are applied under one lock.
    private static var eventsPerTurnMax: Int { 4_096 }

    /// The next events to apply under one lock. Where it can be, a turn ends between two commits, so that nobody reads
    /// half of one: places that are released and offered to somebody else at once are never free to a reader.
    static func turn(of events: ArraySlice<FollowedEvent>) -> ArraySlice<FollowedEvent> {
        guard events.count > eventsPerTurn else { return events }
        // The time of a commit stands for it.
        func isInsideCommit(_ index: Int) -> Bool {
            events[index - 1].context.recordedAt == events[index].context.recordedAt
        }
        var end = events.startIndex + eventsPerTurn
        while end > events.startIndex, isInsideCommit(end) { end -= 1 }
        guard end == events.startIndex else { return events[..<end] }
        end = events.startIndex + eventsPerTurn
        let last = min(events.endIndex, events.startIndex + eventsPerTurnMax)
        while end < last, isInsideCommit(end) { end += 1 }
        return events[..<end]
    }

    public func apply(_ events: [FollowedEvent]) {
        var rest = events[...]
        while !rest.isEmpty {
            let turn = Self.turn(of: rest)
            rest = rest.dropFirst(turn.count)
            move { projection, gate in
                var reached = gate.place.position
                var stop = gate.stop
                for event in turn where event.context.position > reached && stop == nil {
                    do {
                        guard event.context.position == reached + 1 else {
                            throw ProjectionFault("event \(reached + 1) is missing before it")
                        }
                        try projection.fold(event.event.get(), in: event.context)
                        reached = event.context.position
                    } catch {
                        stop = ViewStop(position: event.context.position, reason: "\(error)")
                    }
                }
                return (LogPosition(epoch: gate.place.epoch, position: reached), stop)
            }
        }
    }

    public func enter(epoch: Int64) {
        move { _, gate in (LogPosition(epoch: epoch, position: gate.place.position), gate.stop) }
    }

    public func reset(epoch: Int64) {
        move { projection, _ in
            projection = P()
            return (LogPosition(epoch: epoch, position: 0), nil)
        }
    }

    public func snapshot() -> (checkpoint: Int64, payload: [UInt8]) {
        // Only the copy is taken under the lock; encoding it keeps nobody waiting.
        let (projection, checkpoint) = state.withLock { ($0.projection, $0.gate.place.position) }
        return (checkpoint, projection.encoded)
    }

    public var lines: [String] { state.withLock { $0.projection }.lines }

    public func restore(_ payload: [UInt8], checkpoint: Int64) throws(ProjectionFault) {
        let restored = try P(encoded: payload)
        move { projection, gate in
            projection = restored
            return (LogPosition(epoch: gate.place.epoch, position: checkpoint), nil)
        }
    }

    public func sibling() -> any FollowingView { View<P>() }

    public func replace(with sibling: any FollowingView) -> Bool? {
        guard let sibling = sibling as? View<P> else { return nil }
        let (green, checkpoint, stop) = sibling.state.withLock { ($0.projection, $0.gate.place.position, $0.gate.stop) }
        var blue: P?
        move { projection, gate in
            guard gate.place.position == checkpoint || (gate.stop != nil && gate.place.position < checkpoint) else {
                return (gate.place, gate.stop)
            }
            blue = projection
            projection = green
            return (LogPosition(epoch: gate.place.epoch, position: checkpoint), stop)
        }
        return blue.map { $0.encoded == green.encoded }
    }
}
