// A hold that stays and becomes another: more places, fewer, or more time.
extension ShowState {
    func change(_ command: ChangeHold, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let layout else { throw .showNotFound }
        let hold = try liveHold(command.holdID, of: command.userID, at: now)
        guard hold.orderID == nil else { throw .purchaseInProgress }
        // A damaged log may hold what no memory can.
        guard hold.count <= HoldContent.countMax else { throw .tooManySeats(limit: HoldContent.countMax) }
        var next = HoldContent(hold, fares(of: hold.seats, hold.areas, hold.fares))
        let dropped = try next.drop(command, layout)

        var (free, closed) = (self, self)
        var overdue: [Hold] = []
        var added = SeatChoice()
        var admission: EntryID?
        if !command.addedSeats.isEmpty || !command.addedAreas.isEmpty {
            let show = try placesOnSale(at: now).show
            admission = try admitted(command.admission, command.userID, show, at: now)
            overdue = overdueHolds(at: now)
            for hold in overdue { free.vacate(hold) }
            closed = free
            free.open(command.channels)
            added = try free.choose(
                .named(seats: command.addedSeats, areas: command.addedAreas), for: command.userID, layout: layout,
                at: now)
        }
        let addedAreas = added.areas.map { area in
            let id = layout.show.areas[area.index].areaID
            return free.units(area.quantity, of: id, for: command.channels)
        }
        let blocked = added.seatIndexes.filter { closed.has($0, .blocked) }
        try next.add(added, addedAreas, free, blocked: blocked, layout)
        if blocked.count + added.seatIndexes.count(where: { free.has($0, .resale) }) < added.seatIndexes.count
            || addedAreas.contains(where: \.allocation.isEmpty)
        {
            try requireNobodyAhead()
        }
        let limit = layout.show.maxSeatsPerHold
        guard next.count > 0 else { throw .emptyHold }
        guard next.count <= max(limit, hold.count) else { throw .tooManySeats(limit: limit) }
        if next.count > hold.count { try free.requireShare(of: next.count - hold.count, for: hold.userID, layout.show) }
        if layout.show.orphans == .enforce, !added.seatIndexes.isEmpty || !dropped.seats.isEmpty {
            try requireNoSingleSeats(
                besides: next.seats.map(\.index), insteadOf: hold, for: command.channels, layout, at: now)
        }
        let fares = try layout.fares(of: next.chosen(layout), command.ticketTypes)

        var changed = placed(hold)
        changed.seats = next.seats.map(\.seat)
        changed.resaleSeats = next.seats.filter(\.isResale).map(\.index)
        changed.blockedSeats = next.seats.filter(\.isBlocked).map(\.index)
        changed.areas = next.areas(layout)
        changed.fares = fares
        changed.isNextToEachOther = layout.areNextToEachOther(next.choice(layout))
        changed.total = fares.total
        changed.admission = admission ?? hold.admission
        return standingInTheWay(overdue, of: added.seatIndexes, addedAreas, layout: layout)
            .flatMap { expire($0, at: now) } + [
                .hold(
                    .changed(
                        HoldChanged(
                            hold: changed, addedSeats: added.seatIndexes, addedAreas: addedAreas,
                            dropped: dropped.isEmpty ? nil : ended(dropped, of: hold, at: now), changedAt: now)))
            ]
    }

    func extend(_ id: HoldID, of user: UserID, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let layout else { throw .showNotFound }
        let hold = try liveHold(id, of: user, at: now)
        guard hold.orderID == nil else { throw .purchaseInProgress }
        // Others wait for an offer that is not taken.
        guard hold.offerOf == nil else { throw .holdAtLimit(until: hold.expiresAt) }
        let show = layout.show
        let last = hold.placedAt.adding(seconds: show.holdSecondsMax ?? 2 * show.holdSeconds)
        guard hold.expiresAt < last else { throw .holdAtLimit(until: hold.expiresAt) }
        var extended = placed(hold)
        extended.expiresAt = max(hold.expiresAt, min(now.adding(seconds: show.holdSeconds), last))
        return [.hold(.changed(HoldChanged(hold: extended, changedAt: now)))]
    }

