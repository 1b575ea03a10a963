/// The fold of a view whose rows are stored: a page of the log, and what it makes of the rows that it builds on. Pure, and
/// never more than a page in memory.
public protocol StoredFold: Sendable {
    /// Names a row.
    associatedtype Key: Hashable & Sendable
    associatedtype Row: Sendable

    /// Names the view to operators.
    static var name: String { get }
    /// The version of the stored rows. Rows of an earlier one are built anew from the log; those of a later one are left
    /// alone, with whatever program writes them.
    static var formatVersion: Int { get }

    /// Whether the event may change a row, or stop the view. Where none does for a stretch of the log, the view is as good
    /// as at its end (see `StoredPosition`).
    static func concerns(_ event: FollowedEvent) -> Bool

    /// The rows that `events` build on.
    static func keys(in events: [FollowedEvent]) -> Set<Key>

    /// - Parameter rows: what is stored under the keys that the page names.
    init(_ rows: [Key: Row])

    /// Folds one event in, or throws and changes nothing.
    mutating func apply(_ event: FollowedEvent) throws(ProjectionFault)
}

extension StoredFold {
    public static func concerns(_ event: FollowedEvent) -> Bool { true }
}
