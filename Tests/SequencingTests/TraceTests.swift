import Domain
import EventLog
import Sequencing
import Testing
import Traces

@Suite("Traces of commands", .timeLimit(.minutes(1))) struct TraceTests {
    private let recorder = SpanRecorder(TraceSampler(rate: 0, callersPerSecond: 0))
    private let parent = TraceContext(traceID: TraceID(high: 1, low: 2), spanID: 3, isSampled: true)

    private func spans(of request: CommandRequest) async throws -> (spans: [FinishedSpan], batch: CommittedBatch?) {
        let published = Published()
        let sequencer = Sequencer(
            log: InMemoryEventLog(), traces: recorder, logger: quiet, now: { .at(1) }, publish: { published.add($0) })
        try await running([sequencer]) {
            #expect(await sequencer.submit(.create(1)).outcome == .accepted)
            _ = await sequencer.submit(request)
        }
        return (recorder.buffer.take(.max), published.all.last)
    }

    @Test func `tell what it waited for, and are linked with those of its batch`() async throws {
        var request = CommandRequest.best(2, 1)
        request.trace = CommandTrace(parent)
        let (spans, batch) = try await spans(of: request)
        let own = spans.filter { $0.context.traceID == parent.traceID }
        #expect(own.map(\.name) == ["sequencer wait", "decide", "append wait"])
        #expect(own.allSatisfy { $0.parentSpanID == parent.spanID })
        #expect(own[0].end == own[1].start && own[1].end == own[2].start)
        let append = try #require(spans.first { $0.name == "append" })
        #expect(append.links == [parent] && append.parentSpanID == nil)
        #expect(own[2].links == [append.context])
        // Replicas learn both.
        let told = try #require(batch)
        #expect(told.traceParent == append.context.traceParent)
        #expect(told.traces == [EventTrace(positions: 2...2, traceParent: parent.traceParent)])
    }

    @Test func `of a rejected command name no event`() async throws {
        var request = CommandRequest.hold(2, seats: ["nowhere"])
        request.trace = CommandTrace(parent)
        let (spans, batch) = try await spans(of: request)
        #expect(spans.map(\.name).contains("append"))
        #expect(batch?.positions == 1...1 && batch?.traceParent == nil && batch?.traces == [])
    }

    @Test func `are not made of those who are not traced`() async throws {
        let (spans, batch) = try await spans(of: .best(2, 1))
        #expect(spans.isEmpty && batch?.positions == 2...2 && batch?.traceParent == nil)
    }

    /// Whatever shares a batch, traced or not, each trace has its own command's events and spans.
    @Test func `of one batch are kept apart`() async throws {
        let published = Published()
        let sequencer = Sequencer(
            log: InMemoryEventLog(), traces: recorder, logger: quiet, now: { .at(1) }, publish: { published.add($0) })
        let parents = try await running([sequencer]) {
            var parents: [CommandID: TraceContext] = [:]
            for round in 0..<100 where !published.all.contains(where: { $0.traces.count > 1 }) {
                let show = ShowID("show-\(round)")
                let create = CommandRequest.create(round * 100 + 99, show, seats: 40)
                #expect(await sequencer.submit(create).outcome == .accepted)
                var requests = (1...30).map { CommandRequest.best(round * 100 + $0, show, 1) }
                for index in requests.indices where index % 3 != 0 {
                    let trace = TraceID(high: 1, low: UInt64(round))
                    let parent = TraceContext(traceID: trace, spanID: UInt64(index), isSampled: true)
                    requests[index].trace = CommandTrace(parent)
                    parents[requests[index].id] = parent
                }
                await withDiscardingTaskGroup { tasks in
                    for request in requests { tasks.addTask { _ = await sequencer.submit(request) } }
                }
            }
            return parents
        }
        #expect(published.all.contains { $0.traces.count > 1 }, "no batch had two traced commands")

        let spans = recorder.buffer.take(.max)
        for parent in parents.values {
            let own = spans.filter { $0.context.traceID == parent.traceID && $0.parentSpanID == parent.spanID }
            #expect(own.map(\.name) == ["sequencer wait", "decide", "append wait"])
        }
        for batch in published.all {
            let traced = batch.events.compactMap { event in parents[event.commandID].map { (event.position, $0) } }
            #expect(batch.traces.map(\.positions) == traced.map { $0.0...$0.0 })
            #expect(batch.traces.map(\.traceParent) == traced.map(\.1.traceParent))
            let append = spans.first { $0.name == "append" && $0.context.traceParent == batch.traceParent }
            #expect(Set(append?.links ?? []) == Set(traced.map(\.1)))
            for (_, parent) in traced {
                let wait = spans.first {
                    $0.name == "append wait" && $0.parentSpanID == parent.spanID && $0.context.traceID == parent.traceID
                }
                #expect(wait?.links == append.map { [$0.context] })
            }
        }
    }
}
