import HeapModule

// How the places of a show, and the expiries of its holds, are counted. Whatever an event changes goes through here, and
// leaves the value from before in the undo.
extension ShowState {
    mutating func decided(at time: Timestamp) { lastDecidedAt = max(lastDecidedAt, time) }

    mutating func keep(_ hold: Hold) {
        holds[hold.holdID] = hold
        expiries.insert(Expiry(at: hold.expiresAt, holdID: hold.holdID))
        dropEndedExpiries()
    }

    /// Keeps the top true, and the rest in proportion: holds that come and go long before their time must not pile up.
    mutating func dropEndedExpiries() {
        while let first = expiries.min, holds[first.holdID]?.expiresAt != first.at { expiries.removeMin() }
        if expiries.count > 2 * holds.count + 64 {
            expiries = Heap(holds.values.map { Expiry(at: $0.expiresAt, holdID: $0.holdID) })
        }
    }

    /// Counts places that a user has from now on, or has no more.
    mutating func count(_ places: Int, for user: UserID, _ undo: inout Undo) {
        guard places != 0 else { return }
        let before = placesByUser[user, default: 0]
        undo.users.append((user, before))
        placesByUser[user] = before + places == 0 ? nil : before + places
        if !waitlist.isEmpty { reconsiderEntries(of: user, &undo) }
    }

    mutating func mark(_ indexes: [Int], as status: SeatStatus, _ undo: inout Undo) {
        for index in indexes where seats.indices.contains(index) {
            undo.seats.append((index, seats[index]))
            set(index, to: status.rawValue)
        }
    }

    /// Whether the seat is there and has this status.
    func has(_ index: Int, _ status: SeatStatus) -> Bool {
        seats.indices.contains(index) && seats[index] == status.rawValue
    }

    mutating func set(_ index: Int, to status: UInt8) {
        guard let layout else { return }
        let free = SeatStatus.available.rawValue
        freeInSegment[layout.floor.segment(ofSeat: index)] += (status == free ? 1 : 0) - (seats[index] == free ? 1 : 0)
        seats[index] = status
    }

    mutating func add(_ areas: [AreaQuantity], times sign: Int, _ undo: inout Undo) {
        for area in areas {
            guard let index = layout?.areaIndex(area.areaID) else { continue }
            if !area.allocation.isEmpty {
                if undo.allocations == nil { undo.allocations = allocations }
                allocations.use(-sign * area.quantity, of: area.areaID, in: area.allocation)
                continue
            }
            undo.areas.append((index, freeInArea[index]))
            freeInArea[index] += sign * area.quantity
        }
    }

    /// Frees the places of `hold`, which stays: for looking ahead, in a copy, at what its end would leave.
    mutating func vacate(_ hold: Hold) {
        var undo = Undo(lastDecidedAt: lastDecidedAt)
        free(ended(hold, at: lastDecidedAt), &undo)
        count(-hold.count, for: hold.userID, &undo)
    }
}
