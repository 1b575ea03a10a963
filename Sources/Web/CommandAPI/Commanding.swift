import Domain
import HTTPServer
import HTTPTypes
import Hummingbird
import Identity
import Sequencing
import Traces
import Tracing
import WebAPI

extension RouterGroup<APIContext> {
    /// Adds a call that is a command. Whatever its problem is, the problem says what became of the command; one that
    /// does not know never asked the log.
    func command(
        _ method: HTTPRequest.Method, _ path: RouterPath,
        _ answer: @escaping @Sendable (CommandCall) async throws -> Response
    ) {
        on(path, method: method) { request, context in
            do {
                return try await answer(CommandCall(request, context))
            } catch let problem as Problem {
                throw problem.ofCommand
            }
        }
    }
}

extension Problem {
    /// The problem of a command: one that does not know what became of it never asked the log.
    var ofCommand: Problem {
        var problem = self
        problem.outcome = outcome ?? Problem.Outcome.none
        return problem
    }
}

/// A request for a command: who sends it and under which key is known, its body is still to be read.
struct CommandCall: Sendable {
    let principal: Principal
    private let key: IdempotencyKey
    private let request: Request
    private let context: APIContext

    /// - Throws: ``Problem`` without a caller or a good key. Whether the caller may command this was decided before.
    init(_ request: Request, _ context: APIContext) throws(Problem) {
        self.request = request
        self.context = context
        principal = try context.requirePrincipal()
        key = try IdempotencyKey(request.headers)
    }

    var headers: HTTPFields { request.headers }
    /// The request's span; nil: it is not traced.
    var span: TraceSpan? { ServiceContext.current?.activeSpan }

    /// The `{id}` in the path.
    ///
    /// - Parameter code: what to say where the text can't be an id: that there is no such thing.
    func pathID<Kind>(
        as type: Identifier<Kind>.Type, orElse code: Problem.Code
    ) throws(Problem) -> Identifier<Kind> {
        try context.pathID("id", as: type, orElse: code)
    }

    /// Another id in the path.
    func pathID<Kind>(
        _ name: String, as type: Identifier<Kind>.Type, orElse code: Problem.Code
    ) throws(Problem) -> Identifier<Kind> {
        try context.pathID(name, as: type, orElse: code)
    }

    /// The identity of a command without a body. Where the caller sends one all the same, it must say nothing.
    func identity(bytesMax: Int) async throws -> CommandIdentity {
        if let body = try await request.jsonBodyIfAny(bytesMax: bytesMax) { _ = try body.decode(NoMembers.self) }
        return CommandIdentity(request, principal: principal, key: key, body: nil)
    }

    /// Reads the body; returns it with the command's identity, which depends on it.
    func body(bytesMax: Int) async throws -> (JSONBody, CommandIdentity) {
        let body = try await body(ofBytes: bytesMax)
        return (body, identity(of: body))
    }

    /// Reads the body, of so many bytes at most.
    func body(ofBytes bytesMax: Int) async throws -> JSONBody { try await request.jsonBody(bytesMax: bytesMax) }

    /// The command's identity, if this is its body.
    func identity(of body: JSONBody) -> CommandIdentity {
        CommandIdentity(request, principal: principal, key: key, body: body)
    }

    /// The same where the body may be left out.
    func bodyIfAny(bytesMax: Int) async throws -> (JSONBody?, CommandIdentity) {
        let body = try await request.jsonBodyIfAny(bytesMax: bytesMax)
        return (body, CommandIdentity(request, principal: principal, key: key, body: body))
    }

    /// The command as the sequencer takes it.
    func request(_ command: ShowCommand, on show: ShowID, _ identity: CommandIdentity) -> CommandRequest {
        identity.request(command, on: show, span: span)
    }
}

/// `{}`: every member is unknown.
struct NoMembers: Decodable {
    private enum Key: CodingKey {}

    init(from decoder: any Decoder) throws { _ = try decoder.container(keyedBy: Key.self) }
}

extension CommandIdentity {
    /// The command of this identity as the sequencer takes it.
    ///
    /// - Parameter span: of the request; nil: it is not traced.
    func request(_ command: ShowCommand, on show: ShowID, span: TraceSpan?) -> CommandRequest {
        request(command, on: StreamID(show), span: span)
    }

    /// The command of this identity, which is one of the stream's own aggregate, as the sequencer takes it.
    ///
    /// - Parameter span: of the request; nil: it is not traced.
    func request(_ command: any DomainCommand, on stream: StreamID, span: TraceSpan?) -> CommandRequest {
        CommandRequest(
            id: commandID, principal: principal.userID.rawValue, fingerprint: fingerprint, stream: stream,
            command: command, trace: span.map { CommandTrace($0.trace) })
    }
}
