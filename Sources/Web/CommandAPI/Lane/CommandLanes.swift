import Domain
import HTTPServer
import HTTPTypes
public import Identity
public import Logging
public import NIOCore
public import Sequencing
import Synchronization
public import WebAPI

/// The fast lane for commands: a request that is plainly in order for a frequent command is read, submitted and answered
/// on its connection's event loop, without a task. Everything else passes on as it came, and has one way to go.
///
/// What a request must be: of a closed list of headers, each once; with a token that was verified before, a good
/// `Idempotency-Key` and a short body in the plainest JSON. The answers are the same as on the slow way, byte for byte.
public final class CommandLanes: Sendable {
    /// Bytes of a body that is read here; the plainest holds have 15 to 200.
    static let bodyBytesMax = 4_096

    let sequencer: Sequencer
    let metrics: RequestMetrics
    let logger: Logger
    private let authenticator: Authenticator
    private let commands: [LaneCommand]
    private let loops = Mutex<[ObjectIdentifier: LaneLoop]>([:])

    /// - Parameters:
    ///   - metrics: counts the requests, whichever way they take.
    ///   - readTicketCode: nil: this node has no call to scan tickets with.
    public init(
        sequencer: Sequencer, authenticator: Authenticator, metrics: RequestMetrics, logger: Logger,
        readTicketCode: CommandRoutes.TicketCodeReader? = nil
    ) {
        self.sequencer = sequencer
        self.authenticator = authenticator
        self.metrics = metrics
        self.logger = logger
        commands = [.placeHold, .releaseHold] + (readTicketCode.map { [LaneCommand.scan($0)] } ?? [])
    }

    /// A handler for a connection of HTTP/1, or a stream of HTTP/2.
    public func makeHandler() -> any RemovableChannelHandler { CommandLane(self) }

    func loop(_ eventLoop: any EventLoop) -> LaneLoop {
        loops.withLock { loops in
            if let loop = loops[ObjectIdentifier(eventLoop)] { return loop }
            let loop = LaneLoop(eventLoop, lanes: self)
            loops[ObjectIdentifier(eventLoop)] = loop
            return loop
        }
    }

    /// What the head of a request is the beginning of; nil: it is for the slow way.
    func request(_ head: HTTPRequest) -> LaneRequest? {
        guard let path = head.path else { return nil }
        for command in commands where command.method == head.method {
            guard let id = command.path.id(in: path) else { continue }
            return LaneRequest(head, path: path, command, id: id, authenticator)
        }
        return nil
    }
}

/// A request that is for the lane as far as its head tells.
struct LaneRequest {
    let head: HTTPRequest
    let path: String
    let command: LaneCommand
    private let id: String
    private let principal: Principal
    private let key: IdempotencyKey
    /// What came of it so far.
    private(set) var body = ByteBuffer()
    private let bodyBytes: Int

    fileprivate init?(
        _ head: HTTPRequest, path: String, _ command: LaneCommand, id: String, _ authenticator: Authenticator
    ) {
        var token: Substring?
        var bodyBytes: Int?
        for field in head.headerFields {
            switch field.name.canonicalName {
            case "authorization":
                guard token == nil, field.value.utf8.starts(with: "Bearer ".utf8) else { return nil }
                token = field.value.dropFirst(7)
            case "content-length":
                guard bodyBytes == nil, let count = Int(field.value) else { return nil }
                bodyBytes = count
            case "content-type": guard field.value == "application/json" else { return nil }
            case "connection": guard field.value == "keep-alive" || field.value == "Keep-Alive" else { return nil }
            case "accept", "accept-encoding", "accept-language", "host", "idempotency-key", "traceparent", "tracestate",
                "user-agent":
                break
            // It may change what the request means.
            default: return nil
            }
        }
        guard let token, let principal = authenticator.remembered(token: String(token)),
            principal.mayAct(as: command.role),
            command.hasBody ? (1...CommandLanes.bodyBytesMax).contains(bodyBytes ?? 0) : bodyBytes ?? 0 == 0
        else { return nil }
        do {
            key = try IdempotencyKey(head.headerFields)
        } catch {
            return nil  // The slow way says what is wrong.
        }
        self.head = head
        self.path = path
        self.command = command
        self.id = id
        self.principal = principal
        self.bodyBytes = bodyBytes ?? 0
    }

    /// Takes a part of the body; false: it is longer than was said.
    mutating func add(_ part: ByteBuffer) -> Bool {
        if body.readableBytes == 0 { body = part } else { body.writeImmutableBuffer(part) }
        return body.readableBytes <= bodyBytes
    }

    /// The command that the whole request is for; nil: the slow way says what is wrong with it.
    var submission: CommandRequest? {
        guard body.readableBytes == bodyBytes else { return nil }
        let identity = CommandIdentity(
            method: head.method, path: path, principal: principal, key: key, body: command.hasBody ? body : nil)
        guard let (command, show) = command.read(LaneCommand.Call(id: id, body: body, identity: identity)) else {
            return nil
        }
        return CommandRequest(
            id: identity.commandID, principal: principal.userID.rawValue, fingerprint: identity.fingerprint,
            show: show, command: command, traceParent: TraceParent.text(head.headerFields))
    }
}
