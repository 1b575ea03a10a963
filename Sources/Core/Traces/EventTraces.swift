import DequeModule
import Synchronization

/// Which of the log's newest events belong to traces that are sampled, so that what is done about an event (a payment, a
/// webhook) joins the trace of who caused it. Bounded: the oldest are forgotten, and what is done about them is not traced.
public final class EventTraces: Sendable {
    private struct State {
        var epoch: Int64 = 0
        var contexts: [Int64: TraceContext] = [:]
        /// In the order in which they came.
        var positions = Deque<Int64>()
    }

    /// Events that are remembered: one second's worth at thousands of holds a second, all of them traced.
    public static let countMaxDefault = 4_096

    private let countMax: Int
    private let state = Mutex(State())
    /// Most processes trace next to nothing, and look here for every page that they handle.
    private let isEmpty = Atomic(true)

    public init(countMax: Int = countMaxDefault) { self.countMax = countMax }

    /// From here on positions are of this epoch; what was noted may be of another.
    public func begin(epoch: Int64) {
        state.withLock { state in if epoch >= state.epoch { state = State(epoch: epoch) } }
    }

    /// Remembers that the events at these positions are of a trace. In another epoch they are others.
    public func note(_ context: TraceContext, of positions: ClosedRange<Int64>, epoch: Int64) {
        isEmpty.store(false, ordering: .relaxed)
        state.withLock { state in
            guard epoch >= state.epoch else { return }
            if epoch > state.epoch { state = State(epoch: epoch) }
            for position in positions.prefix(countMax)
            where state.contexts.updateValue(context, forKey: position) == nil {
                state.positions.append(position)
                if state.positions.count > countMax, let oldest = state.positions.popFirst() {
                    state.contexts[oldest] = nil
                }
            }
        }
    }

    /// The trace of the event at a position; nil: it has none, or none that is remembered.
    public subscript(position: Int64) -> TraceContext? {
        guard !isEmpty.load(ordering: .relaxed) else { return nil }
        return state.withLock { $0.contexts[position] }
    }

    /// The traces of some events, each once.
    public func traces(of positions: ClosedRange<Int64>) -> [TraceContext] {
        guard !isEmpty.load(ordering: .relaxed) else { return [] }
        return state.withLock { state in
            guard !state.contexts.isEmpty else { return [] }
            var traces: [TraceContext] = []
            var seen: Set<TraceContext> = []
            for position in positions {
                if let trace = state.contexts[position], seen.insert(trace).inserted { traces.append(trace) }
            }
            return traces
        }
    }

    /// Whether any of some events is of a trace that is remembered.
    public func hasAny(of positions: ClosedRange<Int64>) -> Bool {
        guard !isEmpty.load(ordering: .relaxed) else { return false }
        return state.withLock { state in
            !state.contexts.isEmpty && positions.contains { state.contexts[$0] != nil }
        }
    }
}
