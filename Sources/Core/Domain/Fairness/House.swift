/// What is free of a show, and how many places everybody has, folded event by event.
struct House: Sendable {
    enum Status: Sendable {
        case free, held, sold, blocked, resale
    }

    struct Seat: Sendable {
        var category: String
        var zone: String
        var row: String
        var isAccessible: Bool
        var isCompanion: Bool
        var status = Status.free

        /// It is kept for a party of somebody who needs an accessible seat.
        var isKept: Bool { isAccessible || isCompanion }
    }

    struct Units: Sendable {
        var area: Area
        /// Held or sold, in whatever way.
        var taken = 0
        /// Off sale.
        var blocked = 0
        var free: Int { max(0, area.capacity - taken - blocked) }
    }

    private(set) var show: ShowCreated?
    private(set) var seats: [Seat] = []
    /// Seats side by side, without an aisle between them.
    private(set) var stretches: [[Int]] = []
    private(set) var areas: [Units] = []
    private var places: [UserID: Int] = [:]
    private var holds: [HoldID: (user: UserID, count: Int)] = [:]

    func isFree(_ seat: Int) -> Bool { seats.indices.contains(seat) && seats[seat].status == .free }

    /// Some of it is neither for resale nor kept for a channel.
    func isFree(_ placed: HoldPlaced) -> Bool {
        placed.seats.contains { isFree($0.index) } || placed.areas.contains { $0.allocation.isEmpty }
    }

    /// One person may have so many places more.
    func allows(_ user: UserID, _ quantity: Int) -> Bool {
        guard let limit = show?.maxSeatsPerUser else { return true }
        return places[user, default: 0] + quantity <= limit
    }

    mutating func apply(_ event: ShowEvent) {
        switch event {
        case .created(let created):
            show = created
            readPlan(created)
            areas = created.areas.map { Units(area: $0) }
        case .changed(let changed): show = show?.changed(by: changed)
        case .places(let changed): replace(changed)
        case .allocations(let changed):
            set(changed.blockedSeats, .blocked)
            set(changed.freedSeats, .free)
            for block in changed.blockedUnits {
                for index in areas.indices where areas[index].area.areaID == block.areaID {
                    areas[index].blocked = block.units
                }
            }
        case .hold(.placed(let placed)):
            set(placed.seats.map(\.index), .held)
            take(placed.areas)
            let count = placed.seats.count + placed.areas.reduce(0) { $0 + $1.quantity }
            holds[placed.holdID] = (placed.userID, count)
            places[placed.userID, default: 0] += count
        case .hold(.changed(let changed)): apply(changed)
        case .hold(.released(let ended)), .hold(.expired(let ended)):
            free(ended)
            end(ended.holdID)
        case .order(.sold(let sold)):
            if !sold.wasHeld {
                take(sold.areas)
                places[sold.userID, default: 0] += sold.seats.count + sold.areas.reduce(0) { $0 + $1.quantity }
            }
            holds[sold.holdID] = sold.wasHeld ? nil : holds[sold.holdID]
            set(sold.seats.map(\.index), .sold)
            for resold in sold.resold { places[resold.sellerID, default: 0] -= 1 }
        case .order(.returned(let returned)):
            set(returned.seatIndexes, .free)
            set(returned.blockedSeats, .blocked)
            giveBack(returned.areas)
            places[returned.userID, default: 0] -= returned.tickets.count
        case .order(.swapped(let swapped)):
            set(swapped.swaps.map(\.oldSeat), .free)
            set(swapped.blockedSeats, .blocked)
            set(swapped.swaps.map(\.seat.index), .sold)
        case .ticket(.changed(let changed)):
            switch changed.change {
            case .listed(let seat, _): set([seat], .resale)
            case .unlisted(let seat): set([seat], .sold)
            case .offered, .offerWithdrawn, .accepted: break
            }
        case .admission, .cancelled, .order, .ticket, .waitlist: break
        }
    }

    private mutating func apply(_ changed: HoldChanged) {
        for merged in changed.mergedHolds { end(merged) }
        if let dropped = changed.dropped { free(dropped) }
        set(changed.addedSeats, .held)
        take(changed.addedAreas)
        end(changed.hold.holdID)
        let count = changed.hold.seats.count + changed.hold.areas.reduce(0) { $0 + $1.quantity }
        holds[changed.hold.holdID] = (changed.hold.userID, count)
        places[changed.hold.userID, default: 0] += count
    }

    private mutating func end(_ hold: HoldID) {
        guard let (user, count) = holds.removeValue(forKey: hold) else { return }
        places[user, default: 0] -= count
    }

    private mutating func free(_ ended: HoldEnded) {
        set(ended.seatIndexes, .free)
        set(ended.resaleSeats, .resale)
        set(ended.blockedSeats, .blocked)
        giveBack(ended.areas)
    }

    private mutating func set(_ indexes: [Int], _ status: Status) {
        for index in indexes where seats.indices.contains(index) { seats[index].status = status }
    }

    private mutating func take(_ units: [AreaQuantity]) { move(units, 1) }

    private mutating func giveBack(_ units: [AreaQuantity]) { move(units, -1) }

    /// Units of an allocation are off sale until they are taken.
    private mutating func move(_ units: [AreaQuantity], _ sign: Int) {
        for unit in units {
            for index in areas.indices where areas[index].area.areaID == unit.areaID {
                areas[index].taken += sign * unit.quantity
                if !unit.allocation.isEmpty { areas[index].blocked -= sign * unit.quantity }
            }
        }
    }

    // MARK: Places

    /// The same house before anybody came.
    var emptied: House {
        var house = self
        for index in seats.indices { house.seats[index].status = .free }
        for index in areas.indices { (house.areas[index].taken, house.areas[index].blocked) = (0, 0) }
        return house
    }

    private mutating func readPlan(_ show: ShowCreated) {
        guard let plan = show.seatingPlan else {
            (seats, stretches) = ([], [])
            return
        }
        seats = plan.zones.flatMap { zone in
            zone.rows.flatMap { row in
                row.seats.map { seat in
                    Seat(
                        category: plan.categories.indices.contains(seat.category)
                            ? plan.categories[seat.category].name : "",
                        zone: zone.name, row: row.number, isAccessible: seat.isAccessible, isCompanion: seat.isCompanion
                    )
                }
            }
        }
        stretches = plan.seatsSideBySide
    }

    private mutating func replace(_ changed: PlacesChanged) {
        guard var show else { return }
        let before = seats
        if let plan = changed.plan { show.plan = plan }
        show.areas = changed.areas
        self.show = show
        if changed.plan != nil { readPlan(show) }
        for (index, old) in changed.previousIndexes.enumerated() where seats.indices.contains(index) {
            seats[index].status = before.indices.contains(old) ? before[old].status : .free
        }
        areas = changed.areas.map { area in
            var units = areas.first { $0.area.areaID == area.areaID } ?? Units(area: area)
            units.area = area
            return units
        }
    }
}
