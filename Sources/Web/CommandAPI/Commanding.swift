import Domain
import HTTPTypes
import Hummingbird
import Sequencing
import WebAPI

extension RouterGroup<APIContext> {
    /// A call that is a command. Whatever its problem is, it says what became of the command; what does not know never
    /// asked the log.
    func command(
        _ method: HTTPRequest.Method, _ path: RouterPath,
        _ answer: @escaping @Sendable (Request, APIContext) async throws -> Response
    ) {
        on(path, method: method) { request, context in
            do {
                return try await answer(request, context)
            } catch var problem as Problem where problem.outcome == nil {
                problem.outcome = Problem.Outcome.none
                throw problem
            }
        }
    }
}

extension CommandRequest {
    /// What a caller asks of a show.
    init(_ command: ShowCommand, on show: ShowID, _ identity: CommandIdentity, _ request: Request) {
        self.init(
            id: identity.commandID, principal: identity.principal.userID.rawValue, fingerprint: identity.fingerprint,
            show: show, command: command, traceParent: TraceParent.text(request.headers))
    }
}
