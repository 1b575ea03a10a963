/// What a backend's answer to an export means (OTLP 1.x, "OTLP/HTTP Response").
enum ExportVerdict: Equatable {
    /// Taken, but for so many spans.
    case taken(rejected: Int)
    /// Perhaps later; after so many seconds, where the backend says so.
    case later(after: Double?)
    /// Never, however often it is sent.
    case refused(status: UInt)

    /// - Parameters:
    ///   - retryAfter: the header of that name, in seconds; a date is ignored.
    ///   - rejected: spans that the body says are not wanted.
    init(status: UInt, retryAfter: String?, rejected: Int) {
        switch status {
        case 200..<300: self = .taken(rejected: rejected)
        case 429, 502, 503, 504: self = .later(after: retryAfter.flatMap(Double.init).flatMap { $0 >= 0 ? $0 : nil })
        default: self = .refused(status: status)
        }
    }
}

/// When to try again: pure.
struct ExportRetries {
    static let triesMax = 4
    static let firstPause = 0.5
    /// A backend may ask for more patience; meanwhile the buffer fills.
    static let pauseMax = 30.0

    private(set) var tries = 0

    /// Seconds until the next try; nil: there is none.
    ///
    /// - Parameters:
    ///   - asked: what the backend asked for.
    ///   - random: 0 to 1, so that nodes do not all come at once.
    mutating func pause(asked: Double?, random: Double) -> Double? {
        tries += 1
        guard tries < Self.triesMax else { return nil }
        let pause = Self.firstPause * Double(1 << (tries - 1)) * (0.75 + random / 2)
        return min(max(pause, asked ?? 0), Self.pauseMax)
    }
}
