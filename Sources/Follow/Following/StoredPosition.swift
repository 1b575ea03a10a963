public import EventLog
public import Projection
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
        /// As it was last read.
        var checkpoint = LogPosition(epoch: 0, position: 0)
        var quiet = QuietStretch()

        mutating func move(stop: ViewStop?) -> [(waiter: CheckedContinuation<WaitOutcome, Never>, outcome: WaitOutcome)]
        {
            gate.move(to: quiet.reach(of: checkpoint), stop: stop)
        }
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
            state.checkpoint = place
            return state.move(stop: isPast ? nil : stop)
        }
        resume(woken)
    }

    /// The log goes on with `events`. What `concerns` none of them leaves the view as good as it would be behind them.
    public func heard(
        _ events: [FollowedEvent], through place: LogPosition, concerns: (FollowedEvent) -> Bool
    ) {
        guard let first = events.first?.context.position else { return }
        let last = events.last(where: concerns)?.context.position
        let woken = state.withLock { state in
            state.quiet.goesOn(from: first, through: place, concernedAt: last)
            return state.move(stop: state.gate.stop)
        }
        resume(woken)
    }

    /// The log is in another epoch, and may have lost what was heard.
    public func entered() { state.withLock { $0.quiet = QuietStretch() } }

    /// The place that rows stand for which are of this checkpoint.
    public func reach(of checkpoint: LogPosition) -> LogPosition {
        state.withLock { $0.quiet.reach(of: checkpoint) }
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
