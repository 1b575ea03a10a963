// After the sale: what may be done with tickets.
extension ShowState {
    /// The orders that have tickets which are still somebody's.
    var ordersToRefund: [OrderID] { orders.filter(\.value.hasTickets).map(\.key) }

    func refund(_ id: OrderID, _ numbers: [Int]?, by user: UserID?, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let order = orders[id], user == nil || order.userID == user else { throw .orderNotFound }
        guard !isCancelled else { throw .showCancelled }
        guard order.payment == .captured else { throw .orderNotCompleted }
        let wanted = numbers ?? order.ticketsLeft
        guard !wanted.isEmpty else { throw .ticketUnusable(.returned) }
        for number in wanted {
            guard number > 0, number <= order.tickets.count else { throw .ticketNotFound }
            let ticket = order.tickets[number - 1]
            try ticket.requireValid()
            guard ticket.owner == order.userID else { throw .ticketUnusable(.transferred) }
            guard ticket.offeredTo == nil else { throw .ticketUnusable(.offered) }
        }
        return [.order(.returned(returned(Set(wanted).sorted(), of: id, order, .requested, now: now)))]
    }

    /// Whatever is left of an order.
    func returnAll(of id: OrderID, _ reason: TicketsReturned.Reason, now: Timestamp) -> [ShowEvent] {
        guard let order = orders[id] else { return [] }
        return [.order(.returned(returned(order.ticketsLeft, of: id, order, reason, now: now)))]
    }

    func returned(
        _ numbers: [Int], of id: OrderID, _ order: Order, _ reason: TicketsReturned.Reason, now: Timestamp
    ) -> TicketsReturned {
        let tickets = numbers.map { order.tickets[$0 - 1] }
        let areas = order.areas.compactMap { area in
            let quantity = tickets.count { $0.place == .area(area.areaID) }
            return quantity > 0
                ? AreaQuantity(areaID: area.areaID, quantity: quantity, allocation: area.allocation) : nil
        }
        // By ticket they need not ascend: a ticket may have got another seat, or the show another plan.
        let seats = tickets.compactMap(\.seatIndex).sorted()
        let price = tickets.reduce(Int64(0)) { $0.plus($1.price) }
        let amount = reason == .ended ? 0 : order.owed(for: price)
        var after = order
        after.useCredit(for: price, amount)
        for number in numbers { after.tickets[number - 1].status = .returned }
        return TicketsReturned(
            orderID: id, userID: order.userID, tickets: numbers, seatIndexes: seats,
            resaleSeats: tickets.filter { $0.status == .listed }.compactMap(\.seatIndex).sorted(),
            blockedSeats: allocated(seats), areas: allocated(areas), reason: reason,
            refundID: order.nextRefund(of: id),
            amount: amount, paymentID: order.paymentID, needsDecision: order.isInReview && after.needsDecision,
            returnedAt: now)
    }

    func change(_ id: TicketID, _ step: TicketStep, by user: UserID, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let (order, ticket) = ticket(id) else { throw .ticketNotFound }
        guard !isCancelled else { throw .showCancelled }
        var ended: [ShowEvent] = []
        let change: TicketChanged.Change
        switch step {
        case .scan(let scan):
            return [.ticket(.scanned(try pass(id, order, ticket, scan, by: user, at: now, recordedAt: now)))]
        case .undoScan(let areas):
            return [.ticket(.scanUndone(try undoScan(id, order, ticket, areas, by: user, now: now)))]
        case .offer(let receiver):
            try ticket.requireValid(ownedBy: user)
            guard ticket.offeredTo == nil else { throw .ticketUnusable(.offered) }
            change = .offered(to: receiver)
        case .withdrawOffer:
            guard ticket.owner == user || ticket.offeredTo == user else { throw .ticketNotFound }
            guard let receiver = ticket.offeredTo else { throw .ticketUnusable(.notOffered) }
            change = .offerWithdrawn(to: receiver)
        case .accept:
            // A ticket that was not offered to the caller is none of theirs.
            guard ticket.offeredTo == user else {
                throw ticket.owner == user ? .ticketUnusable(.notOffered) : .ticketNotFound
            }
            change = .accepted(by: user, generation: ticket.generation + 1)
        case .list:
            try ticket.requireValid(ownedBy: user)
            guard ticket.offeredTo == nil else { throw .ticketUnusable(.offered) }
            guard ticket.owner == order.userID else { throw .ticketUnusable(.transferred) }
            guard order.payment == .captured else { throw .orderNotCompleted }
            guard let seat = ticket.seatIndex else { throw .notResellable }
            change = .listed(seatIndex: seat, price: ticket.price)
        case .unlist:
            guard ticket.owner == user else { throw .ticketNotFound }
            guard ticket.status == .listed, let seat = ticket.seatIndex else { throw .ticketUnusable(.notListed) }
            let isHeld = !seats.indices.contains(seat) || seats[seat] != SeatStatus.resale.rawValue
            if isHeld { ended = try endOverdueHold(ofSeat: seat, now: now) }
            change = .unlisted(seatIndex: seat)
        }
        return ended + [
            .ticket(
                .changed(
                    TicketChanged(
                        ticketID: id, orderUserID: order.userID, ownerID: ticket.owner, change: change, changedAt: now))
            )
        ]
    }
}

extension ShowState {
    /// An overdue hold counts as expired whether or not the timer has said so; one that is not has the seat.
    private func endOverdueHold(ofSeat seat: Int, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let hold = overdueHolds(at: now).first(where: { $0.seatIndexes.contains(seat) }) else {
            throw .ticketUnusable(.beingBought)
        }
        return expire(hold, at: now)
    }
}

extension ShowState.Ticket {
    fileprivate func requireValid(ownedBy user: UserID) throws(Rejection) {
        guard owner == user else { throw .ticketNotFound }
        try requireValid()
    }

    func requireValid() throws(Rejection) {
        switch status {
        case .valid: break
        case .listed: throw .ticketUnusable(.listed)
        case .scanned: throw .ticketUnusable(.scanned)
        case .outside: throw .ticketUnusable(.outside)
        case .returned: throw .ticketUnusable(.returned)
        case .resold: throw .ticketUnusable(.resold)
        case .suspended: throw .ticketUnusable(.suspended)
        }
    }
}
