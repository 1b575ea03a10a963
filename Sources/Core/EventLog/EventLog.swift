public import Domain

/// Reading the log. Every read sees only whole commits, in order: a sequence number that was read once is never followed
/// later by a smaller one that was missing.
public protocol EventReader: Sendable {
    /// The head right now; linearizable.
    func head() async throws(LogError) -> LogPosition
    /// The head, and the marks of the batches whose last events are in `positions`: of one moment.
    func look(at positions: ClosedRange<Int64>) async throws(LogError) -> LogLook
    /// The events with sequence numbers above `position`, ascending, at most `limit`.
    func events(after position: Int64, limit: Int) async throws(LogError) -> [RecordedEvent]
    /// The events of `stream` with versions above `version`, ascending, at most `limit`.
    func events(of stream: StreamID, after version: Int64, limit: Int) async throws(LogError) -> [RecordedEvent]
    /// The recorded ones among `ids`, in any order.
    func commands(_ ids: [CommandID]) async throws(LogError) -> [RecordedCommand]
    /// Every epoch so far, ascending.
    func epochs() async throws(LogError) -> EpochHistory
    /// The latest time that anything was recorded at: what is recorded from now on has that time or a later one.
    func lastRecordedAt() async throws(LogError) -> Timestamp
}

/// Vouching for what readers see of the log.
public protocol LogBarrier: Sendable {
    /// Returns once what is visible is as durable as a commit can be (in a cluster: replicated).
    ///
    /// - Returns: the head of the log that it was passed in, or a later one.
    @discardableResult
    func barrier() async throws(LogError) -> LogPosition
}

/// Appending to the log.
public protocol EventAppender: LogBarrier {
    /// Appends `batch` as one transaction: gaplessly, in commit order, each stream all or nothing.
    func append(_ batch: AppendBatch) async throws(AppendFailure) -> AppendResult
    /// Returns once every append that held or awaited the log's head is decided, and what is visible is as durable as a
    /// commit can be (in a cluster: replicated). A command id that is not found after it can be appended again: should an
    /// older attempt still be on its way, one of the two finds the other's record and writes nothing.
    ///
    /// - Returns: the head of the log that it was passed in, or a later one.
    @discardableResult
    func barrier() async throws(LogError) -> LogPosition
    /// A session for the calling thread.
    func makeAppendSession() -> any AppendSession
}

public typealias EventLog = EventReader & EventAppender

/// A read or write of the log failed; it did not happen, or had no effect.
public struct LogError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        /// The database can't be reached, or went away; it may come back.
        public static let unavailable = Code(description: "unavailable")
        /// No answer within the deadline.
        public static let timedOut = Code(description: "timed-out")
        /// The log refused: a bug, wrong privileges or a schema of another version.
        public static let refused = Code(description: "refused")
    }
    public var code: Code
    public var message: String
    /// PostgreSQL's five-character error code, where it gave one.
    public var sqlState: String?

    public init(code: Code, message: String, sqlState: String? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
    }

    public var description: String { "\(code): \(message)\(sqlState.map { " (SQLSTATE \($0))" } ?? "")" }
}
