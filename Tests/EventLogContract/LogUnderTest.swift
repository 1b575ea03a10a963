internal import Domain
public import EventLog

/// A new, empty log and what the contract needs beside its interface.
public protocol LogUnderTest: Sendable {
    /// Another way to the same log: for one in a database, further connections.
    func open() async throws -> any EventLog & EventAuditor
    /// An append by somebody else, whose transaction stays open.
    func begin(_ batch: AppendBatch) async throws -> any OpenTransaction
    /// Ends the epoch, in a transaction that stays open.
    func beginEpoch() async throws -> any OpenTransaction
}

/// A transaction that wrote and neither committed nor was rolled back.
public protocol OpenTransaction: Sendable {
    func commit() async throws
    func rollBack() async throws
}

// What the cases append.

extension CommandID {
    static func random() -> CommandID { CommandID(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max)) }
}

extension DecidedCommand {
    /// A command with so many events, whose payload names the command and the event.
    static func some(_ id: CommandID = .random(), events: Int = 1) -> DecidedCommand {
        DecidedCommand(
            id: id, principal: "user-1", fingerprint: Array(id.bytes + id.bytes), outcome: Array("outcome".utf8),
            events: (0..<events).map { index in
                EncodedEvent(type: "SeatsHeld", schemaVersion: 1, payload: id.bytes + [UInt8(index & 255)])
            })
    }
}

extension StreamAppend {
    static func some(_ stream: String, at version: Int64, _ commands: DecidedCommand...) -> StreamAppend {
        StreamAppend(stream: StreamID(stream), expectedVersion: version, commands: commands)
    }
}

extension AppendBatch {
    static func some(epoch: Int64 = 1, _ streams: StreamAppend...) -> AppendBatch {
        AppendBatch(epoch: epoch, streams: streams)
    }
}
