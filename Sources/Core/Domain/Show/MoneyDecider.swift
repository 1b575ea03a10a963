// The provider's ledger is authoritative for money that moved: whatever this log does not have of it is recorded, and
// what is owed is always the difference. About tickets an operator decides.
extension ShowState {
    /// Records what the provider's books have of an order's payment and the log does not.
    func observe(_ ledger: ProviderLedger, _ id: OrderID, _ order: Order, now: Timestamp) -> [ShowEvent] {
        // Another payment than the order's is for `payments reconcile`.
        guard order.phase == .sold, order.paymentID == ledger.paymentID else { return [] }
        var after = order
        var events: [ShowEvent] = []
        if after.payment == .authorized, ledger.captured > 0 {
            let captured = PaymentCaptured(
                orderID: id, userID: order.userID, amount: ledger.captured, capturedAt: now)
            after.take(captured)
            events.append(.order(.captured(captured)))
        }
        guard after.payment == .captured else { return events }
        for refund in ledger.refunds { events += record(refund, ledger.paymentID, id, &after, now: now) }
        for dispute in ledger.disputes where after.disputes[dispute.id]?.status != dispute.status {
            // A dispute that is closed stays so; what says otherwise is an older look.
            guard after.disputes[dispute.id]?.status.isClosed != true else { continue }
            let settles = dispute.status == .lost ? after.settling(dispute.amount) : []
            let changed = DisputeChanged(
                orderID: id, userID: order.userID, paymentID: ledger.paymentID, disputeID: dispute.id,
                status: dispute.status, amount: dispute.amount, reason: dispute.reason, settled: settles,
                needsDecision: after.needsDecision(about: dispute.status), recordedAt: now)
            after.take(changed)
            events.append(.order(.money(.disputed(changed))))
        }
        return events
    }

    private func record(
        _ refund: ProviderLedger.Refund, _ paymentID: String, _ id: OrderID, _ after: inout Order, now: Timestamp
    ) -> [ShowEvent] {
        guard refund.amount > 0 else { return [] }
        var events: [ShowEvent] = []
        if let refundID = refund.refundID, let due = after.refundsDue[refundID] {
            let refunded = PaymentRefunded(
                orderID: id, userID: after.userID, refundID: refundID, amount: min(due, refund.amount), refundedAt: now)
            after.take(refunded)
            events.append(.order(.refunded(refunded)))
            if refund.amount < due {
                events.append(owe(due - refund.amount, id, &after, now: now))
                return events
            }
        }
        let recorded = after.returned[refund.id, default: 0]
            .plus(refund.refundID.map { after.returned[$0.rawValue, default: 0] } ?? 0)
        guard refund.amount > recorded else { return events }
        let difference = refund.amount - recorded
        // Of a refund of ours that the log has lost, its name is not used again.
        let name = refund.refundID.map(\.rawValue).flatMap { after.returned[$0] == nil ? $0 : nil } ?? refund.id
        var refunded = ProviderRefunded(
            orderID: id, userID: after.userID, paymentID: paymentID, refundID: name, amount: difference,
            settled: after.settling(difference), needsDecision: false, recordedAt: now)
        after.take(refunded)
        // Credit is money that went back for tickets which are still somebody's.
        refunded.needsDecision = after.hasTickets && after.credit > 0
        after.isInReview = refunded.needsDecision
        return events + [.order(.money(.refunded(refunded)))]
    }

    /// The provider made a smaller refund of the same name, which a restored log has lost: what is still owed gets another
    /// name, since under one name money goes back once.
    private func owe(_ amount: Int64, _ id: OrderID, _ after: inout Order, now: Timestamp) -> ShowEvent {
        var rest = returned([], of: id, after, .requested, now: now)
        rest.amount = amount
        after.owe(rest.refundID, amount)
        return .order(.returned(rest))
    }

    // MARK: What operators decide

    /// Leaves an order as it is.
    func accept(_ id: OrderID, _ order: Order, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard order.isParked || order.isInReview else { throw .paymentNotParked }
        let accepted = ShowEvent.order(
            .money(
                .accepted(
                    PaymentAccepted(
                        orderID: id, userID: order.userID, settled: order.settling(order.due), acceptedAt: now))))
        guard order.isParked else { return [accepted] }
        switch order.payment {
        case .captured, .none: return [accepted]
        case .unknown, .authorized:
            // A ticket without a charge, or an order without an end, is nothing to leave.
            guard order.phase != .authorizing, !order.hasTickets else { throw .paymentNotAcceptable }
            return [.order(.voided(PaymentVoided(orderID: id, userID: order.userID, voidedAt: now)))]
        }
    }

