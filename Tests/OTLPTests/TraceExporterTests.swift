import HTTPTypes
import Logging
import ServiceLifecycle
import Testing
import Tracing

@testable import OTLP
@testable import Traces

@Suite("The trace exporter") struct TraceExporterTests {
    private let recorder = SpanRecorder(TraceSampler(rate: 1, callersPerSecond: 0))

    @Test func `sends spans with all that they have`() async throws {
        let collector = Collector()
        let parent = TraceContext(traceID: TraceID(high: 1, low: 2), spanID: 3, isSampled: true, state: "a=1")
        let link = TraceContext(traceID: TraceID(high: 4, low: 5), spanID: 6, isSampled: true)
        let span = recorder.start("append", ofKind: .client, under: parent, links: [link], at: 1_000)
        span.attributes = [
            "text": "é", "number": 7, "share": 0.5, "flag": true, "list": .stringArray(["a", "b"]),
        ]
        span.addEvent(SpanEvent(name: "half", at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: 1_500)))
        span.fail("unknown")
        span.end(atNanoseconds: 2_000)
        try await collector.serve { url in
            try await exporting(to: url) { await collector.waitForSpans(1) }
        }
        let got = try #require(collector.spans.first)
        #expect(Array(got.traceID) == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2])
        #expect(Array(got.parentSpanID) == [0, 0, 0, 0, 0, 0, 0, 3] && got.spanID.count == 8)
        #expect(got.name == "append" && got.kind == .client && got.traceState == "a=1" && got.flags == 1)
        #expect((got.startTimeUnixNano, got.endTimeUnixNano) == (1_000, 2_000))
        #expect(got.links.map { Array($0.spanID) } == [[0, 0, 0, 0, 0, 0, 0, 6]])
        #expect(got.events.map(\.name) == ["half"] && got.status.code == .error)
        let values = Dictionary(uniqueKeysWithValues: got.attributes.map { ($0.key, $0.value) })
        #expect(
            values["text"]?.stringValue == "é" && values["number"]?.intValue == 7 && values["flag"]?.boolValue == true)
        #expect(
            values["share"]?.doubleValue == 0.5 && values["list"]?.arrayValue.values.map(\.stringValue) == ["a", "b"])
        #expect(values["error.type"]?.stringValue == "unknown")
        #expect(collector.keys == ["k"])
        #expect(collector.resource["service.name"] == "holdfast" && collector.resource["service.version"] == "1")
    }

    @Test func `tries again what a busy collector did not take, and says so once`() async throws {
        let collector = Collector(answers: [.serviceUnavailable, .tooManyRequests])
        let lines = Lines()
        recorder.start("one").end()
        try await collector.serve { url in
            try await exporting(to: url, lines) { await collector.waitForSpans(1) }
        }
        #expect(collector.requests == 3)
        #expect(collector.spans.map(\.name) == ["one"])
        #expect(lines.all == ["the trace collector takes no spans", "the trace collector takes spans again"])
    }

    @Test func `gives up what a collector refuses`() async throws {
        let collector = Collector(answers: [.badRequest])
        recorder.start("bad").end()
        try await collector.serve { url in
            try await exporting(to: url) {
                await collector.waitForRequests(1)
                recorder.start("good").end()
                await collector.waitForSpans(1)
            }
        }
        #expect(collector.requests == 2 && collector.spans.map(\.name) == ["good"])
    }

    @Test func `sends what is left when it stops, and loses nothing but spans without a collector`() async throws {
        let collector = Collector()
        try await collector.serve { url in
            try await exporting(to: url, every: .seconds(3_600)) { recorder.start("last").end() }
        }
        #expect(collector.spans.map(\.name) == ["last"])
        // Nobody listens here any more.
        recorder.start("lost").end()
        try await exporting(to: collector.url) {}
        #expect(recorder.buffer.count == 0)
    }

    @Test func `knows what answers mean`() {
        #expect(ExportVerdict(status: 200, retryAfter: nil, rejected: 2) == .taken(rejected: 2))
        #expect(ExportVerdict(status: 429, retryAfter: "7", rejected: 0) == .later(after: 7))
        #expect(ExportVerdict(status: 503, retryAfter: "tomorrow", rejected: 0) == .later(after: nil))
        #expect(ExportVerdict(status: 404, retryAfter: "7", rejected: 0) == .refused(status: 404))
        var retries = ExportRetries()
        #expect(retries.pause(asked: nil, random: 0.5) == 0.5)
        #expect(retries.pause(asked: 3_600, random: 0.5) == 30)
        #expect(retries.pause(asked: 0, random: 0.5) == 2)
        #expect(retries.pause(asked: nil, random: 0.5) == nil)
    }

    /// Runs an exporter until `body` returns, then stops it as a node is stopped.
    private func exporting(
        to url: String, _ lines: Lines = Lines(), every interval: Duration = .milliseconds(10),
        _ body: @escaping @Sendable () async -> Void
    ) async throws {
        let exporter = TraceExporter(
            to: TraceCollector(url: url, headers: [("X-Key", "k")]),
            service: ServiceIdentity(version: "1", instance: "i", roles: ["query"]), buffer: recorder.buffer,
            interval: interval, logger: Logger(label: "traces") { _ in LineHandler(lines: lines) })
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [exporter], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            await body()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
