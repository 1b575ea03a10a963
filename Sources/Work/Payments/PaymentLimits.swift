/// How much the payment process does at once, and how long it waits.
package struct PaymentLimits: Sendable {
    /// Calls at the provider in flight.
    package var callsMax = 128
    /// Attempts that settle nothing before an operator hears of the order; if the provider did answer, the payment is
    /// parked then.
    package var attemptsMax = 12
    /// The pause after the first failed attempt. Each further pause is twice as long, up to ``retryMax``; jitter takes up
    /// to half of it.
    package var retryMin = Duration.milliseconds(100)
    package var retryMax = Duration.seconds(30)
    /// The longest pause while an order meets what may be an outage that is not known yet: with it, orders resume within
    /// about a second of the provider's return.
    package var outageRetryMax = Duration.seconds(1)
    /// The pauses between looks at a payment that the buyer has to act on: from half of the first pause doubled up to the
    /// longest.
    package var buyerLookMin = Duration.milliseconds(500)
    package var buyerLookMax = Duration.seconds(10)
    /// How often the provider is asked which payments others changed, and how far back on the first time.
    package var changesLookInterval = Duration.seconds(10)
    package var changesLookBackSeconds: Int64 = 3 * 86_400
    /// How often disputed payments are looked at, beside what webhooks tell.
    package var disputesLookInterval = Duration.seconds(60)
    /// Looks at the provider's books in flight, beside ``callsMax``.
    package var booksCallsMax = 8
    /// How long a recorded proposal may take to come back with the log.
    package var confirmationTimeout = Duration.seconds(5)
    /// Orders of a cancelled show that one command returns.
    package var cancelledOrdersMax = 100

    package init() {}
}
