// From a hold to a paid order. Whatever the payment process proposes is decided here, on what the log says: a step that
// comes too late, twice, or from a process that was replaced changes nothing.
extension ShowState {
    func start(_ command: StartPurchase, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let layout else { throw .showNotFound }
        let holds = try holds(paidBy: command, now: now)
        var hold = holds[0]
        var merging: [ShowEvent] = []
        if holds.count > 1 {
            let merged = try merged(holds, layout, now: now)
            merging = [.hold(.changed(merged))]
            hold = Hold(merged.hold)
            hold.hasBeenExtended = holds.contains(where: \.hasBeenExtended)
        }
        let deadline = now.adding(seconds: layout.show.paymentSeconds)
        let extendsHold = !hold.hasBeenExtended && deadline > hold.expiresAt
        let started = PurchaseStarted(
            orderID: command.orderID, holdID: hold.holdID, userID: hold.userID, paymentMethod: command.paymentMethod,
            total: hold.total, currency: layout.show.currency, startedAt: now,
            expiresAt: extendsHold ? deadline : hold.expiresAt, extendsHold: extendsHold,
            returnURL: command.returnURL)
        guard hold.total == 0 else { return merging + [.order(.started(started))] }
        // Nothing to pay: all of it at once.
        let order = Order(payingFor: hold)
        return merging + [
            .order(.started(started)), .order(.sold(sale(of: command.orderID, order, "", wasHeld: true, now: now))),
            .order(
                .captured(
                    PaymentCaptured(orderID: command.orderID, userID: hold.userID, amount: 0, capturedAt: now))),
        ]
    }

    /// A hold that was paid for names its order, whatever became of that since. Another's hold names nothing.
    func requireNotOrdered(_ hold: HoldID, by user: UserID) throws(Rejection) {
        guard let id = orderOfHold[hold], let order = orders[id], order.userID == user else { return }
        if order.isBought { throw .alreadyOrdered(id) }
        // It may buy the places though the hold's time is over.
        if order.phase == .authorizing, !isCancelled { throw .purchaseInProgress }
    }

    func pay(_ step: PaymentStep, _ id: OrderID, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let order = orders[id] else { throw .orderNotFound }
        switch step {
        case .authorized(let paymentID):
            // What has no name could be neither captured nor voided.
            guard order.phase == .authorizing, !paymentID.isEmpty else { return [] }
            return sell(id, order, paymentID, now: now)
        case .actionRequired(let paymentID, let sealedSecret):
            guard order.phase == .authorizing, !order.needsAction, !paymentID.isEmpty else { return [] }
            guard !isTooLate(order) else { return [tooLate(id, order, now)] }
            return [
                .order(
                    .money(
                        .actionRequired(
                            PaymentActionRequired(
                                orderID: id, userID: order.userID, paymentID: paymentID, sealedSecret: sealedSecret,
                                requiredAt: now))))
            ]
        case .declined(let code):
            guard order.phase == .authorizing else { return [] }
            // Whoever was asked to act can try another card on the same payment: it has to be ended.
            let left: PurchaseFailed.Payment = order.needsAction ? .authorized(order.paymentID) : .none
            return [.order(.failed(failure(of: id, order, .declined(code), left, now)))]
        case .refused(let reason):
            guard order.phase == .authorizing else { return [] }
            return [.order(.failed(failure(of: id, order, .declined(reason), .unknown, now)))]
        case .captured:
            guard order.phase == .sold, order.payment == .authorized else { return [] }
            return [
                .order(
                    .captured(
                        PaymentCaptured(orderID: id, userID: order.userID, amount: order.total, capturedAt: now)))
            ]
        case .voided:
            // While a ticket of a sale is somebody's, its payment is captured and nothing else.
            guard order.phase != .authorizing, [.unknown, .authorized].contains(order.payment), !order.hasTickets else {
                return []
            }
            return [.order(.voided(PaymentVoided(orderID: id, userID: order.userID, voidedAt: now)))]
        case .refunded(let refundID):
            guard order.payment == .captured, let amount = order.refundsDue[refundID] else { return [] }
            return [
                .order(
                    .refunded(
                        PaymentRefunded(
                            orderID: id, userID: order.userID, refundID: refundID, amount: amount, refundedAt: now)))
            ]
        case .parked(let reason):
            guard !order.isParked, order.hasPaymentToSettle else { return [] }
            guard !isTooLate(order) else { return [tooLate(id, order, now)] }
            return [.order(.parked(PaymentParked(orderID: id, userID: order.userID, reason: reason, parkedAt: now)))]
        case .unanswered:
            return isTooLate(order) ? [tooLate(id, order, now)] : []
        case .resumed:
            guard order.isParked else { throw .paymentNotParked }
            return [.order(.resumed(PaymentResumed(orderID: id, userID: order.userID, resumedAt: now)))]
        case .abandoned:
            if order.phase == .authorizing {
                return [.order(.failed(failure(of: id, order, .abandoned, .unknown, now)))]
            }
            guard order.phase == .sold, order.payment == .authorized, order.hasTickets else { throw .orderNotVoidable }
            return returnAll(of: id, .revoked, now: now)
        case .observed(let ledger): return observe(ledger, id, order, now: now)
        case .accepted: return try accept(id, order, now: now)
        case .suspended(let tickets): return try suspend(id, order, tickets, now: now)
        case .restored(let tickets): return try restore(id, order, tickets, now: now)
        case .ended(let tickets): return try end(id, order, tickets, now: now)
        }
    }

