package import Domain
package import EventLog
package import Sequencing

/// What the payment process asks of the sequencer. The same name is the same command, whoever asks it.
extension CommandRequest {
    /// A step of an order's payment, proposed on what the order was at a place in the log: proposed again on the same, it
    /// is the same command. A sequence number alone won't do: after a failover that lost a tail it may come again, and
    /// what was proposed on the first is no answer to the second.
    package init(proposing step: PaymentStep, of order: OrderID, on show: ShowID, seenAt place: LogPosition) {
        self.init(
            bySystem: ShowCommand.payment(step, of: order), on: StreamID(show),
            named: "payment/\(order)/\(step.name)/\(place)")
    }

    /// What the provider's books say of an order's payment. Each reading is a command of its own: what the log made of the
    /// same books before may have been too early, or lost.
    package init(observing ledger: ProviderLedger, of order: OrderID, on show: ShowID, salt: UInt64) {
        self.init(
            bySystem: ShowCommand.payment(.observed(ledger), of: order), on: StreamID(show),
            named: "payment/\(order)/books/\(salt)")
    }

    /// The return of some orders of a cancelled show. One that finds nothing to return is on record too, so that each
    /// needs a salt of its own.
    package init(returningOrdersOf show: ShowID, limit: Int, salt: UInt64) {
        self.init(
            bySystem: ShowCommand.refundCancelled(limit: limit), on: StreamID(show),
            named: "refund-cancelled/\(show)/\(salt)")
    }
}

extension PaymentStep {
    /// Part of recorded ids, so it must not change with what a case is called.
    fileprivate var name: String {
        switch self {
        case .authorized(let paymentID): "authorized/\(paymentID)"
        case .declined(let code): "declined/\(code)"
        case .refused(let reason): "refused/\(reason)"
        case .captured: "captured"
        case .voided: "voided"
        case .refunded(let id): "refunded/\(id)"
        case .parked(let reason): "parked/\(reason)"
        case .unanswered(let salt): "unanswered/\(salt)"
        case .resumed: "resumed"
        case .abandoned: "abandoned"
        case .actionRequired(let paymentID, _): "action-required/\(paymentID)"
        case .observed(let ledger): "observed/\(ledger.name)"
        case .accepted: "accepted"
        case .suspended(let tickets): "suspended/\(tickets ?? [])"
        case .restored(let tickets): "restored/\(tickets ?? [])"
        case .ended(let tickets): "ended/\(tickets ?? [])"
        }
    }
}

extension ProviderLedger {
    /// Part of recorded ids: everything that the books say.
    fileprivate var name: String {
        let refunds = refunds.map { "\($0.id):\($0.refundID?.rawValue ?? ""):\($0.amount)" }
        let disputes = disputes.map { "\($0.id):\($0.status.rawValue):\($0.amount)" }
        return ([paymentID, "\(captured)"] + refunds + disputes).joined(separator: "/")
    }
}
