import EventLog

/// A lease that is always held.
struct Held: Lease {
    func whileHeld(_ body: @escaping @Sendable () async -> Void) async { await body() }
}
