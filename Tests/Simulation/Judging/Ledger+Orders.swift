import Domain

/// Orders, tickets and the money that goes with them.
extension Ledger {
    struct Order {
        enum Status {
            case authorizing, failed, sold
        }

        enum Payment {
            case unknown, none, authorized, captured
        }

        struct Ticket {
            /// Nil: a unit of an area.
            var seat: Int?
            var price: Int64
            var owner: UserID
            var generation = 1
            var isSomebodys = true
            var isListed = false
            var isSuspended = false
            /// The ways through the door that stand, the oldest first.
            var passes: [DoorPass] = []
            var offeredTo: UserID?
        }

        struct Refund {
            var amount: Int64
            var isDone = false
        }

        var started: PurchaseStarted
        var show: ShowID
        var status = Status.authorizing
        var payment = Payment.unknown
        var paymentID = ""
        var isParked = false
        /// What a refund that was made left unpaid: it is owed anew at once.
        var unpaid: Int64 = 0
        /// Ticket n is at n - 1.
        var tickets: [Ticket] = []
        var refunds: [RefundID: Refund] = [:]
        /// What others gave back at the provider, or a dispute took, by the provider's id.
        var foreign: [String: Int64] = [:]
        /// What of that no ticket's end has used up.
        var credit: Int64 = 0
        var disputes: [String: DisputeChanged.Status] = [:]

        /// Something is still to be done with the provider.
        var isOpen: Bool {
            switch payment {
            case .unknown, .authorized: true
            case .none: false
            case .captured: refunds.values.contains { !$0.isDone }
            }
        }
    }

    private typealias Wrong = String

    /// A ticket of the show that was scanned; nil: there is none.
    func scannedTicket(of show: ShowID) -> TicketID? {
        for (id, order) in orders.sorted(by: { $0.key < $1.key }) where order.show == show {
            let index = order.tickets.firstIndex { !$0.passes.isEmpty && $0.isSomebodys }
            if let index { return TicketID(index + 1, of: id) }
        }
        return nil
    }

    func ticket(_ id: TicketID) -> Order.Ticket? {
        guard let number = id.number, let tickets = id.order.flatMap({ orders[$0] })?.tickets,
            tickets.indices.contains(number - 1)
        else { return nil }
        return tickets[number - 1]
    }

    func offers(to user: UserID) -> [TicketID] {
        orders.keys.sorted().flatMap { id in
            (orders[id]?.tickets ?? []).enumerated().filter { $0.element.offeredTo == user && $0.element.isSomebodys }
                .map { TicketID($0.offset + 1, of: id) }
        }
    }

