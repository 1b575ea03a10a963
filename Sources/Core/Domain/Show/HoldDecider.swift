// Placing holds, and ending them.
extension ShowState {
    func liveHold(_ id: HoldID, of user: UserID, at now: Timestamp) throws(Rejection) -> Hold {
        guard let hold = holds[id], hold.userID == user, !isOver(hold, at: now) else { throw .holdNotFound }
        return hold
    }

    /// The places of a show that is on sale now.
    func placesOnSale(at now: Timestamp) throws(Rejection) -> ShowLayout {
        // Who may not see a show is told what they would be told of none.
        guard let layout, !layout.show.isDraft else { throw .showNotFound }
        guard !isCancelled else { throw .showCancelled }
        let show = layout.show
        guard !show.isPostponed else { throw .showPostponed }
        if let onSaleAt = show.onSaleAt, now < onSaleAt { throw .notOnSale(until: onSaleAt) }
        guard now < show.salesEndAt else { throw .saleEnded(at: show.salesEndAt) }
        return layout
    }

    func place(_ command: PlaceHold, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        let layout = try placesOnSale(at: now)
        let show = layout.show
        let admission = try admitted(command.admission, command.userID, show, at: now)

        // An overdue hold counts as expired whether or not the timer has said so: choose as if all were gone, then
        // record the end of those that stood in the way.
        let overdue = overdueHolds(at: now)
        var free = self
        for hold in overdue { free.vacate(hold) }
        let closed = free
        free.open(command.channels)
        let choice = try free.choose(command.selection, for: command.userID, layout: layout, at: now)
        if show.orphans == .enforce, case .named = command.selection {
            try free.requireNoSingleSeats(besides: choice.seatIndexes, layout)
        }
        let fares = try free.fares(of: choice, command.ticketTypes, layout)
        try free.requireShare(of: choice.count, for: command.userID, show)

        let resale = choice.seatIndexes.filter { free.has($0, .resale) }
        let placed = HoldPlaced(
            holdID: command.holdID, userID: command.userID,
            seats: choice.seatIndexes.map { HeldSeat(index: $0, guid: layout.seatGuids[$0]) },
            resaleSeats: resale,
            blockedSeats: choice.seatIndexes.filter { closed.has($0, .blocked) },
            areas: choice.areas.map { free.units($0.quantity, of: show.areas[$0.index].areaID, for: command.channels) },
            fares: resale.isEmpty ? fares.recorded : fares, total: fares.total, currency: show.currency, placedAt: now,
            expiresAt: now.adding(seconds: show.holdSeconds),
            isNextToEachOther: layout.areNextToEachOther(choice), admission: admission)
        if resale.count + placed.blockedSeats.count < placed.seats.count
            || placed.areas.contains(where: \.allocation.isEmpty)
        {
            try requireNobodyAhead()
        }
        return standingInTheWay(overdue, of: choice.seatIndexes, placed.areas, layout: layout)
            .flatMap { expire($0, at: now) } + [.hold(.placed(placed))]
    }

    /// What is free is not about to be offered to those who wait.
    func requireNobodyAhead() throws(Rejection) {
        guard !waitlist.isBehind else { throw .offeredToWaitlist }
    }

    /// So many places more would still be no more than one user may have.
    func requireShare(of places: Int, for user: UserID, _ show: ShowCreated) throws(Rejection) {
        guard let limit = show.maxSeatsPerUser else { return }
        guard placesByUser[user, default: 0] + places <= limit else { throw .userLimit(limit) }
    }

    /// Those of `overdue` that must be seen to end before these places can be held.
    func standingInTheWay(
        _ overdue: [Hold], of seats: [Int], _ areas: [AreaQuantity], layout: ShowLayout
    ) -> [Hold] {
        guard !overdue.isEmpty else { return [] }
        struct Source: Hashable {
            var area: AreaID
            var allocation: String
            init(_ units: AreaQuantity) { (area, allocation) = (units.areaID, units.allocation) }
        }
        let seats = Set(seats)
        var short: [Source: Int] = [:]
        for area in areas {
            guard let index = layout.areaIndex(area.areaID) else { continue }
            let free =
                area.allocation.isEmpty
                ? freeInArea[index] : allocations.unitsLeft(of: area.areaID, in: area.allocation)
            short[Source(area)] = area.quantity - free
        }
        return overdue.filter { hold in
            let freed = allocated(hold.areas)
            let inTheWay =
                !seats.isDisjoint(with: hold.seatIndexes) || freed.contains { short[Source($0), default: 0] > 0 }
            if inTheWay { for area in freed { short[Source(area), default: 0] -= area.quantity } }
            return inTheWay
        }
    }

    /// Ends an overdue hold, and with it a purchase that is not authorized yet. A show that grants late payments keeps
    /// such a purchase while it is still being tried.
    func expire(_ hold: Hold, at now: Timestamp) -> [ShowEvent] {
        let expired = ShowEvent.hold(.expired(ended(hold, at: now)))
        guard let id = hold.orderID, let order = orders[id],
            isCancelled || order.isParked || order.needsAction || layout?.show.regrantsLatePayments != true
        else { return [expired] }
        return [expired, tooLate(id, order, now)]
    }
}

extension ShowState {
    func ended(_ hold: Hold, at now: Timestamp) -> HoldEnded {
        HoldEnded(
            holdID: hold.holdID, userID: hold.userID, seatIndexes: hold.seatIndexes, resaleSeats: hold.resaleSeats,
            blockedSeats: allocated(hold.seatIndexes, besides: hold.resaleSeats), areas: allocated(hold.areas),
            endedAt: now)
    }
}

extension ShowState.Hold {
    init(_ placed: HoldPlaced) {
        self.init(
            holdID: placed.holdID, userID: placed.userID, seats: placed.seats, resaleSeats: placed.resaleSeats,
            blockedSeats: placed.blockedSeats, areas: placed.areas, fares: placed.fares, total: placed.total,
            placedAt: placed.placedAt,
            expiresAt: placed.expiresAt, admission: placed.admission, offerOf: placed.offerOf)
    }
}
