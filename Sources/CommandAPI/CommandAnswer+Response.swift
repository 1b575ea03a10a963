import Domain
import EventLog
import HTTPTypes
import Hummingbird
import Sequencing
import WebAPI

extension CommandAnswer {
    /// The response to the command with this id. Throws a ``Problem`` for everything but acceptance.
    func response(to id: CommandID) throws(Problem) -> Response {
        do throws(Problem) {
            guard case .recorded(let answer, let replayed) = self else { throw problem }
            var response = try answer.response()
            response.set(command: id, replayed: replayed)
            return response
        } catch {
            var problem = error
            problem.headers[.commandID] = id.description
            if case .recorded(_, replayed: true) = self { problem.headers[.idempotentReplayed] = "true" }
            throw problem
        }
    }

    /// What the caller is told when the log has no answer.
    private var problem: Problem {
        switch self {
        case .recorded, .unknown:
            Problem(
                .outcomeUnknown, detail: "Ask again with the same Idempotency-Key.", outcome: .unknown,
                retryAfterSeconds: 1)
        case .keyReused: Problem(.idempotencyKeyReused, outcome: Problem.Outcome.none)
        case .notRecorded(let reason): reason.problem
        }
    }
}

extension NotRecorded {
    fileprivate var problem: Problem {
        let none = Problem.Outcome.none
        switch self {
        case .overloaded, .contended: return Problem(.overloaded, outcome: none, retryAfterSeconds: 1)
        case .logUnavailable:
            return Problem(
                .logUnavailable, detail: "The command did not reach the log.", outcome: none, retryAfterSeconds: 1)
        case .unreadableShow(let position, _):
            return Problem(
                .showUnavailable, detail: "The show's event \(position) can't be read by this version.", outcome: none)
        case .shuttingDown: return Problem(.shuttingDown, outcome: none, retryAfterSeconds: 1)
        }
    }
}

extension Response {
    static func noContent(_ token: SequenceToken) -> Response {
        var response = Response(status: .noContent)
        response.headers.set(token)
        return response
    }
}
