// What the provider told of an order's money, and what operators decided, as views keep it.
extension OrderRecord {
    /// What an operator may do about an order that waits for one.
    public enum Way: String, CaseIterable, Equatable, Sendable {
        /// Try the payment again.
        case retry
        /// Give the payment up, and revoke its tickets.
        case void
        /// Leave things as they are.
        case accept
        /// Stop tickets for now.
        case suspend
        /// Let suspended tickets be used again.
        case restore
        /// End tickets without a refund.
        case end
    }

    /// It waits for an operator, with a payment or with its tickets.
    public var needsOperator: Bool { parkedBecause != nil || review != nil }

    /// What the operator may do; empty where there is nothing to do.
    public var ways: [Way] {
        guard parkedBecause != nil else { return review == nil ? [] : [.accept, .suspend, .restore, .end] }
        switch work {
        case .authorize, .capture: return [.retry, .void]
        case .void, .refund: return [.retry, .accept]
        case nil: return [.accept]
        }
    }

    /// The payment process or an operator has something to do, or the provider may yet.
    public var isOpen: Bool { work != nil || needsOperator || isDisputed }

    /// A dispute is not closed.
    public var isDisputed: Bool { disputes.contains { !$0.status.isClosed } }

    /// Minor units that are on their way back.
    var due: Int64 { refunds.reduce(0) { $1.isDone ? $0 : $0.plus($1.amount) } }

    mutating func apply(_ event: MoneyEvent) {
        switch event {
        case .actionRequired(let action):
            status = .requiresAction
            paymentID = action.paymentID
            sealedSecret = action.sealedSecret
        case .refunded(let refunded):
            settle(refunded.settled)
            let id = RefundID(refunded.refundID)
            if let index = refunds.firstIndex(where: { $0.isProviders && $0.refundID == id }) {
                refunds[index].amount.add(refunded.amount)
            } else {
                refunds.append(Refund(refundID: id, amount: refunded.amount, isDone: true, isProviders: true))
            }
            parkedBecause = nil
            if refunded.needsDecision { review = "money was refunded at the provider, and tickets are valid" }
        case .disputed(let changed):
            settle(changed.settled)
            let dispute = Dispute(
                disputeID: changed.disputeID, status: changed.status, amount: changed.amount, reason: changed.reason)
            if let index = disputes.firstIndex(where: { $0.disputeID == changed.disputeID }) {
                disputes[index] = dispute
            } else {
                disputes.append(dispute)
            }
            if changed.status.isClosed { parkedBecause = nil }
            review = changed.needsDecision ? "the payment is disputed: \(changed.status.rawValue)" : nil
        case .accepted(let accepted):
            settle(accepted.settled)
            parkedBecause = nil
            review = nil
        case .suspended(let suspended):
            for number in suspended.tickets { change(TicketID(number, of: orderID)) { $0.suspend() } }
        case .restored(let restored):
            for number in restored.tickets { change(TicketID(number, of: orderID)) { $0.restore() } }
        }
    }

    /// What is due is less by that much, the earliest refunds first.
    mutating func reduceDue(by amount: Int64) {
        var left = amount
        var settled: [SettledRefund] = []
        for refund in refunds where !refund.isDone && left > 0 {
            let part = min(left, refund.amount)
            settled.append(SettledRefund(refundID: refund.refundID, amount: part, isWhole: part == refund.amount))
            left = left.minus(refund.amount)
        }
        settle(settled)
    }

    private mutating func settle(_ settled: [SettledRefund]) {
        for part in settled {
            guard let index = refunds.firstIndex(where: { !$0.isDone && $0.refundID == part.refundID }) else {
                continue
            }
            refunds[index].amount = refunds[index].amount.minus(max(0, part.amount))
            if refunds[index].amount <= 0 { refunds.remove(at: index) }
        }
    }
}
