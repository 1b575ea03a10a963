@testable import Domain
import Testing

extension Ledger {
    struct Ticket {
        var id: TicketID
        var seat: Int?
        var area: AreaID?
        var price: Int64
        var type = ""
        var owner: UserID
        var generation = 1
        var status = TicketStatus.valid
        var passes: [DoorPass] = []
        var offeredTo: UserID?

        var isSomebodys: Bool { [.valid, .listed, .scanned, .outside, .suspended].contains(status) }
    }

    struct Order {
        enum Phase {
            case authorizing, failed, sold
        }
        enum Money {
            /// None is to be taken, and none can be any more.
            case none
            case maybeAuthorized, authorized, captured
        }

        var started: PurchaseStarted
        /// Those that it pays for.
        var holds: [HoldID] = []
        var phase = Phase.authorizing
        var money = Money.maybeAuthorized
        var paymentID = ""
        var tickets: [Ticket] = []
        /// All there ever were, with their amounts.
        var refunds: [RefundID: Int64] = [:]
        var refunded: [RefundID: Int64] = [:]
        /// What a refund that was made left unpaid: it is owed anew at once.
        var unpaid: Int64 = 0
        var isParked = false
        var needsAction = false
        /// Minor units that were taken.
        var captured: Int64 = 0
        /// What went back without our asking: by the provider's id of the refund, or of the dispute that was lost.
        var external: [String: Int64] = [:]
        /// What was due, and is settled elsewhere.
        var writtenOff: Int64 = 0
        /// What tickets cost less since they are for other seats.
        var saved: Int64 = 0
        /// Tickets that ended without a refund.
        var ended: Set<TicketID> = []
        var disputes: [String: DisputeChanged.Status] = [:]
        var isInReview = false
        /// All of it was taken back before its money came.
        var isRevoked = false

        var id: OrderID { started.orderID }
        var userID: UserID { started.userID }
        var isBought: Bool { phase == .sold && (money != .none || started.total == 0) }
        var hasTickets: Bool { tickets.contains(where: \.isSomebodys) }
        var due: [RefundID: Int64] { refunds.filter { $0.value > 0 && refunded[$0.key] == nil } }
    }

    func ticket(_ id: TicketID) -> Ticket? { orders.values.lazy.flatMap(\.tickets).first { $0.id == id } }

    private mutating func update(_ id: TicketID, _ body: (inout Ticket) -> Void) {
        for (order, content) in orders {
            if let index = content.tickets.firstIndex(where: { $0.id == id }) {
                body(&orders[order, default: content].tickets[index])
                return
            }
        }
        Issue.record("ticket \(id) is not there")
    }

    /// Every event but the first is about an order that is there, and says whose it is.
    private mutating func with(_ id: OrderID, _ user: UserID, at time: Timestamp, _ body: (inout Order) -> Void) {
        advance(to: time)
        guard var order = orders[id] else {
            Issue.record("order \(id) is not there")
            return
        }
        #expect(order.userID == user)
        body(&order)
        orders[id] = order
    }

    // MARK: Purchases

    mutating func start(_ event: PurchaseStarted) {
        advance(to: event.startedAt)
        #expect(orders[event.orderID] == nil)
        guard var hold = holds[event.holdID] else {
            Issue.record("a purchase of a hold that is not there")
            return
        }
        #expect(!isCancelled && !hold.isOver(at: event.startedAt))
        #expect(hold.order == nil, "two pay for one hold")
        #expect(hold.placed.userID == event.userID)
        #expect(hold.placed.total == event.total)
        #expect(event.expiresAt >= hold.placed.expiresAt)
        if event.extendsHold {
            #expect(!hold.isExtended, "once")
            #expect(event.expiresAt == event.startedAt.adding(seconds: show.paymentSeconds))
            hold.isExtended = true
            hold.token = position
        } else {
            #expect(event.expiresAt == hold.placed.expiresAt)
        }
        hold.placed.expiresAt = event.expiresAt
        hold.order = event.orderID
        holds[event.holdID] = hold
        orders[event.orderID] = Order(started: event, holds: [event.holdID] + hold.merged)
        placesOfOrder[event.orderID] = hold.placed
        pricesOfOrder[event.orderID] = hold.prices
    }

