import CoreMetrics
import Testing

@testable import Prometheus

@Suite("Metrics in Prometheus' text format")
struct MetricsTests {
    @Test("Counters, gauges and histograms are written as the format has them")
    func format() {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "holds.placed", dimensions: [("show", "s\"1\\\n"), ("a-b", "x")]).increment(by: 3)
        metrics.makeMeter(label: "queue_depth", dimensions: []).increment(by: 2.5)
        let timer = metrics.makeTimer(label: "append", dimensions: [("to", "log")])
        timer.recordNanoseconds(3_000_000)
        timer.recordNanoseconds(20_000_000_000)
        let text = metrics.render()
        #expect(
            text.contains("# TYPE holds_placed_total counter\nholds_placed_total{a_b=\"x\",show=\"s\\\"1\\\\\\n\"} 3\n")
        )
        #expect(text.contains("# TYPE queue_depth gauge\nqueue_depth 2.5\n"))
        #expect(text.contains("# TYPE append_seconds histogram\n"))
        #expect(text.contains("append_seconds_bucket{to=\"log\",le=\"0.0025\"} 0\n"))
        #expect(text.contains("append_seconds_bucket{to=\"log\",le=\"0.005\"} 1\n"))
        #expect(text.contains("append_seconds_bucket{to=\"log\",le=\"10\"} 1\n"))
        #expect(text.contains("append_seconds_bucket{to=\"log\",le=\"+Inf\"} 2\n"))
        #expect(text.contains("append_seconds_sum{to=\"log\"} 20.003\nappend_seconds_count{to=\"log\"} 2\n"))
        #expect(text.hasSuffix("metrics_series_dropped 0\n"))
    }

    @Test("The same instrument made twice is one series; the same name of another type is none")
    func identity() {
        let metrics = PrometheusMetrics()
        for _ in 0..<2 { metrics.makeCounter(label: "a", dimensions: [("x", "1"), ("y", "2")]).increment(by: 1) }
        metrics.makeCounter(label: "a", dimensions: [("y", "2"), ("x", "1")]).increment(by: 1)
        metrics.makeMeter(label: "a_total", dimensions: []).set(Int64(7))
        #expect(metrics.render().contains("a_total{x=\"1\",y=\"2\"} 3\n"))
        #expect(metrics.render().contains("metrics_series_dropped 1\n"))
    }

    @Test("A label with endless values does not fill the memory")
    func bounded() {
        let metrics = PrometheusMetrics(seriesCountMax: 10)
        for value in 0..<1000 { metrics.makeCounter(label: "a", dimensions: [("v", "\(value)")]).increment(by: 1) }
        #expect(metrics.render().split(separator: "\n").count == 1 + 10 + 2)
        #expect(metrics.render().contains("metrics_series_dropped 990\n"))
    }

    @Test("Nothing is lost when several tasks count at once")
    func concurrent() async {
        let metrics = PrometheusMetrics()
        let counter = metrics.makeCounter(label: "c", dimensions: [])
        let meter = metrics.makeMeter(label: "m", dimensions: [])
        let timer = metrics.makeTimer(label: "t", dimensions: [])
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<10_000 {
                        counter.increment(by: 1)
                        meter.increment(by: 1)
                        timer.recordNanoseconds(1)
                    }
                }
            }
        }
        let text = metrics.render()
        #expect(
            text.contains("c_total 40000\n") && text.contains("m 40000\n") && text.contains("t_seconds_count 40000\n"))
    }
}
