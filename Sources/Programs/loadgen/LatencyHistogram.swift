/// Counts of durations in buckets that are at most 0.8 % wide, from a microsecond to an hour: the layout of Gil Tene's
/// HdrHistogram (https://hdrhistogram.org) with seven significant bits.
struct LatencyHistogram {
    private static let bits = 7
    private static let rows = 64 - bits
    private var counts = [UInt64](repeating: 0, count: rows << bits)
    private(set) var count: UInt64 = 0
    private var max: Nanoseconds = 0
    private var sum: Double = 0

    /// Negative durations, from clocks of two processes, count as none.
    mutating func record(_ duration: Nanoseconds) {
        counts[Self.bucket(of: UInt64(Swift.max(0, duration)) >> 7)] += 1
        count += 1
        max = Swift.max(max, duration)
        sum += Double(duration)
    }

    /// Values below 2^bits stand for themselves; above, a row per power of two has 2^(bits-1) buckets.
    private static func bucket(of value: UInt64) -> Int {
        let shift = Swift.max(0, UInt64.bitWidth - value.leadingZeroBitCount - bits)
        return shift << (bits - 1) + Int(value >> UInt64(shift))
    }

    /// The upper end of a bucket.
    private static func end(of bucket: Int) -> UInt64 {
        let half = 1 << (bits - 1)
        guard bucket >= 2 * half else { return UInt64(bucket) }
        let shift = bucket / half - 1
        return (UInt64(bucket - shift * half) + 1) << UInt64(shift) - 1
    }

    /// The duration that `share` of all do not exceed.
    func quantile(_ share: Double) -> Nanoseconds {
        let rank = UInt64((Double(count) * share).rounded(.up))
        var seen: UInt64 = 0
        for (bucket, number) in counts.enumerated() where number > 0 {
            seen += number
            if seen >= rank { return Swift.min(max, Nanoseconds(Self.end(of: bucket) << 7 | 127)) }
        }
        return max
    }

    struct Summary: Encodable {
        var count: UInt64
        var mean: Double
        var p50: Double
        var p95: Double
        var p99: Double
        var p999: Double
        var max: Double
    }

    /// In milliseconds; nil without any.
    var summary: Summary? {
        guard count > 0 else { return nil }
        func milliseconds(_ duration: Nanoseconds) -> Double { (Double(duration) / 1e3).rounded() / 1e3 }
        return Summary(
            count: count, mean: milliseconds(Nanoseconds(sum / Double(count))), p50: milliseconds(quantile(0.5)),
            p95: milliseconds(quantile(0.95)), p99: milliseconds(quantile(0.99)),
            p999: milliseconds(quantile(0.999)), max: milliseconds(max))
    }
}
