import Domain
import EventLog
import Testing
import Traces

@testable import Following

@Suite("Traces of batches") struct ApplyTracesTests {
    private let traces = NodeTraces(SpanRecorder(TraceSampler(rate: 0, callersPerSecond: 0)))
    private let append = TraceContext(traceID: TraceID(high: 1, low: 2), spanID: 3, isSampled: true)
    private let caller = TraceContext(traceID: TraceID(high: 4, low: 5), spanID: 6, isSampled: true)

    private func batch(_ positions: ClosedRange<Int64>, trace: String?, epoch: Int64 = 1) -> CommittedBatch {
        let events = positions.map { position in
            RecordedEvent(
                position: position, stream: StreamID("s"), streamVersion: position,
                event: EncodedEvent(type: "T", schemaVersion: 1, payload: []),
                commandID: CommandID(high: 0, low: UInt64(position)), recordedAt: Timestamp(microseconds: 0))
        }
        var batch = CommittedBatch(epoch: epoch, events: events, traceParent: trace, head: positions.upperBound)
        batch.traces = [EventTrace(positions: positions, traceParent: caller.traceParent)]
        return batch
    }

    @Test func `go on with the append's, until all views have the events`() {
        let spans = ApplyTraces(traces)
        spans.arrived(batch(5...6, trace: append.traceParent))
        #expect(traces.events[5] == caller && traces.events[6] == caller && traces.events[7] == nil)
        spans.applied(LogPosition(epoch: 1, position: 5))
        #expect(traces.recorder.buffer.count == 0)
        spans.applied(LogPosition(epoch: 1, position: 6))
        spans.applied(LogPosition(epoch: 1, position: 7))
        let finished = traces.recorder.buffer.take(.max)
        #expect(finished.map(\.name) == ["apply"])
        #expect(finished.map(\.context.traceID) == [append.traceID] && finished.map(\.parentSpanID) == [append.spanID])
    }

    @Test func `are not made of what the views have already, and say nothing of another epoch`() {
        let spans = ApplyTraces(traces)
        spans.arrived(batch(5...6, trace: append.traceParent), after: 6)
        spans.applied(LogPosition(epoch: 1, position: 7))
        #expect(traces.recorder.buffer.count == 0 && traces.events[6] == caller && traces.events.hasAny(of: 6...9))
        spans.entered(epoch: 2)
        #expect(traces.events[6] == nil && !traces.events.hasAny(of: 1...9))
    }

    @Test func `are not made of what nobody records, or nobody can read`() {
        let spans = ApplyTraces(traces)
        for text in [nil, "", "x", append.traceParent.dropLast() + "0"] {
            spans.arrived(batch(5...6, trace: text))
            spans.applied(LogPosition(epoch: 1, position: 6))
        }
        #expect(traces.recorder.buffer.count == 0)
    }

    @Test func `of an epoch that ended are given up, and of too many the oldest`() {
        let spans = ApplyTraces(traces)
        spans.arrived(batch(5...6, trace: append.traceParent))
        spans.applied(LogPosition(epoch: 2, position: 1))
        spans.applied(LogPosition(epoch: 2, position: 9))
        #expect(traces.recorder.buffer.count == 0)
        for position in Int64(10)..<110 { spans.arrived(batch(position...position, trace: append.traceParent)) }
        spans.applied(LogPosition(epoch: 1, position: 200))
        #expect(traces.recorder.buffer.count == 64)
    }
}