    mutating func sell(_ event: SeatsSold) {
        #expect(!isCancelled)
        let places = placesOfOrder[event.orderID]
        #expect(event.seats == places?.seats && event.areas == places?.areas)
        if event.wasHeld {
            let hold = holds.removeValue(forKey: event.holdID)
            #expect(hold?.order == event.orderID)
            #expect(hold?.isOver(at: event.soldAt) == false)
        } else {
            #expect(show.regrantsLatePayments)
            #expect(holds[event.holdID] == nil)
            for area in event.areas { take(area) }
        }
        for seat in event.seats {
            #expect(holder(ofSeat: seat.index) == nil, "seat \(seat.guid) is another's")
            let resold = event.resold.first { $0.seatIndex == seat.index }
            #expect(ticket(ofSeat: seat.index) == resold?.ticketID, "seat \(seat.guid) has two owners")
        }
        #expect(event.resold.map(\.seatIndex) == places?.resaleSeats)
        for resold in event.resold {
            let ticket = ticket(resold.ticketID)
            #expect(listed.removeValue(forKey: resold.seatIndex) == resold.ticketID)
            #expect(ticket?.seat == resold.seatIndex && ticket?.status == .listed)
            let price = ticket?.price ?? 0
            #expect(resold.amount >= 0 && resold.amount <= price)
            #expect(ticket?.owner == resold.sellerID && resold.sellerID != event.userID)
            update(resold.ticketID) { $0.status = .resold }
            guard let seller = orders.values.first(where: { $0.tickets.contains { $0.id == resold.ticketID } }) else {
                continue
            }
            with(seller.id, resold.sellerID, at: event.soldAt) {
                #expect($0.money == .captured && $0.paymentID == resold.paymentID)
                Self.owe(resold.refundID, resold.amount, &$0)
            }
        }
        #expect(event.admission == places?.admission)
        if let admission = event.admission { endedAdmissions.insert(admission) }
        let prices = pricesOfOrder[event.orderID] ?? []
        #expect(event.fares.all.map(\.amount) == prices, "sold for what it was held for")
        let seats = event.seats.map { (seat: $0.index as Int?, area: nil as AreaID?) }
        let units = event.areas.flatMap { area in
            repeatElement((seat: nil as Int?, area: area.areaID as AreaID?), count: area.quantity)
        }
        with(event.orderID, event.userID, at: event.soldAt) { order in
            #expect(order.phase == .authorizing)
            #expect(event.total == order.started.total)
            #expect(event.paymentID.isEmpty == (event.total == 0))
            order.phase = .sold
            order.money = .authorized
            order.paymentID = event.paymentID
            order.isParked = false
            order.needsAction = false
            let types = Array(event.fares.all).map(\.ticketType)
            order.tickets = zip(seats + units, prices).enumerated().map { index, place in
                Ticket(
                    id: TicketID("\(event.orderID)-\(index + 1)"), seat: place.0.seat, area: place.0.area,
                    price: place.1, type: types[index], owner: event.userID)
            }
            #expect(order.tickets.reduce(0) { $0 + $1.price } == event.total, "what is paid is what the tickets cost")
        }
    }

    mutating func fail(_ event: PurchaseFailed) {
        if let hold = holds[event.holdID] {
            #expect(hold.order == event.orderID)
            holds[event.holdID]?.order = nil
        }
        with(event.orderID, event.userID, at: event.failedAt) { order in
            #expect(order.phase == .authorizing)
            order.phase = .failed
            order.isParked = false
            switch event.payment {
            case .none: order.money = .none
            case .unknown: order.money = .maybeAuthorized
            case .authorized(let id):
                #expect(!id.isEmpty)
                order.money = .authorized
            }
            order.needsAction = false
        }
    }

