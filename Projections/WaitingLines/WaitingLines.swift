public import Domain
public import Projection

/// Every waiting room: its line with everybody's place, and each person's entries.
public struct WaitingLines: AggregateProjection {
    public static let name = "waiting-lines"
    public static let formatVersion = 1

    /// In the order of their creation.
    var rooms: [WaitingLine] = []
    private var indexes: [ShowID: Int32] = [:]
    /// Everybody who ever queued up anywhere.
    private(set) var users = PackedIDs<UserKind>()
    /// The newest entry of each of ``users``.
    private var newest: [WaitingLine.Link] = []

    public init() {}

    public mutating func apply(_ event: RoomEvent, in context: EventContext) throws(ProjectionFault) {
        let show = ShowID(context.stream.id)
        guard let index = indexes[show] else {
            guard case .configured(let configured) = event else {
                throw ProjectionFault("the room of \(show) is not there")
            }
            guard configured.showID == show else {
                throw ProjectionFault("the room of \(configured.showID) is set up in the stream of \(show)")
            }
            let index = try insert(WaitingLine(configured, at: context.position))
            try rooms[Int(index)].apply(event, at: context.position)
            return
        }
        guard case .joined(let joined) = event else { return try rooms[Int(index)].apply(event, at: context.position) }
        try join(joined.userID, index) { room, user, older throws(ProjectionFault) in
            try room.join(joined, user: user, older: older, at: context.position)
        }
    }

    // MARK: Reading

    /// Reads the room of a show; nil: it has none. The room must not be kept: its line is as long as a million people.
    public func read<R>(_ show: ShowID, _ body: (borrowing WaitingLine) throws -> R) rethrows -> R? {
        guard let index = indexes[show] else { return nil }
        return try body(rooms[Int(index)])
    }

    /// An entry, if it is this person's.
    public func place(of entry: EntryID, on show: ShowID, of user: UserID, at now: Timestamp) -> WaitingLine.Place? {
        guard let index = indexes[show] else { return nil }
        let room = rooms[Int(index)]
        guard let place = room.ids.place(of: entry), users.place(of: user) == Int(room.entries[place].user) else {
            return nil
        }
        return room.place(place, at: now)
    }

    /// A person's entries that wait or are admitted, of all rooms that have not ended; the oldest first.
    public func livePlaces(of user: UserID, at now: Timestamp) -> [WaitingLine.Place] {
        guard let user = users.place(of: user) else { return [] }
        var places: [WaitingLine.Place] = []
        var next = newest[user]
        while next != .none {
            let room = rooms[Int(next.room)]
            let entry = room.entries[Int(next.entry)]
            if entry.status.isLive, room.phase != .ended || entry.status != .waiting {
                places.append(room.place(Int(next.entry), at: now))
            }
            next = entry.older
        }
        return places.reversed()
    }

    // MARK: Rooms and people

    /// Returns where the room is.
    mutating func insert(_ room: WaitingLine) throws(ProjectionFault) -> Int32 {
        guard indexes[room.showID] == nil else { throw ProjectionFault("the room of \(room.showID) is there twice") }
        let index = Int32(rooms.count)
        indexes[room.showID] = index
        rooms.append(room)
        return index
    }

    /// Has a person join a room.
    mutating func join(
        _ user: UserID, _ room: Int32,
        _ join: (inout WaitingLine, _ user: Int32, _ older: WaitingLine.Link) throws(ProjectionFault) -> Void
    ) throws(ProjectionFault) {
        let user = place(of: user)
        try join(&rooms[Int(room)], Int32(user), newest[user])
        newest[user] = WaitingLine.Link(room: room, entry: Int32(rooms[Int(room)].entries.count - 1))
    }

    /// A person's place among ``users``, where they are put if they are not there.
    private mutating func place(of user: UserID) -> Int {
        if let place = users.place(of: user) { return place }
        newest.append(.none)
        return users.append(user)
    }
}
