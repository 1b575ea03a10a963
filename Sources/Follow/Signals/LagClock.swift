import DequeModule

/// Turns how many events a view is behind into how long: by when the log's head was where the view is now.
public struct LagClock: Sendable {
    private struct Sample {
        var time: Duration
        var head: Int64
    }

    /// Samples that are kept; one a second makes an hour.
    private static let samplesMax = 3_600

    private var samples = Deque<Sample>()

    public init() {}

    /// The log's head at a time. Times ascend; a head that went back begins anew.
    public mutating func note(head: Int64, at time: Duration) {
        if let last = samples.last {
            if head < last.head { samples.removeAll() }
            // The earliest time at which the log was there is what counts.
            if head == last.head { return }
        }
        if samples.count == Self.samplesMax { samples.removeFirst() }
        samples.append(Sample(time: time, head: head))
    }

    /// How long ago the log first had more than `position`: at least, where it was longer ago than is remembered. Zero: it
    /// has no more.
    public func lag(of position: Int64, at time: Duration) -> Duration {
        // Binary search for the first sample beyond the position.
        var (low, high) = (samples.startIndex, samples.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if samples[middle].head > position { high = middle } else { low = middle + 1 }
        }
        return low < samples.endIndex ? max(.zero, time - samples[low].time) : .zero
    }
}
