public import Contract
public import Domain
public import EventLog

/// The recorded outcome of a command, with all that an answer is made of.
public struct RecordedAnswer: Equatable, Sendable {
    public var id: CommandID
    public var stream: StreamID
    public var outcome: Outcome
    /// What it appended; empty for a rejection.
    public var events: [PositionedEvent]
    /// The place of its last event; for a rejection, of the version it was decided on.
    public var token: LogPosition

    public init(
        id: CommandID, stream: StreamID, outcome: Outcome, events: [PositionedEvent], token: LogPosition
    ) {
        self.id = id
        self.stream = stream
        self.outcome = outcome
        self.events = events
        self.token = token
    }
}

/// An event and its sequence number.
public struct PositionedEvent: Equatable, Sendable {
    public var position: Int64
    public var event: any DomainEvent

    public init(position: Int64, event: any DomainEvent) {
        self.position = position
        self.event = event
    }

    public static func == (a: Self, b: Self) -> Bool { a.position == b.position && a.event.isEqual(to: b.event) }
}

extension RecordedAnswer {
    /// Reads what `command` came to from the log: its events say what they always said.
    ///
    /// Throws a `LogError` when the log can't be read, `UnreadableEvent` or `UnreadableOutcome` when its content can't.
    public init(
        _ command: RecordedCommand, in log: any EventReader, aggregates: AggregateCatalogue = .product
    ) async throws {
        let epochs = try await log.epochs()
        if let positions = command.positions {
            let page = try await log.events(after: positions.lowerBound - 1, limit: positions.count)
            try self.init(command, epochs: epochs, events: page, aggregates: aggregates)
        } else {
            try self.init(command, epochs: epochs, still: try await log.commands([command.id]))
        }
    }

    /// What a command with events came to, from the epochs and then its events as they were read.
    package init(
        _ command: RecordedCommand, epochs: EpochHistory, events page: [RecordedEvent],
        aggregates: AggregateCatalogue = .product
    ) throws {
        // A failover in between may have put another command's events there.
        guard page.count == command.eventCount, page.allSatisfy({ $0.commandID == command.id }) else {
            throw LogError(code: .unavailable, message: "the events of command \(command.id) are gone")
        }
        let events = try page.map { recorded in
            PositionedEvent(
                position: recorded.position, event: try aggregates.decode(recorded.event, of: recorded.stream))
        }
        try self.init(recorded: command, epochs: epochs, events: events)
    }

    /// What a command without events came to, from the epochs and then what is recorded under its id.
    package init(_ command: RecordedCommand, epochs: EpochHistory, still recorded: [RecordedCommand]) throws {
        // A failover in between may have lost it; its place would then be said to be of an epoch that never had it.
        guard recorded == [command] else {
            throw LogError(code: .unavailable, message: "the record of command \(command.id) is gone")
        }
        try self.init(recorded: command, epochs: epochs, events: [])
    }

    private init(recorded command: RecordedCommand, epochs: EpochHistory, events: [PositionedEvent]) throws {
        self.init(
            id: command.id, stream: command.stream, outcome: try Outcome(encoded: command.outcome), events: events,
            token: LogPosition(epoch: epochs.current, position: command.position))
    }
}
