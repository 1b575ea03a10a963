import Domain

/// Promise 2, against both the log and the provider's ledger: no charge without a ticket, no ticket without a charge.
///
/// What a restore lost, promise 3 says, nobody loses who runs the log on more than one machine; here it is lost all the
/// same, and the provider remembers what the log does not. Then less can be promised, and this is what is:
/// * No order is charged twice, no refund is made twice, and none is made of more than was charged.
/// * Money that was captured or given back was so because the log said at that time that it be, in a part of it that no
///   failover takes back.
/// * An order whose start is still in the log is settled by what the provider has, so nothing of it stays authorized. If
///   it was captured, it is sold, or given back, or an operator is told of it.
/// * Of an order whose start was lost nobody knows. Its authorization lapses at the provider by itself; if it was
///   captured, only the comparison of the provider's books with the log finds it.
struct PaymentHistory {
    /// Orders that were sold at some time, also in a part of the log that was lost.
    var sold: Set<OrderID> = []
    /// The same for refunds that were due, with their amounts.
    var due: [RefundID: Set<Int64>] = [:]
    /// The positions of those events.
    var soldAt: [OrderID: Int64] = [:]
    var endedAt: [OrderID: Int64] = [:]
    var dueAt: [RefundID: Int64] = [:]
    /// Orders that the log has lost something of.
    var lost: Set<OrderID> = []
    /// Orders that the provider has charged.
    var charged: Set<OrderID> = []

    mutating func take(_ event: ShowEvent, at position: Int64) {
        switch event {
        case .order(.sold(let event)):
            sold.insert(event.orderID)
            soldAt[event.orderID] = position
            for resold in event.resold {
                due[resold.refundID, default: []].insert(resold.amount)
                dueAt[resold.refundID] = position
            }
        case .order(.returned(let event)):
            due[event.refundID, default: []].insert(event.amount)
            dueAt[event.refundID] = position
            endedAt[event.orderID] = position
        case .order(.swapped(let event)):
            due[event.refundID, default: []].insert(event.amount)
            dueAt[event.refundID] = position
        case .order(.failed(let event)): endedAt[event.orderID] = position
        case .created, .changed, .places, .allocations, .admission, .hold, .order, .ticket, .cancelled, .waitlist:
            break
        }
    }

    mutating func lose(_ event: ShowEvent) { lost.formUnion(OrderRecord.ids(in: event)) }
}

extension Judge {
    /// Money moved at the provider, just now, when the log is durable up to a position.
    mutating func moved(_ effect: SimulatedProvider.Effect, durable: Int64) {
        switch effect {
        case .captured(let id, let amount):
            payments.charged.insert(id)
            guard payments.sold.contains(id) else {
                return accuse(.noChargeWithoutATicket, "\(id) is charged, and its sale is not in the log")
            }
            if !payments.lost.contains(id), let order = ledger.orders[id] {
                if payments.soldAt[id, default: 0] > durable {
                    accuse(.noChargeWithoutATicket, "\(id) is charged, and its sale may be lost yet")
                }
                if order.status != .sold { accuse(.noChargeWithoutATicket, "\(id) is charged, and is not sold") }
                if order.started.total != amount {
                    accuse(.noChargeWithoutATicket, "\(id) is charged \(amount) instead of \(order.started.total)")
                }
            }
        case .released(let id):
            if !payments.lost.contains(id), payments.endedAt[id, default: 0] > durable {
                accuse(.noChargeWithoutATicket, "the money for \(id) is let go of, and its failure may be lost yet")
            }
        case .refunded(let id, let refund, let amount):
            if refund == RefundID(ofStrayCharge: id), payments.lost.contains(id), ledger.orders[id]?.status == .failed {
                return
            }
            guard let due = payments.due[refund], due.contains(amount) else {
                return accuse(.noChargeWithoutATicket, "\(refund) of \(id) gives \(amount) back, and that is not due")
            }
            if !payments.lost.contains(id), payments.dueAt[refund, default: 0] > durable {
                accuse(.noChargeWithoutATicket, "\(refund) of \(id) gives \(amount) back, and may not be due")
            }
        }
    }

