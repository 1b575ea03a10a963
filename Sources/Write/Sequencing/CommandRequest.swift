import Crypto
public import Domain
public import Traces

/// A command on its way to the log: who asks for what, on which stream.
public struct CommandRequest: Sendable {
    public var id: CommandID
    /// The authenticated user's id.
    public var principal: String
    /// SHA-256 of the request, 32 bytes.
    public var fingerprint: [UInt8]
    public var stream: StreamID
    /// A command of the stream's own aggregate.
    public var command: any DomainCommand
    /// Its place in a trace that is sampled; travels to the replicas with the events. Nil: it is not traced.
    public var trace: CommandTrace?

    public init(
        id: CommandID, principal: String, fingerprint: [UInt8], stream: StreamID, command: any DomainCommand,
        trace: CommandTrace? = nil
    ) {
        self.id = id
        self.principal = principal
        self.fingerprint = fingerprint
        self.stream = stream
        self.command = command
        self.trace = trace
    }

    /// A command on a show.
    public init(
        id: CommandID, principal: String, fingerprint: [UInt8], show: ShowID, command: ShowCommand,
        trace: CommandTrace? = nil
    ) {
        self.init(
            id: id, principal: principal, fingerprint: fingerprint, stream: StreamID(show), command: command,
            trace: trace)
    }

    /// A command of the system's own. The same name is the same command, whoever proposes it.
    package init(bySystem command: any DomainCommand, on stream: StreamID, named name: String) {
        let fingerprint = Array(SHA256.hash(data: Array(name.utf8)))
        guard let id = CommandID(bytes: fingerprint) else { preconditionFailure("SHA-256 has 32 bytes") }
        self.init(id: id, principal: "system", fingerprint: fingerprint, stream: stream, command: command)
    }
}
