// Other seats for tickets that are sold.
extension ShowState {
    func swap(_ command: SwapTickets, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let layout, let order = orders[command.orderID] else { throw .orderNotFound }
        guard !isCancelled else { throw .showCancelled }
        guard order.payment == .captured else { throw .orderNotCompleted }
        guard !command.seats.isEmpty else { throw .ticketNotFound }
        // Overdue holds count as expired: what they alone stand on is free.
        let overdue = overdueHolds(at: now)
        var free = self
        for hold in overdue { free.vacate(hold) }
        let closed = free
        free.open(command.channels)

        var swaps: [TicketsSwapped.Swap] = []
        var conflicts: [Rejection.Conflict] = []
        for (number, wanted) in command.seats.sorted(by: { $0.key < $1.key }) {
            let (ticket, old) = try order.swappable(number, in: layout)
            guard let seat = layout.seatIndex(wanted.guid) else { throw .unknownSeat(wanted.guid) }
            guard !swaps.contains(where: { $0.seat.index == seat }) else { throw .duplicateSeat(wanted.guid) }
            if !free.has(seat, .available) {
                conflicts.append(.seat(wanted.guid, SeatStatus(rawValue: free.seats[seat]) ?? .blocked))
            }
            let fare =
                try command.waivesDifference ? ticket.fare : layout.fare(of: ticket, from: old, to: seat, wanted)
            swaps.append(
                TicketsSwapped.Swap(
                    ticket: number, oldSeat: old, seat: HeldSeat(index: seat, guid: wanted.guid), fare: fare,
                    generation: ticket.generation + 1))
        }
        guard conflicts.isEmpty else { throw .seatsUnavailable(conflicts) }
        if swaps.contains(where: { !closed.has($0.seat.index, .blocked) }) { try requireNobodyAhead() }
        if !command.waivesDifference { try requireNotTooMany(order, after: swaps, layout) }

        let difference = swaps.reduce(Int64(0)) { $0.plus($1.fare.amount).minus(order.tickets[$1.ticket - 1].price) }
        guard difference <= 0 else { throw .swapCostsMore(difference) }
        // The price can only go back to the card that paid.
        if difference < 0, swaps.contains(where: { order.tickets[$0.ticket - 1].owner != order.userID }) {
            throw .ticketUnusable(.transferred)
        }
        let new = swaps.map(\.seat.index).sorted()
        let event = TicketsSwapped(
            orderID: command.orderID, userID: order.userID, swaps: swaps,
            blockedSeats: allocated(swaps.map(\.oldSeat).sorted()),
            allocatedSeats: new.filter { closed.has($0, .blocked) }, refundID: order.nextRefund(of: command.orderID),
            amount: difference < 0 ? order.owed(for: Int64(0).minus(difference)) : 0, paymentID: order.paymentID,
            swappedBy: command.userID, swappedAt: now)
        return standingInTheWay(overdue, of: new, [], layout: layout).flatMap { expire($0, at: now) }
            + [.order(.swapped(event))]
    }

    /// The order would have no more of a ticket type than it may.
    private func requireNotTooMany(
        _ order: Order, after swaps: [TicketsSwapped.Swap], _ layout: ShowLayout
    ) throws(Rejection) {
        let isOfAnotherKind = swaps.contains { swap in
            layout.category(ofSeat: swap.oldSeat) != layout.category(ofSeat: swap.seat.index)
                || swap.fare.ticketType != order.tickets[swap.ticket - 1].fare.ticketType
        }
        guard isOfAnotherKind else { return }
        let swapped = Dictionary(swaps.map { ($0.ticket, $0) }, uniquingKeysWith: { $1 })
        try layout.requireNotTooMany(
            of: order.ticketsLeft.compactMap { number in
                if let swap = swapped[number] {
                    return ChosenFare(
                        place: .seat(swap.seat.index), category: layout.category(ofSeat: swap.seat.index),
                        fare: swap.fare)
                }
                let ticket = order.tickets[number - 1]
                guard let category = layout.category(of: ticket.place) else { return nil }
                return ChosenFare(place: ticket.place, category: category, fare: ticket.fare)
            })
    }

    mutating func evolve(_ event: TicketsSwapped, _ undo: inout Undo) {
        decided(at: event.swappedAt)
        if let order = orders[event.orderID] {
            undo.orders.append((event.orderID, order))
            orders[event.orderID]?.take(event)
        }
        mark(event.swaps.map(\.oldSeat), as: .available, &undo)
        mark(event.blockedSeats, as: .blocked, &undo)
        mark(event.swaps.map(\.seat.index), as: .sold, &undo)
    }
}

extension ShowState.Order {
    /// A ticket that can get another seat, and the seat that it has.
    fileprivate func swappable(
        _ number: Int, in layout: ShowLayout
    ) throws(Rejection) -> (ticket: ShowState.Ticket, seat: Int) {
        guard number > 0, number <= tickets.count else { throw .ticketNotFound }
        let ticket = tickets[number - 1]
        try ticket.requireValid()
        guard ticket.offeredTo == nil else { throw .ticketUnusable(.offered) }
        guard let seat = ticket.seatIndex, layout.seatGuids.indices.contains(seat) else { throw .notSwappable }
        return (ticket, seat)
    }

    fileprivate mutating func take(_ event: TicketsSwapped) {
        var saved: Int64 = 0
        for swap in event.swaps where swap.ticket > 0 && swap.ticket <= tickets.count {
            saved.add(tickets[swap.ticket - 1].price.minus(swap.fare.amount))
            tickets[swap.ticket - 1].place = .seat(swap.seat.index)
            tickets[swap.ticket - 1].fare = swap.fare
            tickets[swap.ticket - 1].generation = swap.generation
        }
        owe(event.refundID, event.amount)
        useCredit(for: max(0, saved), event.amount)
    }
}

extension ShowLayout {
    /// What a ticket costs once it is for another seat.
    fileprivate func fare(
        of ticket: ShowState.Ticket, from old: Int, to new: Int, _ wanted: SwapTickets.Seat
    ) throws(Rejection) -> Fare {
        let category = category(ofSeat: new)
        if let type = wanted.ticketType {
            if category == self.category(ofSeat: old), type == ticket.fare.ticketType { return ticket.fare }
            var chosen = ChosenFare(place: .seat(new), category: category, fare: usualFare(ofSeat: new))
            try chosen.become(type, of: show)
            return chosen.fare
        }
        // What it cost is the price of its category when it was bought.
        if category == self.category(ofSeat: old) { return ticket.fare }
        return show.ticketTypes[category]?.first { $0.name == ticket.fare.ticketType }?.fare
            ?? usualFare(ofSeat: new)
    }

    fileprivate func category(of place: ShowState.Ticket.Place) -> String? {
        switch place {
        case .seat(let index): seatGuids.indices.contains(index) ? category(ofSeat: index) : nil
        case .area(let id): areaIndex(id).map { show.areas[$0].category }
        }
    }
}
