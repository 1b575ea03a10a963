import Synchronization

/// The notices that have left of a page whose checkpoint is not kept: what fails in its middle is tried again without them, in
/// smaller pages, so that nobody gets the same mail with every try. At most as many as a page has.
final class SentNotices: Sendable {
    private struct Content {
        var sent: Set<String> = []
        /// The notice that no server took last, and how often in a row.
        var failing: (id: String, count: Int)?
    }

    private let content = Mutex(Content())

    func contains(_ id: String) -> Bool { content.withLock { $0.sent.contains(id) } }

    func add(_ id: String) { content.withLock { _ = $0.sent.insert(id) } }

    /// Forgets those of a page that is put: the sink's checkpoint stands for them. Those of the events behind it stay.
    func forget(_ ids: [String]) { content.withLock { $0.sent.subtract(ids) } }

    /// Counts a try of a notice that ended with no mail being taken at all.
    ///
    /// - Returns: how often in a row it was this notice.
    func failed(_ id: String) -> Int {
        content.withLock { content in
            let count = content.failing?.id == id ? (content.failing?.count ?? 0) + 1 : 1
            content.failing = (id, count)
            return count
        }
    }
}
