import Domain

/// What changes about holds and shows while they are sold, and other seats for what is sold.
extension Ledger {
    private typealias Wrong = String

    func hold(_ id: HoldID) -> Hold? { holdIndexes[id].map { holds[$0] } }

    func isLive(_ id: HoldID) -> Bool { hold(id).map { $0.endedAt == nil && $0.order == nil } ?? false }

    /// A hold has other places, or more time, or the places of others that are paid for with it.
    mutating func change(_ changed: HoldChanged, on show: inout Show, at position: Int64) -> String? {
        let wrong = apply(changed, on: &show, at: position)
        return wrong.map { "\(position) \($0)" }
    }

    private mutating func apply(_ changed: HoldChanged, on show: inout Show, at position: Int64) -> Wrong? {
        let new = changed.hold
        guard let index = holdIndexes[new.holdID], let others = merged(into: changed) else {
            return "merges or changes what is not there"
        }
        var hold = holds[index]
        let all = [hold] + others.map { holds[$0] }
        guard !show.isCancelled, all.allSatisfy({ canChange($0, for: new.userID, at: changed.changedAt) }) else {
            return "changes a hold that is another's, or over, or paid for"
        }
        for other in others {
            for seat in holds[other].placed.seats { show.seats[seat.index].hold = new.holdID }
            hold.seatPrices.merge(holds[other].seatPrices) { $1 }
            hold.isExtended = hold.isExtended || holds[other].isExtended
            holds[other].endedAt = position
        }
        let listedBefore = all.reduce(0) { $0 + $1.placed.resaleSeats.count }
        if let wrong = drop(changed.dropped, from: &hold, on: &show) { return wrong }
        for seat in changed.addedSeats {
            guard let held = new.seats.first(where: { $0.index == seat }) else { return "adds a seat that it lacks" }
            if let wrong = take(held, for: &hold, as: new, on: &show) { return wrong }
        }
        if let wrong = take(changed.addedAreas, on: &show) { return wrong }
        let units = Ledger.units(all.flatMap(\.placed.areas) + changed.addedAreas, less: changed.dropped?.areas ?? [])
        guard new.seats.map(\.index) == hold.seatPrices.keys.sorted(), Ledger.units(new.areas) == units,
            new.resaleSeats == new.seats.map(\.index).filter({ show.seats[$0].isListed })
        else { return "has other places than it had, and got" }
        if let wrong = checkTime(of: new, after: all, of: show, at: changed.changedAt) { return wrong }
        let before = all.reduce(0) { $0 + $1.units }
        hold.placed = new
        hold.expiresAt = new.expiresAt
        hold.changedAt.append(position)
        guard new.total == hold.price(of: show) else { return "asks another price than its places have" }
        guard hold.units >= 1, hold.units <= max(show.created.maxSeatsPerHold, before) else { return "has too many" }
        holds[index] = hold
        return count(hold.units - before, listedBefore - new.resaleSeats.count, on: &show, at: position)
    }

    private func merged(into changed: HoldChanged) -> [Int]? {
        let indexes = changed.mergedHolds.compactMap { holdIndexes[$0] }
        guard indexes.count == changed.mergedHolds.count, !changed.mergedHolds.contains(changed.hold.holdID) else {
            return nil
        }
        return indexes
    }

    private func canChange(_ hold: Hold, for user: UserID, at now: Timestamp) -> Bool {
        hold.endedAt == nil && hold.order == nil && hold.placed.userID == user && now < hold.expiresAt
    }

    private func drop(_ dropped: HoldEnded?, from hold: inout Hold, on show: inout Show) -> Wrong? {
        guard let dropped else { return nil }
        guard dropped.resaleSeats == dropped.seatIndexes.filter({ show.seats[$0].isListed }),
            dropped.blockedSeats == show.allocated(dropped.seatIndexes, besides: dropped.resaleSeats)
        else { return "drops seats to where they do not belong" }
        for seat in dropped.seatIndexes {
            guard show.seats[seat].hold == hold.placed.holdID, hold.seatPrices.removeValue(forKey: seat) != nil else {
                return "drops a seat that it does not have"
            }
            show.seats[seat].hold = nil
        }
        free(dropped.areas, on: &show)
        return nil
    }

