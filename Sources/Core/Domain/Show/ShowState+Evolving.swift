// How each event changes a show. An event that does not fit (a hold of a show that is not there) can't come from the
// decider; a damaged log may hold one, so it changes nothing it does not know, and never traps.
extension ShowState {
    /// What one event changed: the values from before it.
    public struct Undo: Sendable {
        var lastDecidedAt: Timestamp
        var createdShow = false
        var cancelledShow = false
        var holds: [(id: HoldID, before: Hold?)] = []
        var orderOfHold: [(hold: HoldID, before: OrderID?)] = []
        var orders: [(id: OrderID, before: Order?)] = []
        var listings: [(seat: Int, before: TicketID?)] = []
        var seats: [(index: Int, before: UInt8)] = []
        var areas: [(index: Int, before: Int)] = []
        var allocations: Allocations?
        var users: [(id: UserID, before: Int)] = []
        var admissions: [AdmissionUndo] = []
        var waitlist: [Waitlist.Change] = []
        /// All of it, for an event that is too seldom to be taken apart.
        var before: Before?
    }

    /// The state from before an event.
    final class Before: Sendable {
        let state: ShowState
        init(_ state: ShowState) { self.state = state }
    }

    @discardableResult
    public mutating func evolve(_ event: ShowEvent) -> Undo {
        var undo = Undo(lastDecidedAt: lastDecidedAt)
        switch event {
        case .created(let show):
            undo.createdShow = true
            let layout = ShowLayout(show)
            self.layout = layout
            seats = Array(repeating: SeatStatus.available.rawValue, count: layout.seatGuids.count)
            freeInSegment = layout.floor.segments.map { Int32($0.slots.count) }
            freeInArea = show.areas.map(\.capacity)
            decided(at: show.createdAt)
        case .changed(let event): evolve(event, &undo)
        case .places(let event): evolve(event, &undo)
        case .allocations(let event): evolve(event, &undo)
        case .admission(let event): evolve(event, &undo)
        case .cancelled(let event):
            undo.cancelledShow = !isCancelled
            isCancelled = true
            decided(at: event.cancelledAt)
        case .hold(let event): evolve(event, &undo)
        case .order(let event): evolve(event, &undo)
        case .ticket(.scanned(let event)):
            change(event.ticketID, &undo) { $0.pass(event) }
            decided(at: event.recordedAt)
        case .ticket(.scanUndone(let event)):
            change(event.ticketID, &undo) { $0.undo(event) }
            decided(at: event.undoneAt)
        case .ticket(.scansUploaded(let event)): decided(at: event.uploadedAt)
        case .ticket(.changed(let event)): evolve(event, &undo)
        case .waitlist(let event): evolve(event, &undo)
        }
        return undo
    }

    public mutating func revert(_ undo: Undo) {
        if undo.createdShow {
            self = Self()
            return
        }
        if let before = undo.before {
            self = before.state
            return
        }
        for seat in undo.seats.reversed() { set(seat.index, to: seat.before) }
        for area in undo.areas.reversed() { freeInArea[area.index] = area.before }
        for order in undo.orders.reversed() { orders[order.id] = order.before }
        for (hold, before) in undo.orderOfHold.reversed() { orderOfHold[hold] = before }
        for listing in undo.listings.reversed() { listings[listing.seat] = listing.before }
        if let allocations = undo.allocations { self.allocations = allocations }
        for admission in undo.admissions.reversed() { revert(admission) }
        for user in undo.users.reversed() { placesByUser[user.id] = user.before == 0 ? nil : user.before }
        waitlist.revert(undo.waitlist)
        if undo.cancelledShow { isCancelled = false }
        for (id, before) in undo.holds.reversed() {
            holds[id] = before
            if let before { keep(before) }
        }
        dropEndedExpiries()
        lastDecidedAt = undo.lastDecidedAt
    }

    /// The sequence number of the event that granted or extended a hold is the hold's fencing token.
    public mutating func didRecord(_ event: ShowEvent, at position: Int64) {
        switch event {
        case .hold(.placed(let placed)): holds[placed.holdID]?.fencingToken = position
        case .hold(.changed(let changed)): holds[changed.hold.holdID]?.fencingToken = position
        case .order(.started(let started)) where started.extendsHold:
            holds[started.holdID]?.fencingToken = position
        case .created, .changed, .places, .allocations, .admission, .cancelled, .hold, .order, .ticket, .waitlist: break
        }
    }

    private mutating func evolve(_ event: HoldEvent, _ undo: inout Undo) {
        switch event {
        case .placed(let placed):
            undo.holds.append((placed.holdID, holds[placed.holdID]))
            mark(placed.seats.map(\.index), as: .held, &undo)
            add(placed.areas, times: -1, &undo)
            let hold = Hold(placed)
            count(hold.count, for: placed.userID, &undo)
            keep(hold)
            claim(hold.admission, &undo)
            decided(at: placed.placedAt)
        case .changed(let event): evolve(event, &undo)
        case .released(let ended), .expired(let ended):
            let hold = holds.removeValue(forKey: ended.holdID)
            undo.holds.append((ended.holdID, hold))
            endOffer(of: hold, &undo)
            count(-(hold?.count ?? 0), for: ended.userID, &undo)
            free(ended, &undo)
            decided(at: ended.endedAt)
            dropEndedExpiries()
        }
    }

