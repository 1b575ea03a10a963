public import Tracing

/// A span as it is exported.
public struct FinishedSpan: Sendable {
    public var context: TraceContext
    /// Of the same trace; nil: the span begins its trace.
    public var parentSpanID: UInt64?
    public var name: String
    public var kind: SpanKind
    /// Nanoseconds since 1970.
    public var start: UInt64
    public var end: UInt64
    public var attributes = SpanAttributes()
    /// Other spans that this one has to do with.
    public var links: [TraceContext] = []
    public var status: SpanStatus?
    public var events: [SpanEvent] = []

    public init(context: TraceContext, parentSpanID: UInt64?, name: String, kind: SpanKind, start: UInt64, end: UInt64)
    {
        self.context = context
        self.parentSpanID = parentSpanID
        self.name = name
        self.kind = kind
        self.start = start
        self.end = end
    }
}
