extension ShowState {
    /// Decides `command`: the events that make it so (none: it already is), or why not. Pure: the same state, command
    /// and time always give the same answer.
    ///
    /// `now` is the caller's clock; a clock that went back counts as standing still, so decisions on a show never go
    /// back in time.
    public func decide(_ command: ShowCommand, now clock: Timestamp) throws(Rejection) -> [ShowEvent] {
        let now = max(clock, lastDecidedAt)
        switch command {
        case .create(var show):
            guard layout == nil else { throw .showExists }
            show.createdAt = now
            return [.created(show)]
        case .placeHold(let command):
            return try place(command, now: now)
        case .releaseHold(let holdID, let userID):
            guard let hold = holds[holdID], hold.userID == userID, hold.expiresAt > now else { throw .holdNotFound }
            return [.holdReleased(hold.ended(at: now))]
        case .expireHolds(let limit):
            return overdueHolds(at: now).prefix(limit).map { .holdExpired($0.ended(at: now)) }
        }
    }

    private func place(_ command: PlaceHold, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let layout else { throw .showNotFound }
        let show = layout.show
        if let onSaleAt = show.onSaleAt, now < onSaleAt { throw .notOnSale(until: onSaleAt) }

        // An overdue hold counts as expired whether or not the timer has said so: choose as if all were gone, then
        // record the end of those that stood in the way.
        let overdue = overdueHolds(at: now)
        var free = self
        for hold in overdue { free.vacate(hold) }
        let choice = try free.choose(command.selection, layout: layout)

        let total =
            choice.seatIndexes.reduce(0) { $0 + layout.price(ofSeat: $1) }
            + choice.areas.reduce(0) { $0 + layout.price(ofArea: $1.index) * Int64($1.quantity) }
        let placed = HoldPlaced(
            holdID: command.holdID, userID: command.userID,
            seats: choice.seatIndexes.map { HeldSeat(index: $0, guid: layout.seatGuids[$0]) },
            areas: choice.areas.map { AreaQuantity(areaID: show.areas[$0.index].areaID, quantity: $0.quantity) },
            total: total, currency: show.currency, placedAt: now, expiresAt: now.adding(seconds: show.holdSeconds))
        return standingInTheWay(overdue, of: placed, layout: layout).map { .holdExpired($0.ended(at: now)) }
            + [.holdPlaced(placed)]
    }

    /// Those of `overdue` that must be seen to end before `placed` can be.
    private func standingInTheWay(_ overdue: [Hold], of placed: HoldPlaced, layout: ShowLayout) -> [Hold] {
        guard !overdue.isEmpty else { return [] }
        let seats = Set(placed.seats.map(\.index))
        var short: [AreaID: Int] = [:]
        for area in placed.areas {
            guard let index = layout.areaIndex(area.areaID) else { continue }
            short[area.areaID] = area.quantity - freeInArea[index]
        }
        return overdue.filter { hold in
            let inTheWay =
                !seats.isDisjoint(with: hold.seatIndexes) || hold.areas.contains { short[$0.areaID, default: 0] > 0 }
            if inTheWay { for area in hold.areas { short[area.areaID, default: 0] -= area.quantity } }
            return inTheWay
        }
    }
}

extension ShowState.Hold {
    func ended(at now: Timestamp) -> HoldEnded {
        HoldEnded(holdID: holdID, userID: userID, seatIndexes: seatIndexes, areas: areas, endedAt: now)
    }
}
