import Synchronization

/// The notices of the page or round under way that have left: what fails in its middle is tried again without them, so that
/// nobody gets the same mail with every try.
final class SentNotices: Sendable {
    private struct Content {
        var sent: Set<String> = []
        /// The notice that no server took last, and how often in a row.
        var failing: (id: String, count: Int)?
    }

    private let content = Mutex(Content())

    func contains(_ id: String) -> Bool { content.withLock { $0.sent.contains(id) } }

    func add(_ id: String) { content.withLock { _ = $0.sent.insert(id) } }

    /// Forgets what is on record elsewhere now.
    func clear() {
        content.withLock { content in
            content.sent = []
            content.failing = nil
        }
    }

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