    private static func units(_ areas: [AreaQuantity], less dropped: [AreaQuantity] = []) -> [AreaID: Int] {
        var units: [AreaID: Int] = [:]
        for area in areas { units[area.areaID, default: 0] += area.quantity }
        for area in dropped { units[area.areaID, default: 0] -= area.quantity }
        return units.filter { $0.value != 0 }
    }

    private func checkTime(of new: HoldPlaced, after all: [Hold], of show: Show, at now: Timestamp) -> Wrong? {
        guard new.placedAt == all.map(\.placed.placedAt).min(), let earliest = all.map(\.expiresAt).min() else {
            return "began at another time"
        }
        let most = max(earliest, new.placedAt.adding(seconds: 2 * show.created.holdSeconds))
        guard all.count > 1 ? new.expiresAt == earliest : (earliest...most).contains(new.expiresAt) else {
            return "gets less time than it had, or more than it may have"
        }
        return nil
    }

    /// Seats are kept for a channel, or from everybody; those that somebody has stay whose they are.
    func allocate(_ changed: AllocationsChanged, on show: inout Show, at position: Int64) -> String? {
        let before = show.seats.map(\.status)
        for index in show.seats.indices { show.seats[index].allocation = nil }
        for allocation in changed.allocations {
            for seat in allocation.seats { show.seats[seat].allocation = allocation.name }
        }
        let after = show.seats.map(\.status)
        let blocked = after.indices.filter { before[$0] == .available && after[$0] == .blocked }
        let freed = after.indices.filter { before[$0] == .blocked && after[$0] == .available }
        guard changed.blockedSeats == blocked, changed.freedSeats == freed else {
            return "\(position) says that other seats are kept than are"
        }
        return nil
    }

    /// Tickets are for other seats, which nobody has.
    mutating func swap(_ swapped: TicketsSwapped, on show: inout Show) -> String? {
        change(swapped.orderID, swapped.userID) { order in
            guard order.status == .sold, order.payment == .captured, order.paymentID == swapped.paymentID,
                order.refunds[swapped.refundID] == nil
            else { return "swaps what is not paid for" }
            let (old, new) = (swapped.swaps.map(\.oldSeat).sorted(), swapped.swaps.map(\.seat.index).sorted())
            guard new.allSatisfy({ [.available, .blocked].contains(show.seats[$0].status) }),
                Set(new).count == new.count, swapped.blockedSeats == show.allocated(old),
                swapped.allocatedSeats == show.allocated(new)
            else { return "swaps to a seat that somebody has" }
            var saved: Int64 = 0
            for swap in swapped.swaps {
                var ticket = order.tickets[swap.ticket - 1]
                guard ticket.isSomebodys, !ticket.isListed, !ticket.isSuspended, ticket.passes.isEmpty,
                    ticket.offeredTo == nil, ticket.seat == swap.oldSeat, swap.generation == ticket.generation + 1
                else { return "swaps a ticket that is not free to be" }
                let price = swap.fare.amount
                guard price == ticket.price || price == show.price(ofSeat: swap.seat.index) else {
                    return "asks another price for a seat than it has"
                }
                saved += ticket.price - price
                (ticket.seat, ticket.price, ticket.generation) = (swap.seat.index, price, swap.generation)
                order.tickets[swap.ticket - 1] = ticket
                show.seats[swap.oldSeat] = Seat(allocation: show.seats[swap.oldSeat].allocation)
                show.seats[swap.seat.index].ticket = TicketID(swap.ticket, of: swapped.orderID)
            }
            guard saved >= 0, swapped.amount == order.owed(for: saved) else {
                return "gives another difference back than there is"
            }
            order.useCredit(for: saved, swapped.amount)
            if swapped.amount > 0 { order.refunds[swapped.refundID] = Order.Refund(amount: swapped.amount) }
            return nil
        }
    }
}
