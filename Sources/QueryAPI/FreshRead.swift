public import EventLog
import Hummingbird
public import Projecting
import WebAPI

/// Makes a read as fresh as it was asked to be, or says honestly that it can't.
public struct FreshRead: Sendable {
    private let replica: Replica
    private let log: any EventReader

    public init(replica: Replica, log: any EventReader) {
        self.replica = replica
        self.log = log
    }

    /// Returns once `view` has what the request's token asks for. Throws a ``Problem``.
    func wait<P: Projection>(for request: Request, on view: View<P>) async throws(Problem) {
        let timeout = WaitPreference.timeout(request.headers)
        let position: Int64
        switch try Freshness(request.headers) {
        case .any: return
        case .head: position = try await readLog { reader async throws(LogError) in try await reader.head() }.position
        case .token(let token): position = try await place(of: token, given: view.checkpoint)
        }
        switch await view.wait(for: position, timeout: timeout) {
        case .reached: return
        case .timedOut: throw behind("It did not get there in time.", at: view.checkpoint)
        case .tooManyWaiters: throw behind("Too many wait already.", at: view.checkpoint)
        case .stopped(let stop):
            throw Problem(
                .projectionStopped, detail: "The view stopped before event \(stop.position).",
                sequence: token(view.checkpoint),
                members: [Problem.Member("position", .integer(view.checkpoint))])
        }
    }

    /// The token of a sequence number that this replica has applied.
    func token(_ position: Int64) -> SequenceToken { SequenceToken(epoch: replica.status.epoch, sequence: position) }

    /// The sequence number to wait for, once it is certain that it is, or can be, in the log.
    private func place(of token: SequenceToken, given checkpoint: Int64) async throws(Problem) -> Int64 {
        let status = replica.status
        if token.epoch == status.epoch && token.sequence <= max(status.head, checkpoint) { return token.sequence }
        if token.epoch != status.epoch {
            let epochs = try await readLog { reader async throws(LogError) in try await reader.epochs() }
            switch epochs.judge(token) {
            case .valid: break
            case .lost:
                // With a token that is good, or a browser's cookie would stay lost for ever.
                throw Problem(
                    .sequenceLost, detail: "\(token) was in a part of the log that was lost.",
                    sequence: self.token(checkpoint))
            case .unknownEpoch: throw ahead(token)
            }
        }
        let head = try await readLog { reader async throws(LogError) in try await reader.head() }
        guard token.sequence <= head.position else { throw ahead(token) }
        return token.sequence
    }

    private func readLog<R>(
        _ read: (any EventReader) async throws(LogError) -> R
    ) async throws(Problem) -> R {
        do {
            return try await read(log)
        } catch {
            throw Problem(error)
        }
    }

    private func ahead(_ token: SequenceToken) -> Problem {
        Problem(.sequenceAheadOfLog, detail: "The log has no \(token).")
    }

    private func behind(_ detail: String, at checkpoint: Int64) -> Problem {
        Problem(
            .replicaBehind, detail: detail, retryAfterSeconds: 1, sequence: token(checkpoint),
            members: [Problem.Member("position", .integer(checkpoint))])
    }
}
