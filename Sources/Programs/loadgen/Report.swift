/// What a run measured, as JSON. Times are milliseconds, rates per second, shares of one core.
struct Report: Encodable {
    struct Generator: Encodable {
        var cpuShare: Double
        /// Of the time, how much it did not wait: near 1 it is itself the limit.
        var busyShare: Double
        /// How late it was to plan what was due: it fell behind by so much.
        var lateness: LatencyHistogram.Summary?
    }

    struct Request: Encodable {
        var name: String
        var rate: Double
        var statuses: [String: Int]
        var latency: LatencyHistogram.Summary?
    }

    struct Load: Encodable {
        var name: String
        var requests: [Request]
        /// Open loops: requests that were to be sent, and those of them that were given up.
        var planned: Int
        var givenUp: Int
        var backlogPeak: Int
        /// Connections that were lost with a request on them.
        var lost: Int
        /// Requests without an answer when the run ended.
        var unanswered: Int
    }

    var seconds: Double
    var generator: Generator
    var loads: [Load]
    var cpuShares: [String: Double]
    var visibility: VisibilityLedger.Report?
}
