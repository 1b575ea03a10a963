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
        }
    }
}