    func suspend(_ id: OrderID, _ order: Order, _ numbers: [Int]?, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard !isCancelled else { throw .showCancelled }
        let wanted = try order.tickets(numbers) { $0.isSomebodys && $0.status != .suspended }
        let ended = try unlistings(of: wanted, id, order, now: now)
        return ended + [
            .order(
                .money(
                    .suspended(
                        TicketsSuspended(orderID: id, userID: order.userID, tickets: wanted, suspendedAt: now))))
        ]
    }

    func restore(_ id: OrderID, _ order: Order, _ numbers: [Int]?, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard !isCancelled else { throw .showCancelled }
        let wanted = try order.tickets(numbers) { $0.status == .suspended }
        return [
            .order(
                .money(
                    .restored(TicketsRestored(orderID: id, userID: order.userID, tickets: wanted, restoredAt: now))))
        ]
    }

    /// Ends tickets without a refund: their money went back in another way, or does not go back.
    func end(_ id: OrderID, _ order: Order, _ numbers: [Int]?, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard !isCancelled else { throw .showCancelled }
        guard order.payment == .captured else { throw .orderNotCompleted }
        let wanted = try order.tickets(numbers) { $0.isSomebodys }
        try requireUnheld(wanted, order)
        return [.order(.returned(returned(wanted, of: id, order, .ended, now: now)))]
    }

    /// What takes those of the tickets off resale that are on it.
    private func unlistings(
        of numbers: [Int], _ id: OrderID, _ order: Order, now: Timestamp
    ) throws(Rejection) -> [ShowEvent] {
        try requireUnheld(numbers, order)
        return numbers.compactMap { number in
            let ticket = order.tickets[number - 1]
            guard ticket.status == .listed, let seat = ticket.seatIndex else { return nil }
            return .ticket(
                .changed(
                    TicketChanged(
                        ticketID: TicketID(number, of: id), orderUserID: order.userID, ownerID: ticket.owner,
                        change: .unlisted(seatIndex: seat), changedAt: now)))
        }
    }

    /// Nobody is about to buy one of the tickets.
    private func requireUnheld(_ numbers: [Int], _ order: Order) throws(Rejection) {
        for number in numbers {
            let ticket = order.tickets[number - 1]
            guard ticket.status == .listed, let seat = ticket.seatIndex else { continue }
            guard seats.indices.contains(seat), seats[seat] == SeatStatus.resale.rawValue else {
                throw .ticketUnusable(.beingBought)
            }
        }
    }
}

extension ShowState.Order {
    /// The tickets of these numbers, which `isEligible` must hold for; nil: all that it holds for.
    fileprivate func tickets(
        _ numbers: [Int]?, isEligible: (ShowState.Ticket) -> Bool
    ) throws(Rejection) -> [Int] {
        guard let numbers else {
            let all = tickets.indices.filter { isEligible(tickets[$0]) }.map { $0 + 1 }
            guard !all.isEmpty else { throw .ticketNotFound }
            return all
        }
        for number in numbers {
            guard number > 0, number <= tickets.count else { throw .ticketNotFound }
            let ticket = tickets[number - 1]
            guard isEligible(ticket) else { throw .ticketUnusable(Rejection.TicketUse(ticket.status)) }
        }
        guard !numbers.isEmpty else { throw .ticketNotFound }
        return Set(numbers).sorted()
    }

    /// Money went back for tickets that are still somebody's, or may, or tickets are stopped.
    var needsDecision: Bool {
        hasTickets
            && (credit > 0 || disputes.values.contains { !$0.status.isClosed }
                || tickets.contains { $0.status == .suspended })
    }

    fileprivate func needsDecision(about status: DisputeChanged.Status) -> Bool {
        switch status {
        case .inquiry, .open, .fundsWithdrawn, .lost: hasTickets
        case .won: tickets.contains { $0.status == .suspended }
        }
    }
}