    mutating func capture(_ event: PaymentCaptured) {
        with(event.orderID, event.userID, at: event.capturedAt) { order in
            #expect(order.phase == .sold && order.money == .authorized, "captured once, and only what was sold")
            #expect(event.amount <= order.started.total && (event.amount > 0) == (order.started.total > 0))
            order.money = .captured
            order.captured = event.amount
            order.isParked = false
            // No more can go back than was taken.
            var over = order.due.values.reduce(0, +) - event.amount
            for (id, due) in order.due.sorted(by: { $0.key < $1.key }) where over > 0 {
                order.refunds[id] = due - min(due, over)
                over -= min(due, over)
            }
        }
    }

    mutating func void(_ event: PaymentVoided) {
        with(event.orderID, event.userID, at: event.voidedAt) { order in
            #expect(order.phase != .authorizing && !order.hasTickets, "a ticket without a charge")
            #expect(order.money == .authorized || order.money == .maybeAuthorized)
            order.money = .none
            order.refunds = [:]
            order.isParked = false
        }
    }

    mutating func refund(_ event: PaymentRefunded) {
        with(event.orderID, event.userID, at: event.refundedAt) { order in
            #expect(order.money == .captured)
            order.unpaid = (order.due[event.refundID] ?? 0) - event.amount
            #expect(order.unpaid >= 0 && event.amount > 0)
            order.refunded[event.refundID] = event.amount
            order.isParked = false
        }
    }

    mutating func park(_ event: PaymentParked) {
        with(event.orderID, event.userID, at: event.parkedAt) {
            #expect(!$0.isParked && $0.money != .none)
            $0.isParked = true
        }
    }

    mutating func resume(_ event: PaymentResumed) {
        with(event.orderID, event.userID, at: event.resumedAt) {
            #expect($0.isParked)
            $0.isParked = false
        }
    }

    mutating func move(_ event: MoneyEvent) {
        with(event.orderID, event.userID, at: event.at) { order in
            switch event {
            case .actionRequired(let action):
                #expect(order.phase == .authorizing && !order.needsAction && !action.paymentID.isEmpty)
                order.needsAction = true
            case .refunded(let refunded):
                #expect(order.money == .captured && refunded.amount > 0)
                order.external[refunded.refundID, default: 0] += refunded.amount
                Self.settle(refunded.settled, &order)
                order.isInReview = order.isInReview || refunded.needsDecision
                order.isParked = false
            case .disputed(let changed):
                #expect(order.money == .captured)
                #expect(order.disputes.updateValue(changed.status, forKey: changed.disputeID) != changed.status)
                if changed.status == .lost { order.external[changed.disputeID, default: 0] += changed.amount }
                Self.settle(changed.settled, &order)
                order.isInReview = changed.needsDecision
                if changed.status.isClosed { order.isParked = false }
            case .accepted(let accepted):
                #expect(order.isParked || order.isInReview)
                order.writtenOff += Self.settle(accepted.settled, &order)
                #expect(order.due.isEmpty)
                order.isParked = false
                order.isInReview = false
            case .suspended(let suspended):
                for number in suspended.tickets {
                    #expect([.valid, .scanned, .outside].contains(order.tickets[number - 1].status))
                    order.tickets[number - 1].status = .suspended
                    order.tickets[number - 1].offeredTo = nil
                }
            case .restored(let restored):
                for number in restored.tickets {
                    #expect(order.tickets[number - 1].status == .suspended)
                    let last = order.tickets[number - 1].passes.last?.direction
                    order.tickets[number - 1].status = last == .entry ? .scanned : last == .exit ? .outside : .valid
                }
            }
        }
    }

    @discardableResult
    private static func settle(_ settled: [SettledRefund], _ order: inout Order) -> Int64 {
        for part in settled {
            #expect(order.due[part.refundID, default: 0] >= part.amount, "more is settled than was due")
            #expect(part.isWhole == (order.due[part.refundID] == part.amount))
            order.refunds[part.refundID, default: 0] -= part.amount
        }
        return settled.reduce(0) { $0 + $1.amount }
    }

