import Domain
import EventLog
import HTTPServer
import HTTPTypes
import Sequencing
import WebAPI

extension CommandAnswer {
    /// The response to the command with this id. Throws a ``Problem`` for everything but acceptance.
    func response(to id: CommandID) throws(Problem) -> WholeResponse {
        try response(to: id) { recorded throws(Problem) in try recorded.response() }
    }

    /// The same, made by `make` of what is recorded.
    func response(
        to id: CommandID, _ make: (RecordedAnswer) throws(Problem) -> WholeResponse
    ) throws(Problem) -> WholeResponse {
        do throws(Problem) {
            guard case .recorded(let answer, let replayed) = self else { throw problem }
            var response = try make(answer)
            response.set(command: id, replayed: replayed)
            return response
        } catch {
            var problem = error
            problem.set(command: id, replayed: isReplayed)
            throw problem
        }
    }

    private var isReplayed: Bool {
        guard case .recorded(_, let isReplayed) = self else { return false }
        return isReplayed
    }

    /// The problem for an answer that is not in the log.
    private var problem: Problem {
        switch self {
        case .recorded, .unknown:
            Problem(
                .outcomeUnknown, detail: "Ask again with the same Idempotency-Key.", outcome: .unknown,
                retryAfterSeconds: 1)
        case .keyReused: Problem(.idempotencyKeyReused)
        case .notRecorded(let reason): reason.problem
        }
    }
}

extension NotRecorded {
    fileprivate var problem: Problem {
        switch self {
        case .overloaded, .contended: Problem(.overloaded, retryAfterSeconds: 1)
        case .logUnavailable:
            Problem(.logUnavailable, detail: "The command did not reach the log.", retryAfterSeconds: 1)
        case .unreadableStream(let position, _):
            Problem(.showUnavailable, detail: "The show's event \(position) can't be read by this version.")
        case .shuttingDown: Problem(.shuttingDown, retryAfterSeconds: 1)
        case .nothingThere(let rejection): Problem(unrecorded: rejection)
        }
    }
}

extension Problem {
    /// Names the command that the problem answers, and says whether the answer was on record already.
    mutating func set(command id: CommandID, replayed: Bool) {
        headers[.commandID] = id.description
        if replayed { headers[.idempotentReplayed] = "true" }
    }
}

extension WholeResponse {
    static func noContent(_ token: LogPosition) -> WholeResponse {
        var response = WholeResponse(.noContent)
        response.headers.set(token)
        return response
    }
}
