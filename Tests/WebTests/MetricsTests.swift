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
        #expect(metrics.render().split(separator: "\n").count == 1 + 10 + 3)
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

    @Test("OpenMetrics for whoever asks for it, the text format for everybody else")
    func accept() {
        #expect(ExpositionFormat(accept: nil) == .text)
        #expect(ExpositionFormat(accept: "*/*") == .text)
        #expect(ExpositionFormat(accept: "text/plain;version=0.0.4;q=0.5,*/*;q=0.1") == .text)
        #expect(ExpositionFormat(accept: "application/openmetrics-text;version=1.0.0;q=0") == .text)
        let prometheus =
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
            + "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
        #expect(ExpositionFormat(accept: prometheus) == .openMetrics)
    }

    @Test("OpenMetrics has units, whole bounds with a fraction, exemplars, and an end")
    func openMetrics() throws {
        let metrics = PrometheusMetrics(help: ["a_total": "What \\ is\n\"counted\".", "t_seconds": "Time."])
        metrics.makeCounter(label: "a", dimensions: []).increment(by: 2)
        let timer = metrics.makeTimer(label: "t", dimensions: [])
        let trace = String(repeating: "ab", count: 16)
        try #require(timer as? any ExemplarTimer).recordNanoseconds(700_000_000, traceID: trace)
        timer.recordNanoseconds(700_000_000)
        let text = metrics.render(.openMetrics)
        #expect(text.hasPrefix("# HELP a What \\\\ is\\n\\\"counted\\\".\n# TYPE a counter\na_total 2\n"))
        #expect(text.contains("# HELP t_seconds Time.\n# TYPE t_seconds histogram\n# UNIT t_seconds seconds\n"))
        #expect(text.contains("t_seconds_bucket{le=\"1.0\"} 2 # {trace_id=\"\(trace)\"} 0.7 "))
        #expect(text.contains("t_seconds_bucket{le=\"+Inf\"} 2\n"))
        #expect(text.hasSuffix("metrics_series_dropped 0\n# EOF\n"))
        #expect(!metrics.render().contains(trace))
        #expect(
            metrics.render().contains("# HELP a_total What \\\\ is\\n\"counted\".\n# TYPE a_total counter\na_total 2\n")
        )
    }

    @Test("The system's word on the process, whatever the program is called")
    func process() {
        let fields = (3...52).map { $0 == 14 ? "150" : $0 == 15 ? "50" : $0 == 22 ? "1000" : "\($0)" }
        let reading = ProcessReading(
            stat: "7 (a) b) " + fields.joined(separator: " ") + "\n",
            limits:
                "Limit Soft Hard Units\nMax open files            1024                 4096                 files\n",
            system: "cpu 1 2\nbtime 1700000000\n", openFiles: 12, pageBytes: 4096, ticksPerSecond: 100)
        let values = Dictionary(uniqueKeysWithValues: reading.samples.map { ($0.name, $0.value) })
        #expect(
            values == [
                "process_cpu_seconds_total": 2, "process_max_fds": 1024, "process_open_fds": 12,
                "process_resident_memory_bytes": 24 * 4096, "process_start_time_seconds": 1_700_000_010,
                "process_threads": 20, "process_virtual_memory_bytes": 23,
            ])
        #expect(
            ProcessReading(stat: "", limits: "", system: "", openFiles: nil, pageBytes: 1, ticksPerSecond: 1).samples
                .isEmpty)
        #expect(PrometheusMetrics().render(process: ProcessReading()).contains("\nprocess_resident_memory_bytes "))
    }
}
