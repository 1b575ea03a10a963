public import Tracing

/// Makes spans, of traces that are sampled, and keeps those that have ended until somebody exports them.
///
/// It is given to those who make spans, and never made the process's own tracer: with that, HTTP clients would send
/// `traceparent` to everybody they call, payment providers included.
public final class SpanRecorder: Tracer {
    /// What has ended.
    public let buffer: SpanBuffer
    private let sampler: TraceSampler

    public init(_ sampler: TraceSampler, buffer: SpanBuffer = SpanBuffer()) {
        self.sampler = sampler
        self.buffer = buffer
    }

    // MARK: Requests

    /// Begins the span of a request. Nil: it is not traced, as nearly all are.
    ///
    /// - Parameters:
    ///   - traceParent: the header of that name.
    ///   - traceState: the header of that name.
    public func startRequest(traceParent: String?, traceState: String?) -> TraceSpan? {
        guard let traceParent, var caller = TraceContext(traceParent: traceParent) else {
            return sampler.chooses() ? start("request", ofKind: .server) : nil
        }
        guard caller.isSampled else { return nil }
        let isGranted = sampler.grants(at: .now)
        // Beyond the bound, a caller who records is one of all: nobody can take the others' part away.
        guard isGranted || sampler.chooses() else { return nil }
        caller.state = traceState.flatMap(TraceState.checked)
        return start("request", ofKind: .server, under: caller, isGranted: isGranted)
    }

    /// Forgets a request's span: the request is begun anew, and then counts as if this had never been.
    public func withdraw(_ span: TraceSpan) { if span.isGranted { sampler.giveBack() } }

    // MARK: Spans of traces that are sampled

    /// - Parameters:
    ///   - parent: nil: the span begins a trace.
    ///   - links: other spans that it has to do with.
    ///   - time: nanoseconds since 1970; nil: now.
    public func start(
        _ name: String, ofKind kind: SpanKind = .internal, under parent: TraceContext? = nil,
        links: [TraceContext] = [], at time: UInt64? = nil
    ) -> TraceSpan {
        start(name, ofKind: kind, under: parent, links: links, at: time, isGranted: false)
    }

    private func start(
        _ name: String, ofKind kind: SpanKind, under parent: TraceContext?, links: [TraceContext] = [],
        at time: UInt64? = nil, isGranted: Bool
    ) -> TraceSpan {
        let start = time ?? TraceSpan.now
        var span = FinishedSpan(
            context: TraceContext(
                traceID: parent?.traceID ?? .random(), spanID: .random(in: 1 ... .max), isSampled: true,
                state: parent?.state),
            parentSpanID: parent?.spanID, name: name, kind: kind, start: start, end: start)
        span.links = links
        return TraceSpan(span, parentContext: .topLevel, recorder: self, isGranted: isGranted)
    }

    // MARK: Tracer

    public func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind,
        at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
    ) -> TraceSpan {
        let context = context()
        let parent = context.activeSpan?.trace
        let isSampled = parent?.isSampled ?? sampler.chooses()
        let start = instant().nanosecondsSinceEpoch
        let span = FinishedSpan(
            context: TraceContext(
                traceID: parent?.traceID ?? .random(), spanID: .random(in: 1 ... .max), isSampled: isSampled,
                state: parent?.state),
            parentSpanID: parent?.spanID, name: operationName, kind: kind, start: start, end: start)
        return TraceSpan(span, parentContext: context, recorder: isSampled ? self : nil)
    }

    public func activeSpan(identifiedBy context: ServiceContext) -> TraceSpan? { context.activeSpan }

    public func forceFlush() {
        // Whoever exports takes what has ended once a second, and when the node stops.
    }

    /// Takes the caller's place from `traceparent` and `tracestate`. Its flag *sampled* counts within the sampler's bound.
    public func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {
        guard let parent = extractor.extract(key: "traceparent", from: carrier),
            var caller = TraceContext(traceParent: parent, state: extractor.extract(key: "tracestate", from: carrier))
        else { return }
        caller.isSampled = caller.isSampled && sampler.grants(at: .now)
        let span = FinishedSpan(
            context: caller, parentSpanID: nil, name: "caller", kind: .client, start: 0, end: 0)
        context.activeSpan = TraceSpan(span, parentContext: context, recorder: nil)
    }

    public func inject<Carrier, Inject: Injector>(
        _ context: ServiceContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        guard let trace = context.activeSpan?.trace else { return }
        injector.inject(trace.traceParent, forKey: "traceparent", into: &carrier)
        if let state = trace.state { injector.inject(state, forKey: "tracestate", into: &carrier) }
    }
}
