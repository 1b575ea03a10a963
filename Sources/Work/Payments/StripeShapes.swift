import Domain

// What is read of Stripe's objects; everything else in them is ignored.

/// https://docs.stripe.com/api/payment_intents/object
struct StripeIntent: StripeListed, Equatable {
    var id: String
    var status: String
    /// In Stripe's units of `currency`; see ``StripeAmount``.
    var amount: Int64
    /// What was taken of it.
    var received: Int64
    /// Three small letters.
    var currency: String
    var metadata: [String: String]?
    var lastPaymentError: StripeError?
    var clientSecret: String?

    enum CodingKeys: String, CodingKey {
        case id, status, amount, currency, metadata
        case received = "amount_received"
        case lastPaymentError = "last_payment_error"
        case clientSecret = "client_secret"
    }

    /// Where the payment stands.
    ///
    /// `requires_payment_method` is both the state of one that was never tried and of one that was declined; only the
    /// latter has an error. We never try a declined one again, so it stays declined.
    var state: PaymentState {
        switch status {
        case "requires_capture": .authorized(id)
        case "succeeded": .captured(id)
        case "canceled": .voided
        case "requires_payment_method": lastPaymentError.map { .declined($0.declineCode) } ?? .pending(id)
        case "requires_action": .actionRequired(id, sealedSecret: [])
        // `processing`, `requires_confirmation`, and what Stripe may come up with.
        default: .pending(id)
        }
    }

    /// Why it is not the payment that was asked for; nil: it is, or no money can move by it.
    func difference(from payment: PaymentRequest) -> String? {
        let wanted = StripeAmount(payment.amount, payment.currency)
        guard state.mayMoveMoney, amount != wanted?.units || currency != wanted?.currency else { return nil }
        return "its payment is of \(amount) \(currency), not of \(payment.amount) \(payment.currency)"
    }
}

struct StripeIntents: Decodable, Sendable {
    var data: [StripeIntent]
}

/// What Stripe has lists of (https://docs.stripe.com/api/pagination).
protocol StripeListed: Decodable, Sendable {
    var id: String { get }
}

struct StripePage<Object: StripeListed>: Decodable, Sendable {
    var data: [Object]
    var hasMore: Bool?

    enum CodingKeys: String, CodingKey {
        case data
        case hasMore = "has_more"
    }
}

/// https://docs.stripe.com/api/refunds/object
struct StripeRefund: StripeListed {
    var id: String
    var status: String?
    /// In Stripe's units.
    var amount: Int64?
    var failureReason: String?
    var metadata: [String: String]?
    var paymentID: String?

    enum CodingKeys: String, CodingKey {
        case id, status, amount, metadata
        case failureReason = "failure_reason"
        case paymentID = "payment_intent"
    }

    /// The money did not get there: it is back on our account. Anything else counts as made, `pending` too.
    var hasFailed: Bool { status == "failed" || status == "canceled" }
}

/// https://docs.stripe.com/api/disputes/object
struct StripeDispute: StripeListed {
    struct Movement: Decodable, Sendable {
        /// Minor units of the account's currency; below 0: taken from us.
        var amount: Int64
    }

    var id: String
    var status: String
    /// In Stripe's units.
    var amount: Int64
    var reason: String?
    var paymentID: String?
    var movements: [Movement]?

    enum CodingKeys: String, CodingKey {
        case id, status, amount, reason
        case paymentID = "payment_intent"
        case movements = "balance_transactions"
    }

    var standing: DisputeChanged.Status {
        switch status {
        case "won", "warning_closed": .won
        case "lost": .lost
        case _ where status.hasPrefix("warning_"): .inquiry
        // `needs_response`, `under_review`, and what Stripe may come up with.
        default: (movements ?? []).reduce(0) { $0 + $1.amount } < 0 ? .fundsWithdrawn : .open
        }
    }
}

/// https://docs.stripe.com/api/errors
struct StripeError: Decodable, Equatable, Sendable {
    var type: String?
    var code: String?
    var issuerCode: String?
    var parameter: String?
    var message: String?

    enum CodingKeys: String, CodingKey {
        case type, code, message
        case issuerCode = "decline_code"
        case parameter = "param"
    }

    /// The most telling code there is.
    var declineCode: String { issuerCode ?? code ?? type ?? "declined" }
}

struct StripeErrorBody: Decodable, Sendable {
    var error: StripeError
    /// The payment that the error is about, as it stands.
    var intent: StripeIntent?

    private enum CodingKeys: String, CodingKey { case error }
    private enum ErrorKeys: String, CodingKey { case intent = "payment_intent" }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        error = try container.decode(StripeError.self, forKey: .error)
        intent = try container.nestedContainer(keyedBy: ErrorKeys.self, forKey: .error)
            .decodeIfPresent(StripeIntent.self, forKey: .intent)
    }
}
