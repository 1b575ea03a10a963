import Domain

/// Who owns what, kept the slow and obvious way from the log's events alone: no code of the product's decides here.
struct Ledger {
    struct Hold {
        var placed: HoldPlaced
        var show: ShowID
        var at: Int64
        /// The sequence number of its end.
        var endedAt: Int64?

        var units: Int { placed.seats.count + placed.areas.reduce(0) { $0 + $1.quantity } }

        func isLive(at position: Int64) -> Bool { at <= position && (endedAt ?? .max) > position }
    }

    private struct Show {
        var created: ShowCreated
        var version: Int64 = 1
        var decidedAt: Timestamp
        var owners: [HoldID?]
        var freeUnits: [Int]
        /// How many seats and units were held from which sequence number on.
        var held: [(at: Int64, count: Int)]
    }

    private var shows: [ShowID: Show] = [:]
    /// In the order they were placed.
    private(set) var holds: [Hold] = []
    private var holdIndexes: [HoldID: Int] = [:]
    private var holdsByUser: [UserID: [Int]] = [:]

    /// What is wrong with this event after those before it; nil: nothing.
    mutating func apply(_ event: ShowEvent, of id: ShowID, version: Int64, at position: Int64) -> String? {
        guard version == (shows[id]?.version ?? 0) + 1 else { return "\(position) has the stream version \(version)" }
        if case .created(let created) = event { return create(created, at: position) }
        guard var show = shows.removeValue(forKey: id) else { return "\(position) is of a show that is not there" }
        defer { shows[id] = show }
        show.version = version
        switch event {
        case .created: return nil
        case .holdPlaced(let placed): return place(placed, on: &show, at: position)
        case .holdReleased(let ended): return end(ended, isExpiry: false, on: &show, at: position)
        case .holdExpired(let ended): return end(ended, isExpiry: true, on: &show, at: position)
        }
    }

    // MARK: What was so at a sequence number

    func holds(of user: UserID, at position: Int64) -> [HoldID] {
        holdsByUser[user, default: []].lazy.map { holds[$0] }.filter { $0.isLive(at: position) }.map(\.placed.holdID)
    }

    /// Seats and units of the show that were held; nil: it was not there.
    func held(of show: ShowID, at position: Int64) -> Int? {
        shows[show]?.held.last { $0.at <= position }?.count
    }

    /// The seat map's digits now.
    func statuses(of show: ShowID) -> [UInt8]? {
        shows[show]?.owners.map { UInt8(ascii: "0") + ($0 == nil ? SeatStatus.available : .held).rawValue }
    }

    func freeUnits(of show: ShowID) -> [Int]? { shows[show]?.freeUnits }

    var liveHolds: [Hold] { holds.filter { $0.endedAt == nil } }

    // MARK: Events

    private mutating func create(_ created: ShowCreated, at position: Int64) -> String? {
        guard shows[created.showID] == nil else { return "show \(created.showID) is created twice" }
        shows[created.showID] = Show(
            created: created, decidedAt: created.createdAt,
            owners: Array(repeating: nil, count: created.seatingPlan?.seatCount ?? 0),
            freeUnits: created.areas.map(\.capacity), held: [(position, 0)])
        return nil
    }

    private mutating func place(_ placed: HoldPlaced, on show: inout Show, at position: Int64) -> String? {
        guard holdIndexes[placed.holdID] == nil else { return "\(position) places hold \(placed.holdID) again" }
        guard placed.placedAt >= show.decidedAt else { return "\(position) was decided before what it rests on" }
        guard placed.expiresAt == placed.placedAt.adding(seconds: show.created.holdSeconds) else {
            return "\(position) expires at another time than the show says"
        }
        for seat in placed.seats {
            if let owner = show.owners[seat.index] {
                return "\(position) gives seat \(seat.guid), which is \(owner)'s, to \(placed.holdID)"
            }
            show.owners[seat.index] = placed.holdID
        }
        for area in placed.areas {
            guard let index = show.created.areas.firstIndex(where: { $0.areaID == area.areaID }), area.quantity > 0 else {
                return "\(position) gives units of an area that is not there, or none"
            }
            show.freeUnits[index] -= area.quantity
            if show.freeUnits[index] < 0 { return "\(position) gives more units of \(area.areaID) than are free" }
        }
        let hold = Hold(placed: placed, show: show.created.showID, at: position)
        guard (1...show.created.maxSeatsPerHold).contains(hold.units) else { return "\(position) gives \(hold.units)" }
        show.decidedAt = placed.placedAt
        holdIndexes[placed.holdID] = holds.count
        holdsByUser[placed.userID, default: []].append(holds.count)
        holds.append(hold)
        return count(hold.units, on: &show, at: position)
    }

    private mutating func end(_ ended: HoldEnded, isExpiry: Bool, on show: inout Show, at position: Int64) -> String? {
        guard let index = holdIndexes[ended.holdID], holds[index].endedAt == nil else {
            return "\(position) ends hold \(ended.holdID), which is not live"
        }
        let hold = holds[index]
        guard ended.userID == hold.placed.userID, ended.seatIndexes == hold.placed.seats.map(\.index),
            ended.areas == hold.placed.areas
        else { return "\(position) ends more or less than hold \(ended.holdID)" }
        guard ended.endedAt >= show.decidedAt else { return "\(position) was decided before what it rests on" }
        guard (ended.endedAt >= hold.placed.expiresAt) == isExpiry else {
            return "\(position) ends hold \(ended.holdID) before or after its time"
        }
        for seat in ended.seatIndexes { show.owners[seat] = nil }
        for area in ended.areas {
            if let index = show.created.areas.firstIndex(where: { $0.areaID == area.areaID }) {
                show.freeUnits[index] += area.quantity
            }
        }
        show.decidedAt = ended.endedAt
        holds[index].endedAt = position
        return count(-hold.units, on: &show, at: position)
    }

    /// Free and held together are the capacity.
    private func count(_ units: Int, on show: inout Show, at position: Int64) -> String? {
        let held = (show.held.last?.count ?? 0) + units
        show.held.append((position, held))
        let free = show.owners.count { $0 == nil } + show.freeUnits.reduce(0, +)
        return free + held == show.created.capacity ? nil : "after \(position) free and held are not the capacity"
    }
}
