/// A PaymentIntent as the ledger keeps it (https://docs.stripe.com/api/payment_intents/object), with what was done to
/// it.
struct Intent: Codable, Equatable, Sendable {
    enum Status: String, Codable, Sendable {
        case needsMethod = "requires_payment_method"
        case needsConfirmation = "requires_confirmation"
        case needsAction = "requires_action"
        case authorized = "requires_capture"
        case succeeded, canceled
    }

    /// Why the last attempt came to nothing.
    struct Decline: Codable, Equatable, Sendable {
        var code: String
        /// The issuer's code, where it is the issuer's doing.
        var issuerCode: String?
        var message: String
    }

    var id: String
    /// Seconds since 1970.
    var created: Int64
    var amount: Int64
    var currency: String
    var status: Status
    var capturesByHand: Bool
    var metadata: [String: String]
    var paymentMethod: String?
    var decline: Decline?
    var cancellationReason: String?
    var canceledAt: Int64?
    /// Minor units that were captured, and of those given back.
    var captured: Int64 = 0
    var refunded: Int64 = 0
    /// How often a card was charged, and how often an amount was set aside on one: counted where it happens, so that a
    /// second time shows.
    var charges = 0
    var authorizations = 0
    /// Where the customer's browser goes after a challenge.
    var returnURL: String?

    /// What the customer's browser acts on the payment with.
    var clientSecret: String { "\(id)_secret_simulated" }
    var number: Substring { id.dropFirst(Self.prefix.count) }
    static let prefix = "pi_sim"
}

/// Money given back (https://docs.stripe.com/api/refunds/object).
struct Refund: Codable, Equatable, Sendable {
    var id: String
    var created: Int64
    var intent: String
    var amount: Int64
    var currency: String
    var metadata: [String: String]
    /// The money came back, and why; nil: it got there.
    var failureReason: String?
}