    /// Judges the seats that a hold comes to as if all of them were picked now: seats let go can leave a single one over as
    /// well as seats picked, and what is let go makes room for what is picked.
    private func requireNoSingleSeats(
        besides seats: [Int], insteadOf hold: Hold, for channels: Set<String>, _ layout: ShowLayout, at now: Timestamp
    ) throws(Rejection) {
        var without = self
        for other in overdueHolds(at: now) + [hold] { without.vacate(other) }
        without.open(channels)
        try without.requireNoSingleSeats(besides: seats, layout)
    }

    private func ended(_ dropped: HoldContent.Dropped, of hold: Hold, at now: Timestamp) -> HoldEnded {
        let seats = dropped.seats.map(\.index)
        return HoldEnded(
            holdID: hold.holdID, userID: hold.userID, seatIndexes: seats,
            resaleSeats: dropped.seats.filter(\.isResale).map(\.index),
            blockedSeats: allocated(seats, besides: dropped.seats.filter(\.isResale).map(\.index)),
            areas: allocated(dropped.areas), endedAt: now)
    }

    /// The hold as an event has it that changes it: with all fares and neighbours as they are now, since those of the show
    /// may have changed.
    func placed(_ hold: Hold) -> HoldPlaced {
        HoldPlaced(
            holdID: hold.holdID, userID: hold.userID, seats: hold.seats, resaleSeats: hold.resaleSeats,
            blockedSeats: hold.blockedSeats, areas: hold.areas, fares: fares(of: hold.seats, hold.areas, hold.fares),
            total: hold.total,
            currency: layout?.show.currency ?? "", placedAt: hold.placedAt, expiresAt: hold.expiresAt,
            isNextToEachOther: layout.flatMap { $0.areNextToEachOther($0.choice(of: hold)) }, admission: hold.admission,
            offerOf: hold.offerOf)
    }

    mutating func evolve(_ event: HoldChanged, _ undo: inout Undo) {
        decided(at: event.changedAt)
        let id = event.hold.holdID
        guard let old = holds[id] else { return }
        undo.holds.append((id, old))
        var hold = Hold(event.hold)
        hold.hasBeenExtended = old.hasBeenExtended
        hold.mergedHolds = old.mergedHolds
        var merged = 0
        for other in event.mergedHolds {
            guard let taken = holds.removeValue(forKey: other) else { continue }
            undo.holds.append((other, taken))
            endOffer(of: taken, &undo)
            merged += taken.count
            hold.hasBeenExtended = hold.hasBeenExtended || taken.hasBeenExtended
            hold.mergedHolds += [other] + taken.mergedHolds
        }
        if let dropped = event.dropped { free(dropped, &undo) }
        mark(event.addedSeats, as: .held, &undo)
        add(event.addedAreas, times: -1, &undo)
        count(hold.count - old.count - merged, for: hold.userID, &undo)
        keep(hold)
        claim(hold.admission, &undo)
    }

    /// What a hold had goes back to whom it belongs to.
    mutating func free(_ ended: HoldEnded, _ undo: inout Undo) {
        mark(ended.seatIndexes, as: .available, &undo)
        mark(ended.resaleSeats, as: .resale, &undo)
        mark(ended.blockedSeats, as: .blocked, &undo)
        add(ended.areas, times: 1, &undo)
    }
}

/// The places of a hold while it changes.
struct HoldContent {
    struct Seat {
        var seat: HeldSeat
        var fare: Fare
        var isResale: Bool
        var isBlocked: Bool

        var index: Int { seat.index }
    }

    /// Places of a hold that can change; far more than a show can allow.
    static let countMax = 10_000

    /// By index, ascending.
    var seats: [Seat]
    /// The fare of each unit, by area.
    var units: [AreaID: [Fare]] = [:]
    /// The allocation that units are from, by area.
    var sources: [AreaID: String] = [:]

    var count: Int { units.values.reduce(seats.count) { $0 + $1.count } }

    init(_ hold: ShowState.Hold, _ fares: FareList) {
        var fares = Array(fares.all)[...]
        let (resale, blocked) = (Set(hold.resaleSeats), Set(hold.blockedSeats))
        seats = zip(hold.seats, fares).map {
            Seat(
                seat: $0, fare: $1, isResale: resale.contains($0.index), isBlocked: blocked.contains($0.index))
        }
        fares = fares.dropFirst(hold.seats.count)
        for area in hold.areas {
            units[area.areaID] = Array(fares.prefix(area.quantity))
            sources[area.areaID] = area.allocation
            fares = fares.dropFirst(area.quantity)
        }
    }

