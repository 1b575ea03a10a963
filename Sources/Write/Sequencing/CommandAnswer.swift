public import Domain

/// What the caller of a command is told.
public enum CommandAnswer: Equatable, Sendable {
    /// It is in the log, now or since long (`replayed`). Final.
    case recorded(RecordedAnswer, replayed: Bool)
    /// The key belongs to another request. Nothing happened.
    case keyReused
    /// Definite: this attempt never reached the log. An earlier one with the same key may have.
    case notRecorded(NotRecorded)
    /// It may be in the log, or may yet get there. The same key tells.
    case unknown
}

/// Why an attempt never reached the log. All but ``nothingThere(_:)`` are worth trying again, with the same key.
public enum NotRecorded: Equatable, Sendable {
    /// The queue is full.
    case overloaded
    /// The log could not be reached within the deadline.
    case logUnavailable
    /// Other writers were faster, every time.
    case contended
    /// The stream has an event that can't be read.
    case unreadableStream(at: Int64, reason: String)
    case shuttingDown
    /// The stream has no event: there is no such show, or no such room. Not recorded, so that nobody fills the log with what
    /// they make up; the log was read after the command came.
    case nothingThere(Rejection)
}
