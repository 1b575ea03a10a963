import Domain

/// The provider's ledger beside the log: what the one says of money, and the other does not.
struct Books {
    private let orders: [OrderID: LoggedOrder]
    private let payments: [PaymentsSimulator.Payment]
    private let paymentsOfOrder: [OrderID: [PaymentsSimulator.Payment]]

    init(orders: [OrderID: LoggedOrder], payments: [PaymentsSimulator.Payment]) {
        self.orders = orders
        self.payments = payments
        paymentsOfOrder = Dictionary(grouping: payments) { OrderID($0.order ?? "") }
    }

    /// What must not be at any time, whatever is under way: the ledger has to be read before the log.
    var wrongs: [String] {
        payments.flatMap { payment -> [String] in
            let who = "\(payment.payment) of order \(payment.order ?? "-")"
            guard let id = payment.order.map({ OrderID($0) }), let order = orders[id] else {
                return ["\(who): the log has no such order"]
            }
            var wrongs: [String] = []
            if payment.amount != order.total {
                wrongs.append("\(who): is of \(payment.amount), the order of \(order.total)")
            }
            if payment.captured > 0 {
                if !order.isSold { wrongs.append("\(who): charged, and nothing was sold") }
                if order.isSold, order.paymentID != payment.payment {
                    wrongs.append("\(who): charged, and the sale is by \(order.paymentID ?? "none")")
                }
                if payment.captured != order.total {
                    wrongs.append("\(who): charged \(payment.captured) of \(order.total)")
                }
            }
            for refund in payment.refunds {
                // What somebody made by hand is in the log as what went back, and was never owed.
                let id = RefundID(refund.refund)
                let owed = order.owed[id] ?? order.refunded[id]
                if owed == nil { wrongs.append("\(who): refund \(refund.refund) is not in the log") }
                if let owed, owed != refund.amount {
                    wrongs.append("\(who): refund \(refund.refund) of \(refund.amount), by the log of \(owed)")
                }
            }
            if Set(payment.refunds.map(\.refund)).count < payment.refunds.count {
                wrongs.append("\(who): refunded twice")
            }
            let sum = payment.refunds.reduce(0) { $0 + $1.amount }
            if payment.refunded != sum || payment.refunded > payment.captured {
                wrongs.append("\(who): refunded \(payment.refunded) of \(payment.captured)")
            }
            return wrongs
        }
            + paymentsOfOrder.flatMap { id, payments -> [String] in
                var wrongs: [String] = []
                let charges = payments.reduce(0) { $0 + $1.charges }
                if charges > 1 { wrongs.append("order \(id): charged \(charges) times") }
                let authorizations = payments.reduce(0) { $0 + $1.authorizations }
                if authorizations > 1 { wrongs.append("order \(id): authorized \(authorizations) times") }
                return wrongs
            }
    }

    /// All that differs when everything is settled; nothing should.
    var difference: [String] {
        wrongs
            + orders.flatMap { id, order -> [String] in
                let payments = paymentsOfOrder[id, default: []]
                var faults: [String] = []
                if !order.isSettled { faults.append("order \(id): not settled") }
                if order.isParked { faults.append("order \(id): waits for an operator") }
                if order.isSold == order.hasFailed { faults.append("order \(id): neither sold nor failed, or both") }
                for stray in payments where stray.state == "requires_capture" {
                    faults.append("order \(id): \(stray.payment) is still authorized")
                }
                let captured = payments.reduce(0) { $0 + $1.captured }
                if captured != order.captured ?? 0 {
                    faults.append("order \(id): charged \(captured), by the log \(order.captured ?? 0)")
                }
                let kept = captured - payments.reduce(0) { $0 + $1.refunded }
                if order.total > 0, (order.ticketsLeft > 0) != (kept > 0) {
                    faults.append("order \(id): \(order.ticketsLeft) tickets for \(kept)")
                }
                let refunds = payments.flatMap(\.refunds)
                let ledger = Dictionary(refunds.map { (RefundID($0.refund), $0.amount) }) { $0 + $1 }
                if ledger != order.refunded {
                    faults.append("order \(id): refunds \(ledger), by the log \(order.refunded)")
                }
                return faults
            }
    }
}
