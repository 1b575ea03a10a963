// How a show gets other places while it is being sold.
extension ShowState {
    /// The event that gives the show these places. The state is as it is once overdue holds have ended.
    func replacePlaces(
        _ plan: ValidPlan?, _ areas: [Area]?, of show: ShowCreated, _ layout: ShowLayout, now: Timestamp
    ) throws(Rejection) -> (event: PlacesChanged, layout: ShowLayout) {
        var next = show
        next.plan = plan?.plan
        next.areas = areas ?? layout.show.areas
        let nextLayout = plan == nil ? ShowLayout(layout, describedAs: next) : ShowLayout(next)
        guard !nextLayout.seatGuids.isEmpty || !next.areas.isEmpty else {
            throw .invalidChange("A show needs a seatingPlan, areas, or both.")
        }
        let previous = nextLayout.seatGuids.map { layout.seatIndex($0) ?? -1 }
        var conflicts: [Rejection.Conflict] = []
        let kept = Set(previous)
        for index in seats.indices where !kept.contains(index) && isInUse(index) {
            conflicts.append(.seat(layout.seatGuids[index], SeatStatus(rawValue: seats[index]) ?? .held))
        }
        for (index, area) in layout.show.areas.enumerated() {
            let taken = area.capacity - freeInArea[index]
            let capacity = next.areas.first { $0.areaID == area.areaID }?.capacity ?? 0
            if taken > capacity { conflicts.append(.area(area.areaID, available: freeInArea[index])) }
        }
        guard conflicts.isEmpty else { throw .placesInUse(conflicts) }
        return (
            PlacesChanged(plan: plan?.plan, areas: next.areas, previousIndexes: previous, changedAt: now), nextLayout
        )
    }

    /// Somebody holds the seat, or owns it.
    private func isInUse(_ index: Int) -> Bool {
        seats[index] != SeatStatus.available.rawValue && seats[index] != SeatStatus.blocked.rawValue
    }

    mutating func evolve(_ event: PlacesChanged, _ undo: inout Undo) {
        undo.before = Before(self)
        decided(at: event.changedAt)
        guard let old = layout else { return }
        var show = old.show
        show.areas = event.areas
        show.plan = event.plan
        let new = event.plan == nil ? ShowLayout(old, describedAs: show) : ShowLayout(show)
        guard new.seatGuids.count == event.previousIndexes.count else { return }
        let move = SeatMapping(event.previousIndexes)

        let taken = Dictionary(
            zip(old.show.areas, freeInArea).map { ($0.areaID, $0.capacity - $1) }, uniquingKeysWith: { $1 })
        for (id, hold) in holds {
            holds[id] = hold.moved(by: move, fares(of: hold.seats, hold.areas, hold.fares))
        }
        for (id, order) in orders {
            orders[id] = order.moved(by: move, fares(of: order.seats, order.areas, order.fares))
        }
        listings = Dictionary(listings.map { (move[$0.key], $0.value) }, uniquingKeysWith: { $1 })
        allocations.move(move)
        let before = seats
        layout = new
        seats = event.previousIndexes.map { before.indices.contains($0) ? before[$0] : SeatStatus.available.rawValue }
        freeInSegment = new.floor.segments.map { segment in
            Int32(segment.slots.count { seats[new.floor.seat($0)] == SeatStatus.available.rawValue })
        }
        freeInArea = event.areas.map { $0.capacity - (taken[$0.areaID] ?? 0) }
    }
}

/// Where seats are in another plan.
struct SeatMapping {
    private var byOld: [Int: Int] = [:]

    /// - Parameter previous: the old index of each new seat; -1: it has none.
    init(_ previous: [Int]) {
        for (new, old) in previous.enumerated() where old >= 0 { byOld[old] = new }
    }

    /// The new index of a seat; -1: it is there no more.
    subscript(old: Int) -> Int { byOld[old] ?? -1 }
}

extension ShowState.Hold {
    fileprivate func moved(by mapping: SeatMapping, _ agreed: FareList) -> Self {
        var hold = self
        (hold.seats, hold.fares) = mapping.move(seats, agreed)
        hold.resaleSeats = resaleSeats.map { mapping[$0] }.sorted()
        hold.blockedSeats = blockedSeats.map { mapping[$0] }.sorted()
        return hold
    }
}

extension ShowState.Order {
    fileprivate func moved(by mapping: SeatMapping, _ agreed: FareList) -> Self {
        var order = self
        // What a sale was made of is told by its tickets, which keep their numbers.
        if phase == .authorizing { (order.seats, order.fares) = mapping.move(seats, agreed) }
        order.resaleSeats = resaleSeats.map { mapping[$0] }.sorted()
        for index in tickets.indices {
            if case .seat(let seat) = tickets[index].place { order.tickets[index].place = .seat(mapping[seat]) }
        }
        return order
    }
}

extension ShowState.Allocations {
    fileprivate mutating func move(_ mapping: SeatMapping) {
        byName = byName.mapValues { allocation in
            var allocation = allocation
            allocation.seats = allocation.seats.map { mapping[$0] }.filter { $0 >= 0 }.sorted()
            return allocation
        }
        ofSeat = Dictionary(ofSeat.map { (mapping[$0.key], $0.value) }, uniquingKeysWith: { $1 })
        ofSeat[-1] = nil
    }
}

extension SeatMapping {
    /// Seats in their new order, and the fares of the places that they are part of.
    fileprivate func move(_ seats: [HeldSeat], _ fares: FareList) -> ([HeldSeat], FareList) {
        let (ofSeats, rest) = fares.split(after: seats.count)
        let moved = zip(seats, ofSeats).map { (seat: HeldSeat(index: self[$0.index], guid: $0.guid), fare: $1) }
            .sorted { $0.seat.index < $1.seat.index }
        return (moved.map(\.seat), FareList(moved.map(\.fare)) + rest)
    }
}