    mutating func apply(sale event: ShowEvent, on show: inout Show, at position: Int64) -> String? {
        switch event {
        case .created, .changed, .places, .allocations, .admission, .hold, .waitlist: return nil
        case .order(.started(let started)): return start(started, on: show, at: position)
        case .order(.sold(let sold)): return sell(sold, on: &show, at: position)
        case .order(.failed(let failed)): return fail(failed, on: show)
        case .order(.captured(let moved)):
            return change(moved.orderID, moved.userID) { order in
                guard order.status == .sold, order.payment == .authorized, moved.amount == order.started.total else {
                    return "captures what is not sold, or not that much"
                }
                order.payment = .captured
                order.isParked = false
                return nil
            }
        case .order(.voided(let moved)):
            return change(moved.orderID, moved.userID) { order in
                guard order.status != .authorizing, order.payment != .captured, order.payment != .none else {
                    return "voids what is not to be voided"
                }
                guard !order.tickets.contains(where: \.isSomebodys) else {
                    return "voids what somebody has a ticket for"
                }
                order.payment = .none
                order.refunds = [:]
                order.isParked = false
                return nil
            }
        case .order(.refunded(let refunded)):
            return change(refunded.orderID, refunded.userID) { order in
                guard order.payment == .captured, let due = order.refunds[refunded.refundID], !due.isDone,
                    refunded.amount > 0, refunded.amount <= due.amount, order.unpaid == 0
                else { return "refunds what is not due" }
                order.refunds[refunded.refundID] = Order.Refund(amount: refunded.amount, isDone: true)
                order.unpaid = due.amount - refunded.amount
                order.isParked = false
                return nil
            }
        case .order(.parked(let parked)):
            return change(parked.orderID, parked.userID) { order in
                guard order.isOpen, !order.isParked else { return "parks what is parked or settled" }
                order.isParked = true
                return nil
            }
        case .order(.resumed(let moved)):
            return change(moved.orderID, moved.userID) { order in
                guard order.isParked else { return "resumes what is not parked" }
                order.isParked = false
                return nil
            }
        case .order(.money(.suspended(let event))):
            return change(event.tickets, of: event.orderID, event.userID) { ticket in
                guard ticket.isSomebodys, !ticket.isSuspended, !ticket.isListed else { return "suspends what it can't" }
                ticket.isSuspended = true
                ticket.offeredTo = nil
                return nil
            }
        case .order(.money(.restored(let event))):
            return change(event.tickets, of: event.orderID, event.userID) { ticket in
                guard ticket.isSuspended else { return "restores what is not suspended" }
                ticket.isSuspended = false
                return nil
            }
        case .order(.money(.refunded(let event))): return follow(event)
        case .order(.money(.disputed(let event))): return follow(event)
        case .order(.money(.accepted(let event))): return accept(event)
        // No bank wants to see a buyer.
        case .order(.money(.actionRequired)): return "asks a buyer to act, whom no bank wants to see"
        case .order(.swapped(let swapped)): return swap(swapped, on: &show)
        case .order(.returned(let returned)): return take(back: returned, on: &show, at: position)
        case .ticket(.scanned(let scanned)):
            return change(scanned.ticketID) { ticket in
                guard ticket.isSomebodys, !ticket.isListed, !ticket.isSuspended, ticket.owner == scanned.ownerID else {
                    return "lets in whoever has no ticket"
                }
                let isIn = ticket.passes.last?.direction == .entry
                guard isIn == (scanned.pass.direction == .exit) else { return "lets in who is in, or out who is not" }
                ticket.passes.append(scanned.pass)
                ticket.offeredTo = nil
                return nil
            }
        case .ticket(.scanUndone(let undone)):
            return change(undone.ticketID) { ticket in
                guard ticket.isSomebodys, !ticket.isSuspended, ticket.passes.popLast() == undone.pass else {
                    return "takes back a scan that is not the last"
                }
                return nil
            }
        case .ticket(.scansUploaded): return nil
        case .ticket(.changed(let changed)): return change(changed, on: &show)
        case .cancelled(let cancelled):
            guard !show.isCancelled else { return "cancels the show again" }
            let open = orders.values.count {
                $0.show == show.created.showID && $0.tickets.contains(where: \.isSomebodys)
            }
            guard open == cancelled.orders else { return "cancels \(cancelled.orders) orders of \(open)" }
            show.isCancelled = true
            return nil
        }
    }

    // MARK: Purchases

    private mutating func start(_ started: PurchaseStarted, on show: Show, at position: Int64) -> Wrong? {
        guard orders[started.orderID] == nil else { return "starts order \(started.orderID) again" }
        guard !show.isCancelled, let index = holdIndexes[started.holdID], holds[index].endedAt == nil else {
            return "pays for a hold that is not live"
        }
        let hold = holds[index]
        guard hold.order == nil, hold.placed.userID == started.userID, hold.placed.total == started.total,
            hold.placed.currency == started.currency, started.startedAt < hold.expiresAt
        else { return "pays for another's hold, or another price, or twice, or too late" }
        let deadline = started.startedAt.adding(seconds: show.created.paymentSeconds)
        let getsTime = !hold.isExtended && deadline > hold.expiresAt
        guard started.extendsHold == getsTime, started.expiresAt == (getsTime ? deadline : hold.expiresAt) else {
            return "gives hold \(started.holdID) another time than the show says, or a second time"
        }
        holds[index].expiresAt = started.expiresAt
        holds[index].order = started.orderID
        if getsTime {
            holds[index].changedAt.append(position)
            holds[index].isExtended = true
        }
        orders[started.orderID] = Order(started: started, show: show.created.showID)
        return nil
    }

