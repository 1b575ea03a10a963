@testable import RateLimits

/// Token buckets as a textbook has them: a dictionary of how full each is, and since when.
struct NaiveBuckets {
    private var buckets: [UInt64: (credit: Int64, at: Int64)] = [:]

    /// Nanoseconds of credit; a request costs the limit's interval.
    func credit(_ key: UInt64, at now: Int64) -> Int64 {
        guard let bucket = buckets[key] else { return RateLimit.window }
        return min(RateLimit.window, bucket.credit + now - bucket.at)
    }

    func admits(_ key: UInt64, _ limit: RateLimit, at now: Int64) -> Bool { credit(key, at: now) >= limit.interval }

    mutating func take(_ key: UInt64, _ limit: RateLimit, at now: Int64) {
        buckets[key] = (credit(key, at: now) - limit.interval, now)
    }
}
