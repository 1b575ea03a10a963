import Testing
import Tracing

@testable import Traces

@Suite("Spans") struct SpanTests {
    private let recorder = SpanRecorder(TraceSampler(rate: 1, callersPerSecond: 100))

    @Test func `form a tree, and are kept when they have ended`() throws {
        let root = recorder.start("root", ofKind: .server)
        let child = try #require(root.startChild("child"))
        child.end(atNanoseconds: TraceSpan.now)
        #expect(recorder.buffer.count == 1)
        root.set("holdfast.show", .string("s"))
        root.end()
        root.end()
        root.set("too", .string("late"))
        let spans = recorder.buffer.take(10)
        #expect(spans.map(\.name) == ["child", "root"])
        #expect(spans.map(\.parentSpanID) == [root.trace.spanID, nil])
        #expect(Set(spans.map(\.context.traceID)) == [root.trace.traceID])
        #expect(spans[1].attributes.count == 1 && !root.isRecording)
        #expect(spans.allSatisfy { $0.start <= $0.end })
    }

    @Test func `never end before they began`() {
        let span = recorder.start("late", at: 2_000)
        span.end(atNanoseconds: 1_000)
        #expect(recorder.buffer.take(1).map(\.end) == [2_000])
    }

    @Test func `say of errors only what kind they are`() {
        let span = recorder.start("failing")
        span.recordError(Secret(text: "pm_card_visa"))
        span.fail("timed-out")
        span.end()
        let finished = recorder.buffer.take(1)
        #expect(finished[0].status?.code == .error)
        #expect(finished[0].events[0].attributes.get("exception.type") == .string("Secret"))
        #expect(!"\(finished)".contains("pm_card_visa"))
    }

    @Test func `beyond the bound are dropped, the newest first`() {
        let recorder = SpanRecorder(TraceSampler(rate: 1, callersPerSecond: 0), buffer: SpanBuffer(countMax: 3))
        for number in 0..<5 { recorder.start("\(number)").end() }
        #expect(recorder.buffer.take(.max).map(\.name) == ["0", "1", "2"])
    }

    @Test func `are made through the tracing API too`() {
        recorder.withSpan("outer") { outer in
            recorder.withSpan("inner") { inner in
                #expect(inner.trace.traceID == outer.trace.traceID)
                inner.addLink(outer)
            }
        }
        let spans = recorder.buffer.take(2)
        #expect(spans.map(\.name) == ["inner", "outer"])
        #expect(spans[0].parentSpanID == spans[1].context.spanID && spans[0].links == [spans[1].context])
    }

    @Test func `travel in headers`() throws {
        var context = ServiceContext.topLevel
        let sent = ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "tracestate": "a=1"]
        recorder.extract(sent, into: &context, using: Headers())
        let span = recorder.startSpan("served", context: context, ofKind: .server)
        var headers: [String: String] = [:]
        recorder.inject(span.context, into: &headers, using: Headers())
        let sentOn = try #require(headers["traceparent"])
        let read = try #require(TraceContext(traceParent: sentOn, state: headers["tracestate"]))
        #expect(read == span.trace)
        #expect(read.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736" && read.spanID != 0x00F0_67AA_0BA9_02B7)
    }

    private struct Secret: Error { var text: String }

    private struct Headers: Extractor, Injector {
        func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
        func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
    }
}

@Suite("The traces of events") struct EventTracesTests {
    private let context = TraceContext(traceID: TraceID(high: 1, low: 2), spanID: 3, isSampled: true)

    @Test func `are found by position, until newer ones need the room`() {
        let traces = EventTraces(countMax: 4)
        #expect(traces[5] == nil)
        traces.note(context, of: 5...6, epoch: 1)
        traces.note(context, of: 5...6, epoch: 1)
        #expect(traces[5] == context && traces[7] == nil)
        #expect(traces.traces(of: 1...9) == [context])
        traces.note(context, of: 7...9, epoch: 1)
        #expect(traces[5] == nil && traces[6] == context && traces[9] == context)
        #expect(traces.traces(of: 1...5).isEmpty)
    }

    @Test func `are forgotten when another epoch gives positions anew`() {
        let traces = EventTraces()
        traces.note(context, of: 5...5, epoch: 1)
        traces.note(context, of: 8...8, epoch: 2)
        #expect(traces[5] == nil && traces[8] == context)
        traces.note(context, of: 9...9, epoch: 1)
        #expect(traces[9] == nil)
    }
}
