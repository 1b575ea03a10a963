extension HashedHead {
    /// How often a head is looked for that a barrier vouches for: a failover between the two costs one look.
    private static let attemptsMax = 3

    /// A head that is not lost with the server that tells it: of the epoch that a barrier then finds, and not beyond it.
    ///
    /// - Parameters:
    ///   - auditor: tells the head.
    ///   - vouching: passes the barrier.
    /// - Returns: nil where several looks found none: a failover is under way, or `auditor` reads from a server that is not
    ///   the primary.
    public static func durable(
        in auditor: some EventAuditor, vouchedForBy vouching: some LogBarrier
    ) async throws(LogError) -> HashedHead? {
        for _ in 0..<attemptsMax {
            let head = try await auditor.hashedHead()
            let durable = try await vouching.barrier()
            if head.epoch == durable.epoch, head.position <= durable.position { return head }
        }
        return nil
    }
}