    private mutating func evolve(_ event: OrderEvent, _ undo: inout Undo) {
        switch event {
        case .started(let event): evolve(event, &undo)
        case .sold(let event): evolve(event, &undo)
        case .failed(let event):
            if var hold = holds[event.holdID] {
                undo.holds.append((event.holdID, hold))
                hold.orderID = nil
                holds[event.holdID] = hold
            }
            change(event.orderID, &undo) { order in
                order.phase = .failed
                order.payment = Order.Payment(leftBy: event.payment)
                order.needsAction = false
                order.isParked = false
            }
            decided(at: event.failedAt)
        case .captured(let event):
            change(event.orderID, &undo) { $0.take(event) }
            decided(at: event.capturedAt)
        case .voided(let event):
            change(event.orderID, &undo) {
                $0.payment = .none
                $0.isParked = false
                $0.refundsDue = [:]
            }
            decided(at: event.voidedAt)
        case .refunded(let event):
            change(event.orderID, &undo) { $0.take(event) }
            decided(at: event.refundedAt)
        case .parked(let event):
            change(event.orderID, &undo) { $0.isParked = true }
            decided(at: event.parkedAt)
        case .resumed(let event):
            change(event.orderID, &undo) { $0.isParked = false }
            decided(at: event.resumedAt)
        case .returned(let event):
            var returned = 0
            change(event.orderID, &undo) { order in
                var price: Int64 = 0
                for number in event.tickets where number > 0 && number <= order.tickets.count {
                    returned += order.tickets[number - 1].isSomebodys ? 1 : 0
                    price.add(order.tickets[number - 1].price)
                    order.tickets[number - 1].goBack()
                }
                order.owe(event.refundID, event.amount)
                order.useCredit(for: price, event.amount)
                order.isParked = false
                order.isInReview = event.needsDecision
            }
            count(-returned, for: event.userID, &undo)
            for index in event.resaleSeats { list(nil, index, &undo) }
            mark(event.seatIndexes, as: .available, &undo)
            mark(event.blockedSeats, as: .blocked, &undo)
            add(event.areas, times: 1, &undo)
            decided(at: event.returnedAt)
        case .swapped(let event): evolve(event, &undo)
        case .money(let event):
            change(event.orderID, &undo) { $0.take(event) }
            decided(at: event.at)
        }
    }

    private mutating func evolve(_ event: PurchaseStarted, _ undo: inout Undo) {
        decided(at: event.startedAt)
        guard var hold = holds[event.holdID] else { return }
        undo.holds.append((event.holdID, hold))
        hold.orderID = event.orderID
        if event.extendsHold {
            hold.expiresAt = event.expiresAt
            hold.hasBeenExtended = true
            hold.fencingToken = nil
        }
        keep(hold)
        undo.orders.append((event.orderID, orders[event.orderID]))
        orders[event.orderID] = Order(payingFor: hold)
        for id in [event.holdID] + hold.mergedHolds {
            undo.orderOfHold.append((id, orderOfHold[id]))
            orderOfHold[id] = event.orderID
        }
    }

    private mutating func evolve(_ event: SeatsSold, _ undo: inout Undo) {
        decided(at: event.soldAt)
        var held = 0
        if event.wasHeld {
            let hold = holds.removeValue(forKey: event.holdID)
            undo.holds.append((event.holdID, hold))
            endOffer(of: hold, &undo)
            held = hold?.count ?? 0
            dropEndedExpiries()
        } else {
            add(event.areas, times: -1, &undo)
        }
        mark(event.seats.map(\.index), as: .sold, &undo)
        for resold in event.resold {
            let price = ticket(resold.ticketID)?.ticket.price ?? resold.amount
            change(resold.ticketID, &undo) { $0.status = .resold }
            if let seller = resold.ticketID.order {
                change(seller, &undo) { order in
                    order.owe(resold.refundID, resold.amount)
                    order.useCredit(for: price, resold.amount)
                }
                count(-1, for: resold.sellerID, &undo)
            }
            list(nil, resold.seatIndex, &undo)
        }
        let agreed = event.fares.isEmpty ? orders[event.orderID]?.fares ?? event.fares : event.fares
        let tickets = tickets(seats: event.seats, areas: event.areas, fares: agreed, owner: event.userID)
        count(tickets.count - held, for: event.userID, &undo)
        complete(event.admission, &undo)
        change(event.orderID, &undo) { order in
            order.phase = .sold
            order.payment = .authorized
            order.paymentID = event.paymentID
            order.needsAction = false
            order.isParked = false
            order.tickets = tickets
        }
    }

    private mutating func evolve(_ event: TicketChanged, _ undo: inout Undo) {
        decided(at: event.changedAt)
        change(event.ticketID, &undo) { $0.apply(event.change) }
        switch event.change {
        case .listed(let index, _):
            list(event.ticketID, index, &undo)
            mark([index], as: .resale, &undo)
        case .unlisted(let index):
            list(nil, index, &undo)
            mark([index], as: .sold, &undo)
        case .offered, .offerWithdrawn, .accepted: break
        }
    }

    private mutating func change(_ id: OrderID, _ undo: inout Undo, _ body: (inout Order) -> Void) {
        guard var order = orders[id] else { return }
        undo.orders.append((id, order))
        body(&order)
        orders[id] = order
    }

    private mutating func change(_ id: TicketID, _ undo: inout Undo, _ body: (inout Ticket) -> Void) {
        guard let order = id.order, let number = id.number, ticket(id) != nil else { return }
        change(order, &undo) { body(&$0.tickets[number - 1]) }
    }

    private mutating func list(_ ticket: TicketID?, _ seat: Int, _ undo: inout Undo) {
        undo.listings.append((seat, listings[seat]))
        listings[seat] = ticket
    }
}
