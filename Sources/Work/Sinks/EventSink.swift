public import EventLog

/// Somewhere outside that the log's events go to: a message broker, the readers of mail.
public protocol EventSink: Sendable {
    /// Of its checkpoint and its metrics.
    var name: String { get }
    /// Where a sink begins that has no checkpoint yet: with the log's first event, or with the next one.
    var beginsAtHead: Bool { get }
    /// Where to go on with a checkpoint: there, unless the far side itself says that it has less.
    func resume(from checkpoint: LogPosition) async throws -> LogPosition
    /// Connects to where the events go. The next events come after `start`.
    func connect(after start: LogPosition, in epochs: EpochHistory) async throws -> any SinkConnection
}

extension EventSink {
    public func resume(from checkpoint: LogPosition) async throws -> LogPosition { checkpoint }
}

/// A sink's way to where its events go, used by one task at a time.
public protocol SinkConnection: Sendable {
    /// Puts events, which follow those of the last call, and returns once every one of them is safe there.
    ///
    /// After an error the connection is closed; the next one begins after the last checkpoint, so that some of the events come
    /// again.
    func put(_ events: [RecordedEvent]) async throws
    func close() async
}
