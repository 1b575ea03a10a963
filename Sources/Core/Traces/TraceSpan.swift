import Synchronization
public import Tracing

/// A span of ``SpanRecorder``'s. It is exported when it has ended; one that nobody ends is not.
public final class TraceSpan: Tracing.Span {
    private struct State {
        var span: FinishedSpan
        var isOver = false
    }

    /// Of this span.
    public let trace: TraceContext
    /// Its caller asked for it, and it counts among those that callers ask for.
    let isGranted: Bool
    private let parentContext: ServiceContext
    /// Nil: the trace is not sampled, and nothing of the span is kept.
    private let recorder: SpanRecorder?
    private let state: Mutex<State>

    init(_ span: FinishedSpan, parentContext: ServiceContext, recorder: SpanRecorder?, isGranted: Bool = false) {
        self.isGranted = isGranted
        trace = span.context
        self.parentContext = parentContext
        self.recorder = recorder
        state = Mutex(State(span: span))
    }

    /// The context of what happens within this span.
    public var context: ServiceContext {
        var context = parentContext
        context.activeSpan = self
        return context
    }

    public var isRecording: Bool { recorder != nil && state.withLock { !$0.isOver } }

    public var operationName: String {
        get { state.withLock(\.span.name) }
        set { change { $0.name = newValue } }
    }

    public var attributes: SpanAttributes {
        get { state.withLock(\.span.attributes) }
        set { change { $0.attributes = newValue } }
    }

    /// Sets one attribute.
    public func set(_ name: String, _ value: SpanAttribute) { change { $0.attributes.set(name, value: value) } }

    public func setStatus(_ status: SpanStatus) { change { $0.status = status } }

    /// What the span is about failed. `kind` is a word of ours, never what somebody sent.
    public func fail(_ kind: String) {
        change { span in
            span.status = SpanStatus(code: .error)
            span.attributes.set("error.type", value: .string(kind))
        }
    }

    public func addEvent(_ event: SpanEvent) { change { $0.events.append(event) } }

    /// Keeps the error's type alone: its text may quote what a caller sent.
    public func recordError<Instant: TracerInstant>(
        _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
    ) {
        var attributes = attributes
        attributes.set("exception.type", value: .string("\(type(of: error))"))
        addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
    }

    public func addLink(_ link: SpanLink) {
        guard let other = link.context.activeSpan?.trace else { return }
        change { $0.links.append(other) }
    }

    public func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        end(atNanoseconds: instant().nanosecondsSinceEpoch)
    }

    /// - Parameter time: since 1970.
    public func end(atNanoseconds time: UInt64) {
        guard let recorder else { return }
        let finished = state.withLock { state -> FinishedSpan? in
            guard !state.isOver else { return nil }
            state.isOver = true
            state.span.end = max(time, state.span.start)
            return state.span
        }
        if let finished { recorder.buffer.add(finished) }
    }

    /// A span within this one.
    public func startChild(_ name: String, ofKind kind: SpanKind = .internal) -> TraceSpan? {
        recorder?.start(name, ofKind: kind, under: trace)
    }

    private func change(_ body: (inout FinishedSpan) -> Void) {
        guard recorder != nil else { return }
        state.withLock { state in if !state.isOver { body(&state.span) } }
    }
}

extension TraceSpan {
    /// Nanoseconds since 1970.
    public static var now: UInt64 { DefaultTracerClock.now.nanosecondsSinceEpoch }
}

private enum ActiveSpanKey: ServiceContextKey {
    typealias Value = TraceSpan
    static let nameOverride: String? = "holdfast-span"
}

private enum CorrelationKey: ServiceContextKey {
    typealias Value = String
    static let nameOverride: String? = "holdfast-correlation"
}

extension ServiceContext {
    /// The span in which something happens; nil: it is not traced.
    public var activeSpan: TraceSpan? {
        get { self[ActiveSpanKey.self] }
        set { self[ActiveSpanKey.self] = newValue }
    }

    /// What finds a request in logs, its caller's included; nil: what happens is not a request.
    public var correlation: String? {
        get { self[CorrelationKey.self] }
        set { self[CorrelationKey.self] = newValue }
    }
}
