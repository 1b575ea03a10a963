internal import EventLog
internal import Postgres

/// Appends on a connection of its own.
final class PostgresAppendSession: AppendSession {
    private let session: PostgresSession
    /// Of the batch that is under way.
    private var streamCount = 0

    init(_ session: PostgresSession) { self.session = session }

    func begin(_ batch: AppendBatch) throws(AppendFailure) {
        streamCount = batch.streams.count
        do throws(PostgresError) {
            try session.send(.append, batch.parameters)
        } catch {
            throw AppendFailure(error)
        }
    }

    func end(within timeout: Duration) throws(AppendFailure) -> AppendResult? {
        let result: PostgresResult
        do throws(PostgresError) {
            guard let answer = try session.answer(within: timeout) else { return nil }
            result = answer
        } catch {
            throw AppendFailure(error)
        }
        return try AppendResult(committed: result, streamCount: streamCount)
    }

    /// A new connection ends what is left of the one before: see holdfast.claim_writer.
    func renew() throws(LogError) {
        do throws(PostgresError) {
            try session.connect()
        } catch {
            throw LogError(error)
        }
    }
}

extension AppendResult {
    /// What `holdfast.append` answered.
    init(committed result: PostgresResult, streamCount: Int) throws(AppendFailure) {
        // The one warning that a commit can give is that the wait for the standby was cut short.
        if let warning = result.warnings.first { throw .unknown(LogError(code: .unavailable, message: warning)) }
        do throws(PostgresError) {
            try self.init(result, streamCount: streamCount)
        } catch {
            throw .unknown(LogError(error))
        }
    }
}
