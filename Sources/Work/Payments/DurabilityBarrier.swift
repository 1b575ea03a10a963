import EventLog
import OpenPayments
import Following

/// Delays calls that can't be undone until the log that they are based on is durable; see ``DurablePrefix``.
actor DurabilityBarrier {
    private let log: any EventLog
    private let view: View<OpenPayments>
    private var durable: DurablePrefix
    /// The barrier under way, if any. There is one at a time, because it delays everybody who appends.
    private var passing: Task<Result<Void, LogError>, Never>?

    init(_ log: any EventLog, _ view: View<OpenPayments>, epoch: Int64) {
        self.log = log
        self.view = view
        durable = DurablePrefix(epoch: epoch)
    }

    /// Takes the token of a commit that was acknowledged to this process.
    func acknowledged(_ token: LogPosition) { durable.acknowledged(token) }

    /// Returns once the log is durable up to a position of the epoch that the view has.
    func wait(for position: Int64) async throws(LogError) {
        while !durable.covers(position) {
            let joined = passing
            let running = joined ?? Task { await self.pass() }
            passing = running
            let result = await running.value
            if passing == running { passing = nil }
            try result.get()
            // A barrier that was under way already may have begun before the view had the position.
            guard joined != nil || durable.covers(position) else {
                throw LogError(code: .unavailable, message: "the view begins anew")
            }
        }
    }

    private func pass() async -> Result<Void, LogError> {
        let seen = view.place
        do throws(LogError) {
            let head = try await log.barrier()
            try durable.passed(to: head, after: seen)
            return .success(())
        } catch {
            return .failure(error)
        }
    }
}
