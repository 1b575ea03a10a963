import Testing

@testable import loadgen

struct LatencyHistogramTests {
    @Test func `Quantiles are those of the durations, to within a hundredth`() throws {
        var histogram = LatencyHistogram()
        for microseconds in 1...100_000 { histogram.record(Nanoseconds(microseconds) * 1_000) }
        let summary = try #require(histogram.summary)
        #expect(summary.count == 100_000)
        for (measured, exact) in [(summary.p50, 50.0), (summary.p95, 95), (summary.p99, 99), (summary.p999, 99.9)] {
            #expect(measured >= exact && measured <= exact * 1.01, "\(measured) for \(exact) ms")
        }
        #expect(summary.max == 100)
        #expect(abs(summary.mean - 50) < 0.01)
    }

    @Test(arguments: [0, 1, 127, 128, 16_383, 16_384, 1_000_000, 3_600_000_000_000])
    func `One duration is every quantile`(_ duration: Nanoseconds) {
        var histogram = LatencyHistogram()
        histogram.record(duration)
        for share in [0, 0.5, 0.999, 1] { #expect(histogram.quantile(share) == duration) }
    }

    @Test func `Without durations there is no summary`() { #expect(LatencyHistogram().summary == nil) }
}
