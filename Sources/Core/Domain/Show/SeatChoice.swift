/// The places a hold will have.
struct SeatChoice: Equatable {
    /// Ascending.
    var seatIndexes: [Int] = []
    /// In the order of the show's areas.
    var areas: [(index: Int, quantity: Int)] = []

    /// How many places these are.
    var count: Int { areas.reduce(seatIndexes.count) { $0 + $1.quantity } }

    static func == (a: Self, b: Self) -> Bool {
        a.seatIndexes == b.seatIndexes && a.areas.elementsEqual(b.areas, by: ==)
    }
}

extension ShowState {
    /// Finds all places of `selection`, or says why there are none.
    func choose(
        _ selection: PlaceHold.Selection, for user: UserID, layout: ShowLayout, at now: Timestamp
    ) throws(Rejection) -> SeatChoice {
        switch selection {
        case .named(let seats, let areas): return try named(seats, areas, user, layout)
        case .best(let wanted): return try best(wanted, layout, now)
        }
    }

    private func named(
        _ guids: [String], _ areas: [AreaQuantity], _ user: UserID, _ layout: ShowLayout
    ) throws(Rejection) -> SeatChoice {
        let limit = layout.show.maxSeatsPerHold
        guard guids.count <= limit else { throw .tooManySeats(limit: limit) }
        var quantities = Array(repeating: 0, count: layout.show.areas.count)
        var wanted = guids.count
        for area in areas {
            guard let index = layout.areaIndex(area.areaID) else { throw .unknownArea(area.areaID.rawValue) }
            guard area.quantity > 0 else { throw .emptyHold }
            // Checked one by one, so that no sum can overflow.
            guard area.quantity <= limit - wanted else { throw .tooManySeats(limit: limit) }
            wanted += area.quantity
            quantities[index] += area.quantity
        }
        guard wanted > 0 else { throw .emptyHold }

        var indexes: [Int] = []
        var conflicts: [Rejection.Conflict] = []
        for guid in guids {
            guard let index = layout.seatIndex(guid) else { throw .unknownSeat(guid) }
            guard !indexes.contains(index) else { throw .duplicateSeat(guid) }
            indexes.append(index)
            if let status = SeatStatus(rawValue: seats[index]), status != .available,
                status != .resale || listings[index].flatMap(ticket)?.ticket.owner == user
            {
                conflicts.append(.seat(guid, status))
            }
        }
        for (index, quantity) in quantities.enumerated() where quantity > freeInArea[index] {
            conflicts.append(.area(layout.show.areas[index].areaID, available: freeInArea[index]))
        }
        guard conflicts.isEmpty else { throw .seatsUnavailable(conflicts) }
        return SeatChoice(seatIndexes: indexes.sorted(), areas: taken(quantities))
    }

    /// The best seats by the rules of ``BestSeats``, else areas, else seats and areas together. Areas are in no zone or row,
    /// and have no accessible seat.
    private func best(
        _ wanted: PlaceHold.BestPlaces, _ layout: ShowLayout, _ now: Timestamp
    ) throws(Rejection) -> SeatChoice {
        let (limit, quantity) = (layout.show.maxSeatsPerHold, wanted.quantity)
        guard quantity <= limit else { throw .tooManySeats(limit: limit) }
        guard quantity > 0 else { throw .emptyHold }
        let areas = layout.show.areas.indices.filter {
            !wanted.isForSeatsOnly && (wanted.category == nil || layout.show.areas[$0].category == wanted.category)
        }
        let search = try layout.filter(wanted, at: now).map { BestSeats(self, layout, $0) }
        guard let search else {
            // Only areas are of that category, if any is.
            guard !areas.isEmpty, let category = wanted.category else { throw .unknownCategory(wanted.category ?? "") }
            return try inAreasOnly(quantity, areas, category)
        }
        if wanted.isAccessible { return SeatChoice(slots: try accessible(quantity, search), layout.floor) }
        if let groups = search.groups(of: quantity) { return SeatChoice(slots: Array(groups.joined()), layout.floor) }
        let inAreas = fromAreas(quantity, areas)
        if inAreas.reduce(0, +) == quantity { return SeatChoice(areas: taken(inAreas)) }
        let free = search.freeSlots()
        let rest = fromAreas(quantity - free.count, areas)
        let found = free.count + rest.reduce(0, +)
        guard found == quantity else { throw .seatsUnavailable([.quantity(available: found)]) }
        var choice = SeatChoice(slots: free, layout.floor)
        choice.areas = taken(rest)
        return choice
    }