    /// In the end: what the provider has is what the log says.
    mutating func balances(_ accounts: [OrderID: SimulatedProvider.Account]) {
        for (id, account) in accounts.sorted(by: { $0.key < $1.key }) {
            if account.timesCharged > 1 {
                accuse(.noChargeWithoutATicket, "\(id) is charged \(account.timesCharged) times")
            }
            guard let order = ledger.orders[id] else {
                if !payments.lost.contains(id) { accuse(.noChargeWithoutATicket, "\(id) has a payment and is nowhere") }
                if account.state == .captured { tally.chargesLost += 1 }
                continue
            }
            let wrong = payments.lost.contains(id) ? roughDifference(order, account) : difference(order, account)
            if let wrong { accuse(.noChargeWithoutATicket, "\(id) \(wrong)") }
        }
        for (id, order) in ledger.orders.sorted(by: { $0.key < $1.key })
        where accounts[id] == nil && order.status == .sold {
            accuse(.noChargeWithoutATicket, "\(id) is sold, and the provider knows nothing of it")
        }
    }

    private func difference(_ order: Ledger.Order, _ account: SimulatedProvider.Account) -> String? {
        switch account.state {
        case .pending, .authorized: return "is settled, and its authorization is not"
        case .voided, .declined: return order.payment == .none ? nil : "is captured in the log alone"
        case .captured:
            guard order.payment == .captured, order.paymentID == account.paymentID else {
                return "is captured without the log"
            }
            guard account.captured == order.started.total else { return "is charged another amount" }
            guard order.foreign.isEmpty else {
                return account.refunded == order.moneyReturned
                    ? nil : "has \(account.refunded) given back, and \(order.moneyReturned) by the log"
            }
            let refunds = order.refunds.mapValues(\.amount)
            return account.refunds == refunds ? nil : "is refunded \(account.refunds) instead of \(refunds)"
        }
    }

    private func roughDifference(_ order: Ledger.Order, _ account: SimulatedProvider.Account) -> String? {
        switch account.state {
        case .pending, .authorized: return "lost something, is settled, and its authorization is not"
        case .voided, .declined: return order.payment == .none || order.isParked ? nil : "is captured in the log alone"
        case .captured:
            guard account.refunded <= account.captured else { return "is given back more than it paid" }
            if order.payment == .captured || order.isParked { return nil }
            return account.refunded == account.captured ? nil : "is captured without the log"
        }
    }

    // MARK: What is left to do

    /// The orders whose payment waits for an operator.
    var parked: [OrderID] { ledger.orders.filter(\.value.isParked).keys.sorted() }

    /// What is not settled yet; nil: all is.
    var unsettled: String? {
        let open = ledger.orders.filter { $0.value.isOpen && !isBeyondHelp($0.key, $0.value) }
        if let (id, order) = open.min(by: { $0.key < $1.key }) {
            return "order \(id) is not settled: \(order.status), \(order.payment)\(order.isParked ? ", parked" : "")"
        }
        for (id, order) in ledger.orders where ledger.shows[order.show]?.isCancelled == true {
            if order.tickets.contains(where: \.isSomebodys) { return "order \(id) of a cancelled show is not returned" }
        }
        return nil
    }

    /// Money that others moved at the provider, and that is not on record yet; nil: none.
    func unrecorded(_ accounts: [OrderID: SimulatedProvider.Account]) -> String? {
        for (id, account) in accounts.sorted(by: { $0.key < $1.key }) where account.movedAt != nil {
            guard let order = ledger.orders[id], order.payment == .captured, !payments.lost.contains(id) else {
                continue
            }
            if account.refunded != order.moneyReturned { return "of order \(id) others gave money back" }
            if account.dispute?.status != order.disputes.values.first { return "order \(id) is disputed" }
        }
        return nil
    }

    /// The provider has taken money that the log has lost, and nothing that the payment process may do settles it.
    private func isBeyondHelp(_ id: OrderID, _ order: Ledger.Order) -> Bool {
        order.isParked && payments.lost.contains(id) && payments.charged.contains(id)
    }
}