    private mutating func sell(_ sold: SeatsSold, on show: inout Show, at position: Int64) -> Wrong? {
        guard let order = orders[sold.orderID], order.status == .authorizing, order.started.userID == sold.userID,
            let index = holdIndexes[sold.holdID], order.started.holdID == sold.holdID, !show.isCancelled
        else { return "sells to an order that does not pay" }
        let hold = holds[index]
        guard sold.seats == hold.placed.seats, sold.areas == hold.placed.areas, sold.total == order.started.total else {
            return "sells something else than was held"
        }
        guard sold.wasHeld == (hold.endedAt == nil), sold.wasHeld ? sold.soldAt < hold.expiresAt : isRegranted(show)
        else {
            return "sells what is not held any more"
        }
        for (number, seat) in sold.seats.enumerated() {
            let owned = show.seats[seat.index]
            guard owned.hold == (sold.wasHeld ? sold.holdID : nil) else {
                return "sells seat \(seat.guid), which is held"
            }
            if let ticket = owned.ticket, let wrong = takeOver(ticket, owned, sold, seat.index) { return wrong }
            show.seats[seat.index] = Seat(
                ticket: TicketID(number + 1, of: sold.orderID), allocation: owned.allocation)
        }
        guard Set(sold.resold.map(\.seatIndex)).isSubset(of: sold.seats.map(\.index)) else {
            return "resells another seat"
        }
        if !sold.wasHeld, let wrong = take(sold.areas, on: &show) { return wrong }
        orders[sold.orderID]?.status = .sold
        orders[sold.orderID]?.payment = .authorized
        orders[sold.orderID]?.paymentID = sold.paymentID
        orders[sold.orderID]?.isParked = false
        orders[sold.orderID]?.tickets =
            sold.seats.map {
                Order.Ticket(seat: $0.index, price: hold.seatPrices[$0.index] ?? 0, owner: sold.userID)
            }
            + sold.areas.flatMap { area in
                repeatElement(Order.Ticket(price: show.priceOfUnit, owner: sold.userID), count: area.quantity)
            }
        let price = orders[sold.orderID]?.tickets.reduce(0) { $0 + $1.price }
        guard price == sold.total else { return "sells at another price than the tickets have" }
        if sold.wasHeld { holds[index].endedAt = position }
        // What was resold and held has counted as held; what was not held, as sold.
        return count(
            sold.wasHeld ? -hold.units : 0, hold.units - (sold.wasHeld ? 0 : sold.resold.count), on: &show, at: position
        )
    }

    private func isRegranted(_ show: Show) -> Bool { show.created.regrantsLatePayments }

    /// The seat's ticket ends, and its price is due to whoever paid for it.
    private mutating func takeOver(_ id: TicketID, _ seat: Seat, _ sold: SeatsSold, _ index: Int) -> Wrong? {
        guard let resold = sold.resold.first(where: { $0.seatIndex == index }), resold.ticketID == id, seat.isListed
        else {
            return "sells seat \(index), which is \(id)'s, and \(id) stays"
        }
        guard let seller = id.order, let number = id.number, let order = orders[seller], order.payment == .captured
        else {
            return "resells what is not paid for"
        }
        let ticket = order.tickets[number - 1]
        guard ticket.isSomebodys, ticket.isListed, ticket.owner == resold.sellerID,
            order.owed(for: ticket.price) == resold.amount,
            order.paymentID == resold.paymentID, order.refunds[resold.refundID] == nil
        else { return "resells \(id) from another, or for another price, or from another payment" }
        orders[seller]?.tickets[number - 1].isSomebodys = false
        orders[seller]?.tickets[number - 1].isListed = false
        orders[seller]?.useCredit(for: ticket.price, resold.amount)
        if resold.amount > 0 { orders[seller]?.refunds[resold.refundID] = Order.Refund(amount: resold.amount) }
        return nil
    }

    private mutating func fail(_ failed: PurchaseFailed, on show: Show) -> Wrong? {
        guard let hold = holdIndexes[failed.holdID], orders[failed.orderID]?.started.holdID == failed.holdID else {
            return "fails for another hold"
        }
        let isOver = holds[hold].endedAt != nil || failed.failedAt >= holds[hold].expiresAt
        if holds[hold].order == failed.orderID { holds[hold].order = nil }
        return change(failed.orderID, failed.userID) { order in
            guard order.status == .authorizing else { return "fails an order that is at its end" }
            guard failed.reason != .expired || isOver else { return "fails an order before its time" }
            guard failed.reason != .showCancelled || show.isCancelled else {
                return "fails an order of a show that is on"
            }
            order.status = .failed
            order.isParked = false
            switch failed.payment {
            case .none: order.payment = .none
            case .unknown: order.payment = .unknown
            case .authorized(let id):
                order.payment = .authorized
                order.paymentID = id
            }
            return nil
        }
    }

    // MARK: Tickets