    struct Dropped {
        var seats: [Seat] = []
        var areas: [AreaQuantity] = []
        var isEmpty: Bool { seats.isEmpty && areas.isEmpty }
    }

    mutating func drop(_ command: ChangeHold, _ layout: ShowLayout) throws(Rejection) -> Dropped {
        var dropped = Dropped()
        for guid in command.droppedSeats {
            guard let seat = layout.seatIndex(guid), let place = seats.firstIndex(where: { $0.index == seat }) else {
                throw .notInHold(guid)
            }
            dropped.seats.append(seats.remove(at: place))
        }
        dropped.seats.sort { $0.index < $1.index }
        var quantities: [AreaID: Int] = [:]
        for area in command.droppedAreas {
            guard area.quantity > 0, let held = units[area.areaID], held.count >= area.quantity else {
                throw .notInHold(area.areaID.rawValue)
            }
            units[area.areaID] = held.count == area.quantity ? nil : held.dropLast(area.quantity)
            quantities[area.areaID, default: 0] += area.quantity
        }
        dropped.areas = inOrder(quantities, layout)
        return dropped
    }

    mutating func add(
        _ choice: SeatChoice, _ areas: [AreaQuantity], _ free: ShowState, blocked: [Int], _ layout: ShowLayout
    ) throws(Rejection) {
        for area in areas {
            // One area of a hold is from one source.
            guard sources.updateValue(area.allocation, forKey: area.areaID) ?? area.allocation == area.allocation else {
                throw .seatsUnavailable([.area(area.areaID, available: 0)])
            }
        }
        let blocked = Set(blocked)
        for index in choice.seatIndexes {
            let listed = free.resaleFare(ofSeat: index)
            seats.append(
                Seat(
                    seat: HeldSeat(index: index, guid: layout.seatGuids[index]),
                    fare: listed ?? layout.usualFare(ofSeat: index), isResale: listed != nil,
                    isBlocked: blocked.contains(index)))
        }
        seats.sort { $0.index < $1.index }
        for (index, quantity) in choice.areas {
            units[layout.show.areas[index].areaID, default: []] += repeatElement(
                layout.usualFare(ofArea: index), count: quantity)
        }
    }

    func areas(_ layout: ShowLayout) -> [AreaQuantity] { inOrder(units.mapValues(\.count), layout) }

    private func inOrder(_ quantities: [AreaID: Int], _ layout: ShowLayout) -> [AreaQuantity] {
        layout.inOrder(quantities).map {
            AreaQuantity(areaID: $0.areaID, quantity: $0.quantity, allocation: sources[$0.areaID] ?? "")
        }
    }

    func choice(_ layout: ShowLayout) -> SeatChoice {
        SeatChoice(
            seatIndexes: seats.map(\.index),
            areas: areas(layout).compactMap { area in layout.areaIndex(area.areaID).map { ($0, area.quantity) } })
    }

    func chosen(_ layout: ShowLayout) -> [ChosenFare] {
        seats.map {
            ChosenFare(
                place: .seat($0.index), category: layout.category(ofSeat: $0.index), fare: $0.fare,
                isFixed: $0.isResale)
        }
            + areas(layout).flatMap { area in
                let category = layout.show.areas.first { $0.areaID == area.areaID }?.category ?? ""
                return (units[area.areaID] ?? []).map {
                    ChosenFare(place: .area(area.areaID), category: category, fare: $0)
                }
            }
    }
}

extension ShowLayout {
    fileprivate func choice(of hold: ShowState.Hold) -> SeatChoice {
        SeatChoice(
            seatIndexes: hold.seats.map(\.index),
            areas: hold.areas.compactMap { area in areaIndex(area.areaID).map { ($0, area.quantity) } })
    }

    /// In the order of the show's areas.
    func inOrder(_ quantities: [AreaID: Int]) -> [AreaQuantity] {
        show.areas.compactMap { area in
            quantities[area.areaID].map { AreaQuantity(areaID: area.areaID, quantity: $0) }
        }
    }
}
