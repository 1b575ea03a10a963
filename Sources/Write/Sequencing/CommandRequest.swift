import Crypto
public import Domain

/// A command on its way to the log: who asks for what, on which show.
public struct CommandRequest: Sendable {
    public var id: CommandID
    /// The authenticated user's id.
    public var principal: String
    /// SHA-256 of the request, 32 bytes.
    public var fingerprint: [UInt8]
    public var show: ShowID
    public var command: ShowCommand
    /// The request's W3C trace context; travels to the replicas with the events.
    public var traceParent: String?

    public init(
        id: CommandID, principal: String, fingerprint: [UInt8], show: ShowID, command: ShowCommand,
        traceParent: String? = nil
    ) {
        self.id = id
        self.principal = principal
        self.fingerprint = fingerprint
        self.show = show
        self.command = command
        self.traceParent = traceParent
    }

    /// A command of the system's own. The same name is the same command, whoever proposes it.
    package init(bySystem command: ShowCommand, on show: ShowID, named name: String) {
        let fingerprint = Array(SHA256.hash(data: Array(name.utf8)))
        guard let id = CommandID(bytes: fingerprint) else { preconditionFailure("SHA-256 has 32 bytes") }
        self.init(id: id, principal: "system", fingerprint: fingerprint, show: show, command: command)
    }
}
