/// A customer's bank wants the money back (https://docs.stripe.com/api/disputes/object).
struct Dispute: Codable, Equatable, Sendable {
    enum Status: String, Codable, Sendable {
        case inquiry = "warning_needs_response"
        case inquiryClosed = "warning_closed"
        case open = "needs_response"
        case won, lost

        var isClosed: Bool { self == .inquiryClosed || self == .won || self == .lost }
    }

    var id: String
    var created: Int64
    var intent: String
    var amount: Int64
    var currency: String
    var reason: String
    var status: Status

    static let prefix = "dp_sim"

    /// The money is with the bank.
    var holdsFunds: Bool { status == .open || status == .lost }
}

extension NewDispute {
    func decide(_ intent: Intent, number: Int, now: Int64) throws(Failure) -> Ledger.Change {
        guard intent.captured > 0 else {
            throw .invalid("payment_intent", "This PaymentIntent has no successful charge to dispute.")
        }
        let dispute = Dispute(
            id: "\(Dispute.prefix)\(number)", created: now, intent: intent.id, amount: amount ?? intent.captured,
            currency: intent.currency, reason: reason, status: isInquiry ? .inquiry : .open)
        return Ledger.Change(
            answer: .dispute(dispute), dispute: dispute,
            events: ["charge.dispute.created"].appending("charge.dispute.funds_withdrawn", if: dispute.holdsFunds)
                .map { WebhookEvent(type: $0, intent: intent, dispute: dispute) })
    }
}

extension Dispute {
    /// Stripe's tests decide a dispute by what is submitted (https://docs.stripe.com/testing#evidence).
    func contested(_ evidence: String?, _ intent: Intent) throws(Failure) -> Ledger.Change {
        switch evidence {
        case "winning_evidence"?: try closed(isWon: true, intent)
        case "losing_evidence"?: try closed(isWon: false, intent)
        default: Ledger.Change(answer: .dispute(self))
        }
    }

    func closed(isWon: Bool, _ intent: Intent) throws(Failure) -> Ledger.Change {
        guard !status.isClosed else { throw .invalid(nil, "This dispute is already closed.") }
        var next = self
        next.status = status == .inquiry ? .inquiryClosed : isWon ? .won : .lost
        return Ledger.Change(
            answer: .dispute(next), dispute: next,
            events: ["charge.dispute.closed"].appending("charge.dispute.funds_reinstated", if: next.status == .won)
                .map { WebhookEvent(type: $0, intent: intent, dispute: next) })
    }
}

extension [String] {
    fileprivate func appending(_ element: String, if condition: Bool) -> [String] {
        condition ? self + [element] : self
    }
}