    /// The slots of a group with an accessible seat, and of the others where they do not all sit there.
    private func accessible(_ quantity: Int, _ search: BestSeats) throws(Rejection) -> [Int] {
        guard let group = search.accessibleGroup(upTo: quantity) else {
            throw .seatsUnavailable([.quantity(available: 0)])
        }
        guard group.count < quantity else { return Array(group) }
        let others = search.besides(group)
        guard let groups = others.groups(of: quantity - group.count) else {
            throw .seatsUnavailable([.quantity(available: group.count + others.freeSlots().count)])
        }
        return Array(group) + groups.joined()
    }

    private func inAreasOnly(_ quantity: Int, _ areas: [Int], _ category: String) throws(Rejection) -> SeatChoice {
        let units = fromAreas(quantity, areas)
        let found = units.reduce(0, +)
        guard found == quantity else { throw .seatsUnavailable([.quantity(available: found)]) }
        return SeatChoice(areas: taken(units))
    }

    /// Up to `quantity` units, by area index: of the first area that has them all, else of those that have the most.
    func fromAreas(_ quantity: Int, _ areas: [Int]) -> [Int] {
        var taken = Array(repeating: 0, count: freeInArea.count)
        if let whole = areas.first(where: { freeInArea[$0] >= quantity }) {
            taken[whole] = quantity
            return taken
        }
        var missing = quantity
        for area in areas.sorted(by: { (freeInArea[$1], $0) < (freeInArea[$0], $1) }) {
            taken[area] = min(missing, freeInArea[area])
            missing -= taken[area]
        }
        return taken
    }

    func taken(_ quantities: [Int]) -> [(index: Int, quantity: Int)] {
        quantities.enumerated().filter { $0.element > 0 }.map { (index: $0.offset, quantity: $0.element) }
    }
}

extension SeatChoice {
    init(slots: [Int], _ floor: Floor) { self.init(seatIndexes: slots.map(floor.seat).sorted()) }
}

extension BestSeats {
    /// - Parameter freeInSegment: nil: the state's.
    init(_ state: ShowState, _ layout: ShowLayout, _ filter: Filter, _ freeInSegment: [Int32]? = nil) {
        self.init(
            seats: state.seats, freeInSegment: freeInSegment ?? state.freeInSegment, layout: layout, filter: filter,
            avoidsSingles: layout.show.orphans != .allow)
    }

    /// The same for the others of a party that has `group`: of the seats that are kept, they take none.
    func besides(_ group: Range<Int>) -> BestSeats {
        var (seats, freeInSegment, filter) = (seats, freeInSegment, filter)
        for slot in group {
            seats[layout.floor.seat(slot)] = SeatStatus.held.rawValue
            freeInSegment[Int(layout.floor.segmentOf[slot])] -= 1
        }
        filter.takesAccessible = filter.isReleased
        return BestSeats(
            seats: seats, freeInSegment: freeInSegment, layout: layout, filter: filter, avoidsSingles: avoidsSingles)
    }
}

extension ShowLayout {
    /// Which seats a hold of the best may have; nil: none is of the category.
    func filter(_ wanted: PlaceHold.BestPlaces, at now: Timestamp) throws(Rejection) -> BestSeats.Filter? {
        var filter = BestSeats.Filter(isReleased: show.accessibleReleasedAt.map { now >= $0 } ?? false)
        filter.takesAccessible = wanted.isAccessible || filter.isReleased
        if wanted.zone != nil || wanted.rows != nil { filter.rows = try rows(wanted) }
        if let category = wanted.category {
            filter.category = categoryIndex(category)
            if filter.category == nil { return nil }
        }
        return filter
    }

    /// By row: whether it is one of those wanted.
    private func rows(_ wanted: PlaceHold.BestPlaces) throws(Rejection) -> [Bool] {
        if let zone = wanted.zone, !floor.zoneNames.contains(zone) { throw .unknownZone(zone) }
        var missing = Set(wanted.rows ?? [])
        let allowed = floor.rowNumbers.indices.map { row in
            guard wanted.zone == nil || floor.zoneNames[Int(floor.zoneOfRow[row])] == wanted.zone else { return false }
            guard let rows = wanted.rows else { return true }
            missing.remove(floor.rowNumbers[row])
            return rows.contains(floor.rowNumbers[row])
        }
        if let row = missing.min() { throw .unknownRow(row) }
        return allowed
    }
}
