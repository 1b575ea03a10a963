/// A payment method by its token: what the issuer says to it, and what goes wrong with it on the way.
///
/// Stripe's own test tokens (https://docs.stripe.com/testing) do what they do there. Ours name what goes wrong, and at
/// which step: `pm_card_timeoutAfter`, `pm_card_captureFails`, `pm_card_voidError500BeforeAlways`; see ``Trouble``.
struct Card: Sendable {
    enum Verdict: Equatable, Sendable {
        case approved
        case declined(Intent.Decline)
        /// The issuer wants to see the customer first.
        case challenged
    }

    var verdict: Verdict = .approved
    var trouble: Trouble?
    /// Its charges are disputed as soon as they are made.
    var disputes: (reason: String, isInquiry: Bool)?

    /// Nil: there is no such token.
    init?(_ token: String) {
        guard token.hasPrefix(Self.prefix) else { return nil }
        let name = token.dropFirst(Self.prefix.count)
        if Self.good.contains(name) { return }
        if let dispute = Self.disputed[name] {
            disputes = dispute
            return
        }
        if Self.challenging.contains(name) {
            verdict = .challenged
        } else if let decline = Self.declines[name] {
            verdict = .declined(decline)
        } else {
            guard let trouble = Trouble(name) else { return nil }
            self.trouble = trouble
        }
    }

    private static let prefix = "pm_card_"

    private static let good: Set<Substring> = [
        "visa", "visa_debit", "mastercard", "mastercard_debit", "mastercard_prepaid", "amex", "discover", "diners",
        "jcb", "unionpay", "us", "de", "gb",
    ]

    private static let disputed: [Substring: (reason: String, isInquiry: Bool)] = [
        "createDispute": ("fraudulent", false), "createDisputeProductNotReceived": ("product_not_received", false),
        "createDisputeInquiry": ("fraudulent", true),
    ]

    private static let challenging: Set<Substring> = [
        "authenticationRequired", "threeDSecure2Required", "threeDSecureRequired", "authenticationRequiredOnSetup",
    ]

    private static let declines: [Substring: Intent.Decline] = {
        let card = ("card_declined", "Your card was declined.")
        var declines: [Substring: Intent.Decline] = [:]
        for (name, issuerCode) in [
            ("chargeDeclined", "generic_decline"), ("chargeDeclinedInsufficientFunds", "insufficient_funds"),
            ("chargeDeclinedLostCard", "lost_card"), ("chargeDeclinedStolenCard", "stolen_card"),
            ("chargeDeclinedVelocityLimitExceeded", "card_velocity_exceeded"),
            ("chargeDeclinedFraudulent", "fraudulent"),
        ] {
            declines[name[...]] = Intent.Decline(code: card.0, issuerCode: issuerCode, message: card.1)
        }
        for (name, code, message) in [
            ("chargeDeclinedExpiredCard", "expired_card", "Your card has expired."),
            ("chargeDeclinedIncorrectCvc", "incorrect_cvc", "Your card's security code is incorrect."),
            ("chargeDeclinedProcessingError", "processing_error", "An error occurred while processing your card."),
        ] {
            declines[name[...]] = Intent.Decline(code: code, message: message)
        }
        // Some are spelled with the brand, some without.
        for (name, decline) in declines { declines["visa_" + name] = decline }
        return declines
    }()
}

extension Intent.Decline {
    static let authenticationRequired = Intent.Decline(
        code: "authentication_required", issuerCode: "authentication_required",
        message: "Your card was declined. This transaction requires authentication.")

    static let authenticationFailed = Intent.Decline(
        code: "payment_intent_authentication_failure", issuerCode: nil,
        message:
            "We are unable to authenticate your payment method. Please choose a different payment method and try again."
    )
}
