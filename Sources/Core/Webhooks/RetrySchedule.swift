/// When an endpoint that did not take a message is tried again.
public enum RetrySchedule {
    /// Seconds after the first failure, the second, and so on; the last one for every failure after it.
    static let seconds: [Double] = [5, 15, 60, 300, 900, 3_600, 10_800, 21_600, 43_200, 86_400]
    /// What an endpoint may ask for with `Retry-After`, at most: seconds.
    static let askedMax: Double = 86_400
    /// By how much a wait may differ from the schedule, so that endpoints that failed together don't come back together.
    static let jitter = 0.2

    /// Seconds from a failure to the next try.
    ///
    /// - Parameters:
    ///   - failures: in a row, with this one.
    ///   - asked: seconds that the endpoint asked for, by `Retry-After`; it is not tried sooner.
    ///   - random: from 0 up to 1.
    public static func wait(afterFailures failures: Int, asked: Double? = nil, random: Double) -> Double {
        let planned = seconds[min(max(failures, 1), seconds.count) - 1]
        let wait = planned * (1 - jitter + 2 * jitter * random)
        return max(wait, min(max(asked ?? 0, 0), askedMax))
    }
}

/// What an endpoint's answer means.
public enum WebhookVerdict: Equatable, Sendable {
    case taken
    /// It is not tried again before so many seconds have passed; nil: it did not say.
    case failed(retryAfter: Double?)
    /// The endpoint wants nothing more: it is disabled.
    case gone

    /// - Parameters:
    ///   - status: of the answer. A redirect is a failure: its target was not agreed on.
    ///   - retryAfter: the header `Retry-After`, in seconds; dates are not heeded.
    public init(status: Int, retryAfter: String?) {
        switch status {
        case 200...299: self = .taken
        case 410: self = .gone
        default:
            let digits = retryAfter.flatMap { $0.utf8.count <= 9 ? Int($0) : nil }
            self = .failed(retryAfter: digits.map(Double.init))
        }
    }
}
