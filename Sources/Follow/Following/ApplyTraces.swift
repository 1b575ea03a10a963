import DequeModule
import EventLog
import Synchronization
import Traces
import Tracing

/// The spans of batches that this process applies, from their arrival until every view has them; each within the trace of its
/// batch's append, whichever node made that.
final class ApplyTraces: Sendable {
    private struct Arrival {
        var epoch: Int64
        var last: Int64
        var span: TraceSpan
    }

    /// Batches that wait for those before them; the oldest are forgotten.
    private static let arrivalsMax = 64

    private let traces: NodeTraces
    private let arrivals = Mutex(Deque<Arrival>())

    init(_ traces: NodeTraces) { self.traces = traces }

    /// The views begin an epoch, or begin anew.
    func entered(epoch: Int64) { traces.events.begin(epoch: epoch) }

    /// A message brought a batch. Most are not traced.
    ///
    /// - Parameter applied: up to where the views are; what they have from the log already is not applied again.
    func arrived(_ batch: CommittedBatch, after applied: Int64 = 0) {
        for trace in batch.traces {
            guard let context = TraceContext(traceParent: trace.traceParent), context.isSampled else { continue }
            traces.events.note(context, of: trace.positions, epoch: batch.epoch)
        }
        guard let text = batch.traceParent, let positions = batch.positions, positions.upperBound > applied,
            let context = TraceContext(traceParent: text), context.isSampled
        else { return }
        let span = traces.recorder.start("apply", ofKind: .consumer, under: context)
        span.set("holdfast.events", .int64(Int64(positions.count)))
        span.set("holdfast.position", .int64(positions.upperBound))
        arrivals.withLock { arrivals in
            if arrivals.count == Self.arrivalsMax { arrivals.removeFirst() }
            arrivals.append(Arrival(epoch: batch.epoch, last: positions.upperBound, span: span))
        }
    }

    /// The views are at a place in the log.
    func applied(_ place: LogPosition) {
        let done = arrivals.withLock { arrivals -> [TraceSpan] in
            guard !arrivals.isEmpty else { return [] }
            let done = arrivals.filter { ($0.epoch, $0.last) <= (place.epoch, place.position) }
            if !done.isEmpty { arrivals.removeAll { ($0.epoch, $0.last) <= (place.epoch, place.position) } }
            return done.filter { $0.epoch == place.epoch }.map(\.span)
        }
        for span in done { span.end() }
    }
}
