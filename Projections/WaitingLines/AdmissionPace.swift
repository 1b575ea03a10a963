public import Domain

/// How fast a line has moved in its last minute, by the times of its admissions.
public struct AdmissionPace: Equatable, Sendable {
    /// What is looked at, in seconds.
    static let windowSeconds: Int64 = 60

    /// The admissions of one second.
    struct Second: Equatable, Sendable {
        /// Since 1970.
        var second: Int64
        var count: Int
    }

    /// Ascending; at most ``windowSeconds`` and one of them.
    private(set) var seconds: [Second] = []
    /// The second of the first admission of all; nil: there was none.
    private(set) var firstSecond: Int64?

    init() {}

    init(seconds: [Second], firstSecond: Int64?) {
        self.seconds = seconds
        self.firstSecond = firstSecond
    }

    mutating func add(_ count: Int, at time: Timestamp) {
        let second = time.microseconds / 1_000_000
        firstSecond = firstSecond ?? second
        if let last = seconds.indices.last, seconds[last].second >= second {
            seconds[last].count += count
        } else {
            seconds.append(Second(second: second, count: count))
        }
        if let last = seconds.last?.second { seconds.removeAll { $0.second < last - Self.windowSeconds } }
    }

    /// Admissions a minute, rounded, over the last minute or for as long as there have been any; 0 where nobody was
    /// admitted in that time.
    public func perMinute(at now: Timestamp) -> Int {
        let second = now.microseconds / 1_000_000
        guard let firstSecond else { return 0 }
        let span = min(Self.windowSeconds, max(1, second - firstSecond + 1))
        let count = seconds.reduce(0) { $0 + ($1.second > second - span ? $1.count : 0) }
        return (count * 60 + Int(span) / 2) / Int(span)
    }
}
