/// What at most one process has at a time: whoever has it does what need not be done twice.
public protocol Lease: Sendable {
    /// Runs `body` whenever the lease is held, and cancels it when the lease is lost; until cancelled.
    ///
    /// A process that was held up may not notice for a while that its lease is gone, so nothing may depend on it for
    /// correctness.
    func whileHeld(_ body: @escaping @Sendable () async -> Void) async
}