    private mutating func take(back returned: TicketsReturned, on show: inout Show, at position: Int64) -> Wrong? {
        guard !returned.tickets.isEmpty else { return owe(anew: returned) }
        var freed = 0
        let wrong = change(returned.orderID, returned.userID) { order in
            guard order.status == .sold, order.paymentID == returned.paymentID, order.refunds[returned.refundID] == nil
            else {
                return "returns what was not sold, or by a refund that there is, or from another payment"
            }
            var seats: [Int] = []
            var listed: [Int] = []
            var amount: Int64 = 0
            for number in returned.tickets {
                let ticket = order.tickets[number - 1]
                guard ticket.isSomebodys else { return "returns ticket \(number), which is nobody's" }
                if let seat = ticket.seat {
                    guard show.seats[seat].hold == nil else { return "returns a seat that is held" }
                    show.seats[seat] = Seat(allocation: show.seats[seat].allocation)
                    seats.append(seat)
                    if ticket.isListed { listed.append(seat) }
                }
                amount += ticket.price
                order.tickets[number - 1].offeredTo = nil
                order.tickets[number - 1].isSomebodys = false
                order.tickets[number - 1].isListed = false
            }
            let units = returned.areas.reduce(0) { $0 + $1.quantity }
            // By ticket they need not be in the order of the plan: some are for other seats than were bought.
            seats.sort()
            let price = amount
            amount = returned.reason == .ended ? 0 : order.owed(for: price)
            order.useCredit(for: price, amount)
            guard seats == returned.seatIndexes, listed.sorted() == returned.resaleSeats, amount == returned.amount,
                returned.blockedSeats == show.allocated(seats),
                units == returned.tickets.count - seats.count
            else { return "returns other places, or another price, than the tickets'" }
            if amount > 0 { order.refunds[returned.refundID] = Order.Refund(amount: amount) }
            order.isParked = false
            freed = returned.tickets.count
            return nil
        }
        guard wrong == nil else { return wrong }
        free(returned.areas, on: &show)
        return count(0, -freed, on: &show, at: position)
    }

    /// The rest of a refund of which a part was made before the log lost it.
    private mutating func owe(anew returned: TicketsReturned) -> Wrong? {
        change(returned.orderID, returned.userID) { order in
            guard order.unpaid > 0, order.unpaid == returned.amount, order.refunds[returned.refundID] == nil,
                returned.seatIndexes.isEmpty, returned.areas.isEmpty
            else { return "owes anew what was paid" }
            order.refunds[returned.refundID] = Order.Refund(amount: returned.amount)
            order.unpaid = 0
            return nil
        }
    }

    private mutating func change(_ changed: TicketChanged, on show: inout Show) -> Wrong? {
        var listing: (seat: Int, isListed: Bool)?
        let wrong = change(changed.ticketID) { ticket in
            guard ticket.isSomebodys, !ticket.isSuspended, ticket.passes.isEmpty, ticket.owner == changed.ownerID
            else {
                return "changes a ticket that is another's, or nobody's"
            }
            switch changed.change {
            case .offered(let user):
                guard ticket.offeredTo == nil, !ticket.isListed else { return "offers what is on offer" }
                ticket.offeredTo = user
            case .offerWithdrawn(let user):
                guard ticket.offeredTo == user else { return "withdraws what is not on offer" }
                ticket.offeredTo = nil
            case .accepted(let user, let generation):
                guard ticket.offeredTo == user, generation == ticket.generation + 1 else {
                    return "gives it to another"
                }
                ticket.owner = user
                ticket.generation = generation
                ticket.offeredTo = nil
            case .listed(let seat, let price):
                guard ticket.seat == seat, ticket.price == price, !ticket.isListed, ticket.offeredTo == nil else {
                    return "lists another seat, or for another price"
                }
                ticket.isListed = true
                listing = (seat, true)
            case .unlisted(let seat):
                guard ticket.seat == seat, ticket.isListed else { return "takes off what is not listed" }
                ticket.isListed = false
                listing = (seat, false)
            }
            return nil
        }
        guard wrong == nil, let listing else { return wrong }
        guard show.seats[listing.seat].ticket == changed.ticketID, show.seats[listing.seat].hold == nil else {
            return "lists or takes off a seat that is not its ticket's, or held"
        }
        show.seats[listing.seat].isListed = listing.isListed
        return nil
    }

    private mutating func change(
        _ tickets: [Int], of order: OrderID, _ user: UserID, _ body: (inout Order.Ticket) -> Wrong?
    ) -> Wrong? {
        for number in tickets {
            if orders[order]?.started.userID != user { return "is of an order that is another's, or nowhere" }
            if let wrong = change(TicketID(number, of: order), body) { return wrong }
        }
        return nil
    }

    mutating func change(_ id: OrderID, _ user: UserID, _ body: (inout Order) -> String?) -> String? {
        guard var order = orders[id], order.started.userID == user else {
            return "is of an order that is another's, or nowhere"
        }
        defer { orders[id] = order }
        return body(&order).map { "\($0) (\(id))" }
    }

    private mutating func change(_ id: TicketID, _ body: (inout Order.Ticket) -> Wrong?) -> Wrong? {
        guard let number = id.number, let orderID = id.order, var order = orders[orderID],
            order.tickets.indices.contains(number - 1)
        else { return "is of ticket \(id), which is nowhere" }
        defer { orders[orderID] = order }
        return body(&order.tickets[number - 1]).map { "\($0) (\(id))" }
    }
}
