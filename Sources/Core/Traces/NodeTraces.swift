/// What the parts of a node share that trace: where spans go, and which events of the log belong to which trace.
public struct NodeTraces: Sendable {
    public let recorder: SpanRecorder
    public let events: EventTraces

    public init(_ recorder: SpanRecorder, events: EventTraces = EventTraces()) {
        self.recorder = recorder
        self.events = events
    }
}
