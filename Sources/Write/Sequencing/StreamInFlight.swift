import Contract
import Domain
import EventLog
import Traces

/// A command of a batch that is traced.
struct TracedCommand: Sendable {
    var id: CommandID
    var trace: CommandTrace
}

/// One stream's part of the batch that is being appended, with what it takes to answer it.
struct StreamInFlight: Sendable {
    var expectedVersion: Int64
    /// Beside ``append``'s commands.
    var decisions: [Decision] = []
    var append: StreamAppend
    /// Of those of its commands that are traced.
    var traces: [TracedCommand] = []
    /// It holds commands that a duplicate set back.
    var acceptsOnlyRetries = false

    init(stream: StreamID, expectedVersion: Int64) {
        self.expectedVersion = expectedVersion
        append = StreamAppend(stream: stream, expectedVersion: expectedVersion, commands: [])
    }

    var stream: StreamID { append.stream }
    var commandIDs: [CommandID] { append.commands.map(\.id) }

    mutating func add(_ request: CommandRequest, _ decision: Decision) {
        if let trace = request.trace { traces.append(TracedCommand(id: request.id, trace: trace)) }
        decisions.append(decision)
        append.commands.append(
            DecidedCommand(
                id: request.id, principal: request.principal, fingerprint: request.fingerprint,
                outcome: decision.outcome.encoded, events: decision.encoded))
    }
}
