import Domain

/// Money that others moved at the provider, and what is owed with it.
extension Ledger.Order {
    /// Minor units that went back, in whatever way.
    var moneyReturned: Int64 {
        refunds.values.filter(\.isDone).reduce(0) { $0 + $1.amount } + foreign.values.reduce(0, +)
    }

    private var due: Int64 { refunds.values.filter { !$0.isDone }.reduce(0) { $0 + $1.amount } }

    /// What goes back for tickets at `price`: nothing that went back before, and no more than is left.
    func owed(for price: Int64) -> Int64 {
        let left = started.total - (payment == .captured ? moneyReturned : 0) - due
        return max(0, min(price - min(price, credit), left))
    }

    mutating func useCredit(for price: Int64, _ amount: Int64) { credit = max(0, credit - max(0, price - amount)) }

    /// Money went back without our asking: it makes up for what is due.
    fileprivate mutating func settle(_ settled: [SettledRefund], _ amount: Int64) -> String? {
        let whole = min(amount, due)
        guard settled.reduce(0, { $0 + $1.amount }) == whole else { return "settles another part than there is due" }
        if let wrong = settle(settled) { return wrong }
        credit += amount - whole
        return nil
    }

    fileprivate mutating func settle(_ settled: [SettledRefund]) -> String? {
        for part in settled {
            guard let refund = refunds[part.refundID], !refund.isDone, part.amount > 0, part.amount <= refund.amount,
                part.isWhole == (part.amount == refund.amount)
            else { return "settles a refund that is not due" }
            refunds[part.refundID]?.amount -= part.amount
            if part.isWhole { refunds[part.refundID] = nil }
        }
        return nil
    }
}

extension Ledger {
    /// Somebody gave money back at the provider.
    mutating func follow(_ event: ProviderRefunded) -> String? {
        change(event.orderID, event.userID) { order in
            guard order.payment == .captured, order.paymentID == event.paymentID, event.amount > 0,
                order.moneyReturned + event.amount <= order.started.total
            else { return "has more given back than was taken" }
            let wrong = order.settle(event.settled, event.amount)
            order.foreign[event.refundID, default: 0] += event.amount
            order.isParked = false
            return wrong
        }
    }

    /// A dispute began, or was decided.
    mutating func follow(_ event: DisputeChanged) -> String? {
        change(event.orderID, event.userID) { order in
            guard order.payment == .captured, order.paymentID == event.paymentID,
                order.disputes[event.disputeID]?.isClosed != true
            else { return "disputes what was not paid, or is decided" }
            order.disputes[event.disputeID] = event.status
            if event.status.isClosed { order.isParked = false }
            guard event.status == .lost else { return event.settled.isEmpty ? nil : "settles what is not lost" }
            let wrong = order.settle(event.settled, event.amount)
            order.foreign[event.disputeID, default: 0] += event.amount
            return wrong
        }
    }

    /// The operator leaves an order as it is.
    mutating func accept(_ event: PaymentAccepted) -> String? {
        change(event.orderID, event.userID) { order in
            order.isParked = false
            return order.settle(event.settled)
        }
    }
}
