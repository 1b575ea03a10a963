import Contract
import Domain
import EventLog

/// One stream's part of the batch that is being appended, with what it takes to answer it.
struct StreamInFlight: Sendable {
    var expectedVersion: Int64
    /// Beside ``append``'s commands.
    var decisions: [Decision] = []
    var append: StreamAppend
    /// Of the first command that has one.
    var traceParent: String?
    /// It holds commands that a duplicate set back.
    var acceptsOnlyRetries = false

    init(stream: StreamID, expectedVersion: Int64) {
        self.expectedVersion = expectedVersion
        append = StreamAppend(stream: stream, expectedVersion: expectedVersion, commands: [])
    }

    var stream: StreamID { append.stream }
    var commandIDs: [CommandID] { append.commands.map(\.id) }

    mutating func add(_ request: CommandRequest, _ decision: Decision) {
        traceParent = traceParent ?? request.traceParent
        decisions.append(decision)
        append.commands.append(
            DecidedCommand(
                id: request.id, principal: request.principal, fingerprint: request.fingerprint,
                outcome: decision.outcome.encoded, events: decision.encoded))
    }
}