    /// Its hold is over, and nobody knows of an authorization: without an answer there is nothing to wait for any more.
    private func isTooLate(_ order: Order) -> Bool { order.phase == .authorizing && holds[order.holdID] == nil }

    func tooLate(_ id: OrderID, _ order: Order, _ now: Timestamp) -> ShowEvent {
        .order(.failed(failure(of: id, order, isCancelled ? .showCancelled : .expired, .unknown, now)))
    }

    /// An authorization came: the moment of decision.
    private func sell(_ id: OrderID, _ order: Order, _ paymentID: String, now: Timestamp) -> [ShowEvent] {
        guard !isCancelled else {
            return [.order(.failed(failure(of: id, order, .showCancelled, .authorized(paymentID), now)))]
        }
        let hold = holds[order.holdID]
        if let hold, !isOver(hold, at: now) {
            return [.order(.sold(sale(of: id, order, paymentID, wasHeld: true, now: now)))]
        }
        var after = self
        var events: [ShowEvent] = []
        if let hold {
            events.append(.hold(.expired(ended(hold, at: now))))
            after.vacate(hold)
        }
        if layout?.show.regrantsLatePayments == true, after.isFree(order) {
            events.append(.order(.sold(after.sale(of: id, order, paymentID, wasHeld: false, now: now))))
        } else {
            events.append(.order(.failed(failure(of: id, order, .expired, .authorized(paymentID), now))))
        }
        return events
    }

    /// The places of `order` could be given to it now.
    private func isFree(_ order: Order) -> Bool {
        guard !waitlist.isBehind else { return false }
        let resale = Set(order.resaleSeats)
        return order.seats.allSatisfy { seat in
            guard seats.indices.contains(seat.index) else { return false }
            guard resale.contains(seat.index) else { return seats[seat.index] == SeatStatus.available.rawValue }
            // Whoever offers it now may be somebody else than then, even the buyer.
            return seats[seat.index] == SeatStatus.resale.rawValue
                && listings[seat.index].flatMap(ticket)?.ticket.owner != order.userID
        }
            && order.areas.allSatisfy { area in
                guard let index = layout?.areaIndex(area.areaID) else { return false }
                let free =
                    area.allocation.isEmpty
                    ? freeInArea[index] : allocations.unitsLeft(of: area.areaID, in: area.allocation)
                return free >= area.quantity
            }
    }

    private func sale(
        of id: OrderID, _ order: Order, _ paymentID: String, wasHeld: Bool, now: Timestamp
    ) -> SeatsSold {
        // Two seats may have one seller.
        var sellers: [OrderID: Order] = [:]
        let resold = order.resaleSeats.compactMap { seat -> ResoldSeat? in
            guard let ticketID = listings[seat], let sellerID = ticketID.order,
                let (sellersOrder, ticket) = ticket(ticketID)
            else { return nil }
            var seller = sellers[sellerID] ?? sellersOrder
            let (refundID, amount) = (seller.nextRefund(of: sellerID), seller.owed(for: ticket.price))
            seller.owe(refundID, amount)
            seller.useCredit(for: ticket.price, amount)
            sellers[sellerID] = seller
            return ResoldSeat(
                seatIndex: seat, ticketID: ticketID, sellerID: ticket.owner, refundID: refundID, amount: amount,
                paymentID: sellersOrder.paymentID)
        }
        return SeatsSold(
            orderID: id, holdID: order.holdID, userID: order.userID, seats: order.seats, areas: order.areas,
            fares: fares(of: order.seats, order.areas, order.fares), wasHeld: wasHeld, resold: resold,
            total: order.total, currency: layout?.show.currency ?? "",
            paymentID: paymentID, soldAt: now, admission: order.admission)
    }

    func failure(
        of id: OrderID, _ order: Order, _ reason: PurchaseFailed.Reason, _ payment: PurchaseFailed.Payment,
        _ now: Timestamp
    ) -> PurchaseFailed {
        PurchaseFailed(
            orderID: id, holdID: order.holdID, userID: order.userID, reason: reason, payment: payment, failedAt: now)
    }
}

extension ShowState.Order {
    /// It sold its places, and its money was not given up before it came.
    var isBought: Bool { phase == .sold && (payment != .none || total == 0) }

    /// Some of its tickets are still somebody's.
    var hasTickets: Bool { tickets.contains(where: \.isSomebodys) }

    /// Something is still to be done with the provider.
    var hasPaymentToSettle: Bool {
        switch payment {
        case .none: false
        case .unknown, .authorized: true
        case .captured: !refundsDue.isEmpty
        }
    }
}
