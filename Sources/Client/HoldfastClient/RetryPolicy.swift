/// When a request that failed is sent again.
public struct RetryPolicy: Sendable {
    /// From the first try to the end of the last.
    public var timeout: Duration
    /// After the first failure; twice as long after each further one.
    public var firstWait: Duration
    public var longestWait: Duration

    public init(
        timeout: Duration = .seconds(30), firstWait: Duration = .milliseconds(100), longestWait: Duration = .seconds(5)
    ) {
        self.timeout = timeout
        self.firstWait = firstWait
        self.longestWait = longestWait
    }

    /// - Parameters:
    ///   - failures: in a row, with the last one.
    ///   - asked: what the answer's `Retry-After` says.
    ///   - random: from 0 up to 1: callers that failed together don't come back together.
    func wait(afterFailures failures: Int, asked: Duration? = nil, random: Double) -> Duration {
        let doubled = firstWait * (1 << min(max(failures - 1, 0), 20))
        return max(min(doubled, longestWait) * (0.5 + random / 2), asked ?? .zero)
    }
}
