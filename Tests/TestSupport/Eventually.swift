/// What a test waited for did not come.
public struct NeverHappened: Error, CustomStringConvertible {
    public var what: String

    public init(what: String) { self.what = what }

    public var description: String { "did not happen in time: \(what)" }
}

/// Waits until `condition` holds, looking every few milliseconds; throws ``NeverHappened`` when it does not within
/// `limit`. The limit is generous: it is only ever used up by a test that fails.
public func eventually(
    _ what: String, within limit: Duration = .seconds(20), isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverHappened(what: what) }
        try await Task.sleep(for: .milliseconds(5))
    }
}
