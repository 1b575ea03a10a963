import Domain
public import EventLog
public import Following
public import Projection
import Synchronization

/// Wakes the streams of a show when it changed. A signal says "look again" and nothing more, so any number of them
/// become one while the stream is busy.
public final class ShowSignals: LogListener {
    private struct State {
        var nextID: UInt64 = 0
        var count = 0
        var listeners: [ShowID: [UInt64: AsyncStream<Void>.Continuation]] = [:]
    }

    private let countMax: Int
    private let state = Mutex(State())

    /// - Parameter countMax: streams that may listen at once.
    public init(countMax: Int = 10_000) { self.countMax = countMax }

    /// A stream of signals, and what ends it; nil when too many listen.
    func listen(to show: ShowID) -> (signals: AsyncStream<Void>, end: @Sendable () -> Void)? {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let id: UInt64? = state.withLock { state in
            guard state.count < countMax else { return nil }
            defer { state.nextID += 1 }
            state.count += 1
            state.listeners[show, default: [:]][state.nextID] = continuation
            return state.nextID
        }
        guard let id else { return nil }
        continuation.onTermination = { [weak self] _ in self?.remove(id, show) }
        return (stream, { continuation.finish() })
    }

    /// Tells everybody who listens to these events' shows.
    public func applied(_ events: [FollowedEvent], at position: LogPosition) {
        let shows = Set(events.map(\.context.show))
        let woken = state.withLock { state in shows.flatMap { state.listeners[$0].map { Array($0.values) } ?? [] } }
        for listener in woken { listener.yield() }
    }

    /// Tells everybody: what they have seen may not be in the log any more.
    public func entered(epoch: Int64) {
        let woken = state.withLock { $0.listeners.values.flatMap(\.values) }
        for listener in woken { listener.yield() }
    }

    private func remove(_ id: UInt64, _ show: ShowID) {
        state.withLock { state in
            guard state.listeners[show]?.removeValue(forKey: id) != nil else { return }
            state.count -= 1
            if state.listeners[show]?.isEmpty == true { state.listeners[show] = nil }
        }
    }
}
