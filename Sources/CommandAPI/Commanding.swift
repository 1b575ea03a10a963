import Domain
import Hummingbird
import Sequencing
import WebAPI

/// Whatever a command's problem is, it says what became of the command. What does not know never asked the log.
func told(_ answer: () async throws -> Response) async throws -> Response {
    do {
        return try await answer()
    } catch var problem as Problem where problem.outcome == nil {
        problem.outcome = Problem.Outcome.none
        throw problem
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
