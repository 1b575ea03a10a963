/// How many requests of one kind a key may make: the generic cell rate algorithm (GCRA, ITU-T I.371), a token bucket
/// without a timer.
///
/// A key's *debt* is the time at which it has its whole quota back. A request moves it ``interval`` further, and is
/// refused where that would be more than a window from now. So a whole minute's quota may be used at once, and then one
/// request each interval; in any one minute a key makes fewer than twice its quota.
public struct RateLimit: Hashable, Sendable {
    public static let windowSeconds = 60
    static let window = Int64(windowSeconds) * 1_000_000_000
    public static let perMinuteRange = 1...100_000

    /// Requests a minute.
    public let perMinute: Int
    /// Nanoseconds that one request costs.
    let interval: Int64

    /// - Parameter perMinute: clamped to ``perMinuteRange``.
    public init(perMinute: Int) {
        self.perMinute = min(max(perMinute, Self.perMinuteRange.lowerBound), Self.perMinuteRange.upperBound)
        interval = Self.window / Int64(self.perMinute)
    }
}

/// What became of one request, and how its key stands after it. Times are nanoseconds from the decision.
public struct RateDecision: Equatable, Sendable {
    public let isAdmitted: Bool
    /// Requests that would be admitted at once now.
    public let remaining: Int
    /// Until the key has its whole quota back.
    public let resetAfter: Int64
    /// Until another request would be admitted; 0 where it would be now.
    public let retryAfter: Int64

    /// - Parameter debt: of the key, before the request.
    init(debt: Int64, limit: RateLimit, now: Int64) {
        let start = max(debt, now)
        let ceiling = now + RateLimit.window
        let after = start + limit.interval
        isAdmitted = after <= ceiling
        let debt = isAdmitted ? after : start
        remaining = Int(max(0, ceiling - debt) / limit.interval)
        resetAfter = debt - now
        retryAfter = max(0, debt + limit.interval - ceiling)
    }
}
