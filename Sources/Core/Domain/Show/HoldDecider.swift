// Placing holds, and ending them.
extension ShowState {
    func liveHold(_ id: HoldID, of user: UserID, at now: Timestamp) throws(Rejection) -> Hold {
        guard let hold = holds[id], hold.userID == user, !isOver(hold, at: now) else { throw .holdNotFound }
        return hold
    }

    func place(_ command: PlaceHold, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let layout else { throw .showNotFound }
        let show = layout.show
        // Who may not see a show is told what they would be told of none.
        guard !show.isDraft else { throw .showNotFound }
        guard !isCancelled else { throw .showCancelled }
        if let onSaleAt = show.onSaleAt, now < onSaleAt { throw .notOnSale(until: onSaleAt) }

        // An overdue hold counts as expired whether or not the timer has said so: choose as if all were gone, then
        // record the end of those that stood in the way.
        let overdue = overdueHolds(at: now)
        var free = self
        for hold in overdue { free.vacate(hold) }
        let choice = try free.choose(command.selection, for: command.userID, layout: layout, at: now)

        let total =
            choice.seatIndexes.reduce(0) { $0 + layout.price(ofSeat: $1) }
            + choice.areas.reduce(0) { $0 + layout.price(ofArea: $1.index) * Int64($1.quantity) }
        let placed = HoldPlaced(
            holdID: command.holdID, userID: command.userID,
            seats: choice.seatIndexes.map { HeldSeat(index: $0, guid: layout.seatGuids[$0]) },
            resaleSeats: choice.seatIndexes.filter { free.seats[$0] == SeatStatus.resale.rawValue },
            areas: choice.areas.map { AreaQuantity(areaID: show.areas[$0.index].areaID, quantity: $0.quantity) },
            total: total, currency: show.currency, placedAt: now, expiresAt: now.adding(seconds: show.holdSeconds),
            isNextToEachOther: choice.seatIndexes.isEmpty
                ? nil : choice.areas.isEmpty && layout.floor.areNextToEachOther(choice.seatIndexes))
        return standingInTheWay(overdue, of: placed, layout: layout).flatMap { expire($0, at: now) }
            + [.hold(.placed(placed))]
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

    /// Ends an overdue hold, and with it a purchase that is not authorized yet. A show that grants late payments keeps
    /// such a purchase while it is still being tried.
    func expire(_ hold: Hold, at now: Timestamp) -> [ShowEvent] {
        let expired = ShowEvent.hold(.expired(hold.ended(at: now)))
        guard let id = hold.orderID, let order = orders[id],
            isCancelled || order.isParked || order.needsAction || layout?.show.regrantsLatePayments != true
        else { return [expired] }
        return [expired, tooLate(id, order, now)]
    }
}

extension ShowState.Hold {
    init(_ placed: HoldPlaced) {
        self.init(
            holdID: placed.holdID, userID: placed.userID, seats: placed.seats, resaleSeats: placed.resaleSeats,
            areas: placed.areas, total: placed.total, expiresAt: placed.expiresAt)
    }

    func ended(at now: Timestamp) -> HoldEnded {
        HoldEnded(
            holdID: holdID, userID: userID, seatIndexes: seatIndexes, resaleSeats: resaleSeats, areas: areas,
            endedAt: now)
    }
}
