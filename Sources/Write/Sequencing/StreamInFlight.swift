import Contract
import Domain
import EventLog

/// One stream's part of the batch that is being appended, with what it takes to answer it or to take it back.
struct StreamInFlight: Sendable {
    struct Decision: Sendable {
        var events: [ShowEvent]
        var outcome: Outcome
    }

    var show: ShowID
    var expectedVersion: Int64
    /// Beside ``append``'s commands.
    var decisions: [Decision] = []
    var append: StreamAppend
    /// One for each event, in order.
    var undos: [ShowState.Undo] = []
    /// Of the first command that has one.
    var traceParent: String?
    /// It holds commands that a duplicate set back.
    var isClosedToNewcomers = false

    init(show: ShowID, expectedVersion: Int64) {
        self.show = show
        self.expectedVersion = expectedVersion
        append = StreamAppend(stream: show, expectedVersion: expectedVersion, commands: [])
    }

    var commandIDs: [CommandID] { append.commands.map(\.id) }

    mutating func add(_ request: CommandRequest, _ events: [ShowEvent], _ outcome: Outcome) {
        traceParent = traceParent ?? request.traceParent
        decisions.append(Decision(events: events, outcome: outcome))
        append.commands.append(
            DecidedCommand(
                id: request.id, principal: request.principal, fingerprint: request.fingerprint,
                outcome: outcome.encoded, events: events.map(EncodedEvent.init)))
    }
}

extension CommandRequest {
    /// The system's own command to end overdue holds. Its id comes from the version it is decided on, so two nodes that
    /// propose it at once propose the same.
    static func expiry(of show: ShowID, at version: Int64, limit: Int) -> CommandRequest {
        CommandRequest(bySystem: .expireHolds(limit: limit), on: show, named: "expire/\(show)/\(version)")
    }
}
