public import Domain

/// When a session ends by itself.
public struct SessionClock: Hashable, Sendable {
    /// Seconds without a request after which a session ends.
    public let idleSeconds: Int64
    /// Seconds after which a session ends, whatever happens.
    public let absoluteSeconds: Int64

    /// - Parameters:
    ///   - idleSeconds: at least 1.
    ///   - absoluteSeconds: at least 1.
    public init(idleSeconds: Int64 = 2 * 3600, absoluteSeconds: Int64 = 24 * 3600) {
        precondition(idleSeconds >= 1 && absoluteSeconds >= 1)
        self.idleSeconds = idleSeconds
        self.absoluteSeconds = absoluteSeconds
    }

    /// From then on a session of these times is over.
    public func end(of times: SessionTimes) -> Timestamp {
        min(times.createdAt.adding(seconds: absoluteSeconds), times.seenAt.adding(seconds: idleSeconds))
    }

    /// Whether a session of these times is over. One that was never seen before `now` by a clock that runs behind is not.
    public func isOver(_ times: SessionTimes, at now: Timestamp) -> Bool { end(of: times) <= now }

    /// How long a request may go unnoted: a sixteenth of the idle time, and a minute at most. A session of whose last requests
    /// nobody took note ends that much early.
    public var noteSeconds: Int64 { min(60, max(1, idleSeconds / 16)) }
}

/// When a session began, and when its last request was noted.
public struct SessionTimes: Hashable, Sendable {
    public var createdAt: Timestamp
    public var seenAt: Timestamp

    public init(createdAt: Timestamp, seenAt: Timestamp) {
        self.createdAt = createdAt
        self.seenAt = seenAt
    }
}
