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
    /// How long a recorded proposal may take to come back with the log.
    package var confirmationTimeout = Duration.seconds(5)
    /// Orders of a cancelled show that one command returns.
    package var cancelledOrdersMax = 100

    package init() {}
}
