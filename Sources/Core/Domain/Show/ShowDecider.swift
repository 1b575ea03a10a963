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
            let hold = try liveHold(holdID, of: userID, at: now)
            guard hold.orderID == nil else { throw .purchaseInProgress }
            return [.holdReleased(hold.ended(at: now))]
        case .expireHolds(let limit):
            return overdueHolds(at: now).prefix(limit).flatMap { expire($0, at: now) }
        case .startPurchase(let command):
            return try start(command, now: now)
        case .payment(let step, let orderID):
            return try pay(step, orderID, now: now)
        case .refund(let orderID, let tickets, let userID):
            return try refund(orderID, tickets, by: userID, now: now)
        case .ticket(let step, let ticketID, let userID):
            return try change(ticketID, step, by: userID, now: now)
        case .cancelShow:
            guard layout != nil else { throw .showNotFound }
            guard !isCancelled else { throw .showCancelled }
            return [.showCancelled(ShowCancelled(orders: ordersToRefund.count, cancelledAt: now))]
        case .refundCancelled(let limit):
            // The holds end first, so that no ticket's seat is held to be bought.
            guard isCancelled, holds.isEmpty else { return [] }
            return ordersToRefund.sorted().prefix(limit).flatMap { returnAll(of: $0, .showCancelled, now: now) }
        }
    }

    func liveHold(_ id: HoldID, of user: UserID, at now: Timestamp) throws(Rejection) -> Hold {
        guard let hold = holds[id], hold.userID == user, !isOver(hold, at: now) else { throw .holdNotFound }
        return hold
    }

    private func place(_ command: PlaceHold, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let layout else { throw .showNotFound }
        guard !isCancelled else { throw .showCancelled }
        let show = layout.show
        if let onSaleAt = show.onSaleAt, now < onSaleAt { throw .notOnSale(until: onSaleAt) }

        // An overdue hold counts as expired whether or not the timer has said so: choose as if all were gone, then
        // record the end of those that stood in the way.
        let overdue = overdueHolds(at: now)
        var free = self
        for hold in overdue { free.vacate(hold) }
        let choice = try free.choose(command.selection, for: command.userID, layout: layout)

        let total =
            choice.seatIndexes.reduce(0) { $0 + layout.price(ofSeat: $1) }
            + choice.areas.reduce(0) { $0 + layout.price(ofArea: $1.index) * Int64($1.quantity) }
        let placed = HoldPlaced(
            holdID: command.holdID, userID: command.userID,
            seats: choice.seatIndexes.map { HeldSeat(index: $0, guid: layout.seatGuids[$0]) },
            resaleSeats: choice.seatIndexes.filter { free.seats[$0] == SeatStatus.resale.rawValue },
            areas: choice.areas.map { AreaQuantity(areaID: show.areas[$0.index].areaID, quantity: $0.quantity) },
            total: total, currency: show.currency, placedAt: now, expiresAt: now.adding(seconds: show.holdSeconds))
        return standingInTheWay(overdue, of: placed, layout: layout).flatMap { expire($0, at: now) }
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
        HoldEnded(
            holdID: holdID, userID: userID, seatIndexes: seatIndexes, resaleSeats: resaleSeats, areas: areas,
            endedAt: now)
    }
}
