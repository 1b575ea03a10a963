import EventLog
import Following
import OpenPayments

/// How far one epoch of the log is known to be as durable as a commit can be.
///
/// A commit may be seen before that, and what was seen may be lost with the end of an epoch. Nothing that can't be undone
/// is done for either.
actor LogSeal {
    private let log: any EventLog
    private let view: View<OpenPayments>
    private let epoch: Int64
    private var sealed: Int64 = 0
    /// One barrier at a time: it holds up whoever appends.
    private var barrier: Task<Result<Int64, LogError>, Never>?

    init(_ log: any EventLog, _ view: View<OpenPayments>, epoch: Int64) {
        self.log = log
        self.view = view
        self.epoch = epoch
    }

    /// A commit was acknowledged here, and with it all before it.
    func acknowledged(_ place: SequenceToken) {
        if place.epoch == epoch { sealed = max(sealed, place.sequence) }
    }

    /// Returns once everything up to a sequence number of the epoch that the view has is durable.
    func reach(_ position: Int64) async throws(LogError) {
        while sealed < position {
            let joined = barrier
            let running = joined ?? Task { await self.passBarrier() }
            barrier = running
            let result = await running.value
            if barrier == running { barrier = nil }
            sealed = max(sealed, try result.get())
            // One that was under way may have begun too early.
            if joined == nil, sealed < position { throw LogError(code: .unavailable, message: "the view begins anew") }
        }
    }

    private func passBarrier() async -> Result<Int64, LogError> {
        let seen = view.place
        do throws(LogError) {
            let head = try await log.barrier()
            guard head.epoch == epoch, seen.epoch == epoch, seen.sequence <= head.position else {
                throw LogError(code: .unavailable, message: "the log is at \(head.token), the view at \(seen)")
            }
            return .success(seen.sequence)
        } catch {
            return .failure(error)
        }
    }
}
