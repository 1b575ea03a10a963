public import Domain
public import Projection

/// The view that shows are found by. It knows nothing of holds and sales: what is free, the node's own view says.
public struct ShowSearchFold: StoredFold {
    public static let name = "show-search"
    public static let formatVersion = 1

    private var rows: [ShowID: ShowListing]
    private var changed: Set<ShowID> = []

    public init(_ rows: [ShowID: ShowListing]) { self.rows = rows }

    public static func keys(in events: [FollowedEvent]) -> Set<ShowID> {
        var created: Set<ShowID> = []
        var wanted: Set<ShowID> = []
        for followed in events where concerns(followed) {
            guard case .success(let event as ShowEvent) = followed.event else { continue }
            if case .created = event {
                created.insert(followed.context.show)
            } else {
                wanted.insert(followed.context.show)
            }
        }
        // Of those that the page itself creates there is nothing stored, or the page is at fault.
        return wanted.subtracting(created)
    }

    public static func concerns(_ followed: FollowedEvent) -> Bool {
        switch followed.event {
        case .failure: true  // The view stops before it.
        case .success(let event as ShowEvent):
            switch event {
            case .created, .changed, .cancelled: true
            case .places, .allocations, .admission, .hold, .order, .ticket, .waitlist: false
            }
        case .success: false
        }
    }

    public mutating func apply(_ followed: FollowedEvent) throws(ProjectionFault) {
        guard let event = try followed.event.get() as? ShowEvent else { return }
        let show = followed.context.show
        switch event {
        case .created(let created):
            guard rows[show] == nil else { throw ProjectionFault("show \(show) is created twice") }
            guard created.showID == show else {
                throw ProjectionFault("show \(created.showID) is created in the stream of \(show)")
            }
            rows[show] = ShowListing(created, at: followed.context.position)
            changed.insert(show)
        case .cancelled(let cancelled):
            try change(show, at: followed.context.position) { $0.cancelledAt = cancelled.cancelledAt }
        case .changed(let changed):
            try change(show, at: followed.context.position) { $0.describe(changed.show) }
        case .places, .allocations, .admission, .hold, .order, .ticket, .waitlist: break
        }
    }

    private mutating func change(
        _ show: ShowID, at position: Int64, _ body: (inout ShowListing) -> Void
    ) throws(ProjectionFault) {
        guard var row = rows[show] else { throw ProjectionFault("show \(show) changes and is not there") }
        body(&row)
        row.position = position
        rows[show] = row
        changed.insert(show)
    }

    /// The shows that are different now, in the order of their ids.
    public var changedRows: [ShowListing] { changed.sorted().compactMap { rows[$0] } }

    /// Every show there is, in the order of their ids.
    public var allRows: [ShowListing] { rows.values.sorted { $0.showID < $1.showID } }
}
