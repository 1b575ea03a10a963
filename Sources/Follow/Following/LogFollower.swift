public import EventLog

/// Whatever follows the log, seen by a reader that may have to wait for it.
public protocol LogFollower: Sendable {
    /// How far it has come, as far as is known without asking anybody. Epoch 0: not known yet.
    var place: LogPosition { get }

    /// Why it goes no further. Nil while it does.
    var stop: ViewStop? { get }

    /// Waits until it has what `token` stands for, or is in a later epoch, where that may mean something else; `timeout`
    /// at most.
    func wait(for token: LogPosition, timeout: Duration) async -> WaitOutcome
}

/// A follower with a name that operators know: what health checks and metrics say how far it has come.
public protocol LogSink: LogFollower {
    var name: String { get }
}

/// What came of waiting for a place in the log.
public enum WaitOutcome: Equatable, Sendable {
    /// The follower is there, or in a later epoch.
    case reached
    case timedOut
    case tooManyWaiters
    /// The follower will not get there.
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