    private static func owe(_ refund: RefundID, _ amount: Int64, _ order: inout Order) {
        #expect(order.refunds[refund] == nil, "a refund's id is its own")
        order.refunds[refund] = amount
    }

    // MARK: Tickets

    mutating func takeBack(_ event: TicketsReturned) {
        guard !event.tickets.isEmpty else {
            return with(event.orderID, event.userID, at: event.returnedAt) { order in
                #expect(event.amount > 0 && event.amount == order.unpaid && order.money == .captured)
                #expect(event.seatIndexes.isEmpty && event.areas.isEmpty)
                order.unpaid = 0
                order.isInReview = event.needsDecision
                Self.owe(event.refundID, event.amount, &order)
            }
        }
        #expect((event.reason == .showCancelled) == isCancelled || event.reason == .revoked)
        #expect(event.reason != .ended || event.amount == 0)
        let ids = event.tickets.map { TicketID("\(event.orderID)-\($0)") }
        let tickets = ids.compactMap(ticket)
        #expect(tickets.count == ids.count && Set(ids).count == ids.count)
        #expect(tickets.allSatisfy { $0.isSomebodys })
        #expect(tickets.compactMap(\.seat).sorted() == event.seatIndexes)
        #expect(event.seatIndexes.filter { listed[$0] != nil } == event.resaleSeats)
        for seat in event.seatIndexes { #expect(holder(ofSeat: seat) == nil, "somebody is about to buy it") }
        for seat in event.resaleSeats { listed[seat] = nil }
        for area in show.areas {
            let quantity = event.areas.first { $0.areaID == area.areaID }?.quantity ?? 0
            #expect(tickets.count { $0.area == area.areaID } == quantity)
        }
        let price = tickets.reduce(0) { $0 + $1.price }
        #expect(event.amount >= 0 && event.amount <= price)
        checkFreed(event.seatIndexes, [], event.blockedSeats, event.areas)
        for id in ids {
            update(id) {
                $0.status = .returned; $0.offeredTo = nil
            }
        }
        with(event.orderID, event.userID, at: event.returnedAt) { order in
            #expect(order.phase == .sold && order.money != .none && order.paymentID == event.paymentID)
            if event.reason == .requested { #expect(order.money == .captured) }
            if event.reason == .revoked { #expect(order.money == .authorized) }
            order.isParked = false
            if order.money != .captured { order.isRevoked = true }
            if event.reason == .ended { order.ended.formUnion(ids) }
            #expect(!event.needsDecision || order.isInReview && order.hasTickets)
            order.isInReview = event.needsDecision
            Self.owe(event.refundID, event.amount, &order)
        }
    }

    mutating func swap(_ event: TicketsSwapped) {
        #expect(!isCancelled && !event.swaps.isEmpty)
        let numbers = event.swaps.map(\.ticket)
        #expect(numbers == Set(numbers).sorted())
        let (old, new) = (event.swaps.map(\.oldSeat).sorted(), event.swaps.map(\.seat.index).sorted())
        #expect(Set(new).count == new.count && Set(new).isDisjoint(with: old))
        for seat in event.swaps.map(\.seat) {
            #expect(seats[seat.index].guid == seat.guid)
            #expect(holder(ofSeat: seat.index) == nil && ticket(ofSeat: seat.index) == nil, "\(seat.guid) is taken")
        }
        #expect(event.allocatedSeats == new.filter { allocation(ofSeat: $0) != nil })
        checkFreed(old, [], event.blockedSeats, [])
        with(event.orderID, event.userID, at: event.swappedAt) { order in
            #expect(order.phase == .sold && order.money == .captured && order.paymentID == event.paymentID)
            var saved: Int64 = 0
            for swap in event.swaps {
                var ticket = order.tickets[swap.ticket - 1]
                #expect(ticket.seat == swap.oldSeat && ticket.status == .valid && ticket.offeredTo == nil)
                #expect(swap.generation == ticket.generation + 1)
                saved += ticket.price - swap.fare.amount
                (ticket.seat, ticket.generation) = (swap.seat.index, swap.generation)
                (ticket.price, ticket.type) = (swap.fare.amount, swap.fare.ticketType)
                order.tickets[swap.ticket - 1] = ticket
            }
            #expect(saved >= 0 && event.amount >= 0 && event.amount <= saved)
            order.saved += saved
            Self.owe(event.refundID, event.amount, &order)
        }
    }

    mutating func scan(_ event: TicketScanned) {
        advance(to: event.recordedAt)
        #expect(!isCancelled)
        #expect(ticket(event.ticketID).map { place(of: $0) } == event.place)
        update(event.ticketID) {
            let isEntry = event.pass.direction == .entry
            #expect(isEntry ? $0.status == .valid || $0.status == .outside : $0.status == .scanned)
            #expect($0.owner == event.ownerID)
            // A device's clock may be a little ahead of everybody's.
            #expect(event.pass.at >= min($0.passes.last?.at ?? event.pass.at, event.recordedAt), "one was later")
            $0.status = isEntry ? .scanned : .outside
            $0.passes.append(event.pass)
            $0.offeredTo = nil
        }
    }

    mutating func undo(_ event: ScanUndone) {
        advance(to: event.undoneAt)
        #expect(!isCancelled)
        update(event.ticketID) {
            #expect($0.status == .scanned || $0.status == .outside)
            #expect($0.passes.popLast() == event.pass && $0.owner == event.ownerID)
            $0.status = $0.passes.last.map { $0.direction == .entry ? .scanned : .outside } ?? .valid
            #expect(event.status == $0.status)
        }
    }

    /// Slowly: the plan is searched for the seat.
    private func place(of ticket: Ticket) -> TicketPlace {
        var place = placeInPlan(of: ticket)
        place.ticketType = ticket.type
        return place
    }

    private func placeInPlan(of ticket: Ticket) -> TicketPlace {
        if let id = ticket.area, let area = show.areas.first(where: { $0.areaID == id }) {
            return TicketPlace(area: id, block: area.name, category: area.category)
        }
        guard let seat = ticket.seat, let plan = show.seatingPlan else { return TicketPlace() }
        for zone in plan.zones {
            for row in zone.rows {
                for found in row.seats where found.guid == seats[seat].guid {
                    return TicketPlace(
                        seat: found.guid, seatNumber: found.number, row: row.number, block: zone.name,
                        category: plan.categories[found.category].name)
                }
            }
        }
        return TicketPlace()
    }

    mutating func change(_ event: TicketChanged) {
        advance(to: event.changedAt)
        #expect(!isCancelled)
        update(event.ticketID) { ticket in
            #expect(ticket.owner == event.ownerID)
            switch event.change {
            case .offered(let user):
                #expect(ticket.status == .valid && ticket.offeredTo == nil)
                ticket.offeredTo = user
            case .offerWithdrawn(let user):
                #expect(ticket.offeredTo == user)
                ticket.offeredTo = nil
            case .accepted(let user, let generation):
                #expect(ticket.status == .valid && ticket.offeredTo == user && generation == ticket.generation + 1)
                ticket.owner = user
                ticket.generation = generation
                ticket.offeredTo = nil
            case .listed(let seat, let price):
                #expect(
                    ticket.status == .valid && ticket.offeredTo == nil && ticket.seat == seat && ticket.price == price)
                ticket.status = .listed
            case .unlisted(let seat):
                #expect(ticket.status == .listed && ticket.seat == seat)
                ticket.status = .valid
            }
        }
        switch event.change {
        case .listed(let seat, _): #expect(listed.updateValue(event.ticketID, forKey: seat) == nil)
        case .unlisted(let seat):
            #expect(listed.removeValue(forKey: seat) == event.ticketID)
            #expect(holder(ofSeat: seat) == nil)
        case .offered, .offerWithdrawn, .accepted: break
        }
    }

    mutating func cancel(_ event: ShowCancelled) {
        advance(to: event.cancelledAt)
        #expect(!isCancelled)
        #expect(event.orders == orders.values.count { $0.hasTickets })
        isCancelled = true
    }
}
