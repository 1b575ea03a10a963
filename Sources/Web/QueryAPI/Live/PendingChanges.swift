/// What a stream has to tell next, and has not written yet.
struct PendingChanges: Sendable {
    /// Changes that are kept one by one; a stream that is further behind tells its whole state again.
    static let countMax = 64

    struct Entry: Equatable, Sendable {
        /// The sequence number of the event.
        var position: Int64
        var change: OwnChange
    }

    /// In the order of the log.
    private(set) var changes: [Entry] = []
    /// There were more changes than are kept.
    private(set) var isOverfull = false
    /// A line that the stream's person waits in may have moved.
    var lineHasMoved = false
    /// Nothing was written for long: somebody on the way may take the stream for dead.
    var needsSign = false

    mutating func add(_ change: OwnChange, at position: Int64) {
        guard !isOverfull else { return }
        if changes.count < Self.countMax {
            changes.append(Entry(position: position, change: change))
        } else {
            changes = []
            isOverfull = true
        }
    }

    /// Hands over everything, and begins anew.
    mutating func take() -> PendingChanges {
        defer { self = PendingChanges() }
        return self
    }
}
