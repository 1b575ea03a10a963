/// The log has entered another epoch: what is read now may not follow what was read before.
public struct EpochOver: Error, Equatable, Sendable {
    public init() {}
}

extension EventReader {
    /// The events after a sequence number, as ``events(after:limit:)``, if all of them are of `epoch` or of one before it.
    ///
    /// - Throws: ``EpochOver``, ``LogError``
    public func events(after position: Int64, limit: Int, in epoch: Int64) async throws -> [RecordedEvent] {
        let page = try await events(after: position, limit: limit)
        // Asked afterwards: an epoch that begins in between is noticed.
        if !page.isEmpty, try await head().epoch != epoch { throw EpochOver() }
        return page
    }
}
