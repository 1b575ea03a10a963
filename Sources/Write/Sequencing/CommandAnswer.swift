public import Domain
public import EventLog

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

/// Why an attempt never reached the log. Worth trying again, with the same key.
public enum NotRecorded: Equatable, Sendable {
    /// The queue is full.
    case overloaded
    /// The log could not be reached within the deadline.
    case logUnavailable
    /// Other writers were faster, every time.
    case contended
    /// The show's events can't be read.
    case unreadableShow(at: Int64, reason: String)
    case shuttingDown
}

/// The recorded outcome of a command, with all that an answer is made of.
public struct RecordedAnswer: Equatable, Sendable {
    public var id: CommandID
    public var show: ShowID
    public var outcome: Outcome
    /// What it appended; empty for a rejection.
    public var events: [PositionedEvent]
    /// The place of its last event; for a rejection, of the version it was decided on.
    public var token: SequenceToken

    public init(
        id: CommandID, show: ShowID, outcome: Outcome, events: [PositionedEvent], token: SequenceToken
    ) {
        self.id = id
        self.show = show
        self.outcome = outcome
        self.events = events
        self.token = token
    }
}

/// An event and its sequence number.
public struct PositionedEvent: Equatable, Sendable {
    public var position: Int64
    public var event: ShowEvent

    public init(position: Int64, event: ShowEvent) {
        self.position = position
        self.event = event
    }
}
