public import EventLog
import Synchronization

/// How far a stored view is, as far as this process knows, and who waits for it to come further.
///
/// Another process may be the one that moves it, so while somebody waits the checkpoint is looked at every few
/// milliseconds, by one look for all.
public final class StoredPosition: Gated, LogSink {
    private struct State {
        var gate: Gate
        /// The one that the view stopped in.
        var stopEpoch: Int64 = 0
        var isLooking = false
    }

    public let name: String
    private let state: Mutex<State>
    private let look: @Sendable () async throws -> LogPosition
    /// Time between two looks while somebody waits.
    private static let lookInterval = Duration.milliseconds(5)
    /// The same, after a look that failed.
    private static let retryInterval = Duration.milliseconds(200)

    /// - Parameters:
    ///   - name: the view's.
    ///   - waitersMax: readers that may wait at once; more are told so.
    ///   - look: reads the checkpoint.
    public init(name: String, waitersMax: Int = 10_000, look: @escaping @Sendable () async throws -> LogPosition) {
        self.name = name
        state = Mutex(State(gate: Gate(waitersMax: waitersMax)))
        self.look = look
    }

    /// The checkpoint was just read, or moved. The last word counts: a database that failed over may have gone back.
    public func moved(to place: LogPosition) {
        let woken = state.withLock { state in
            let stop = state.gate.stop
            let isPast = place.epoch != state.stopEpoch || place.position >= stop?.position ?? 0
            return state.gate.move(to: place, stop: isPast ? nil : stop)
        }
        resume(woken)
    }

    /// An event can't be folded in. Another process, of a later version, may yet get past it.
    public func stopped(at stop: ViewStop, inEpoch epoch: Int64) {
        let woken = state.withLock { state in
            state.stopEpoch = epoch
            return state.gate.move(to: state.gate.place, stop: stop)
        }
        resume(woken)
    }

    public func withGate<R: Sendable>(_ body: (inout Gate) -> sending R) -> R { state.withLock { body(&$0.gate) } }

    public func didBeginWaiting() {
        let startsLooking = state.withLock { state in
            defer { state.isLooking = true }
            return !state.isLooking
        }
        if startsLooking { Task { await self.lookWhileAnybodyWaits() } }
    }

    private func lookWhileAnybodyWaits() async {
        while true {
            let goesOn = state.withLock { state in
                state.isLooking = state.gate.hasWaiters
                return state.isLooking
            }
            guard goesOn else { return }
            do {
                moved(to: try await look())
                await pause(Self.lookInterval)
            } catch {
                // Whoever waits hears in time that it was not reached.
                await pause(Self.retryInterval)
            }
        }
    }
}
