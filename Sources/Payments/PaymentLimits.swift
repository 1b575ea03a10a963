/// How much the payment process does at once, and how patient it is.
public struct PaymentLimits: Sendable {
    /// Calls to the provider under way.
    public var callsMax = 128
    /// Attempts at one thing before an operator hears of it, and has to look if the provider did answer.
    public var attemptsMax = 12
    /// The first pause after a failed attempt; each is twice the one before, up to ``retryMax``, less a jitter.
    public var retryMin = Duration.milliseconds(100)
    public var retryMax = Duration.seconds(30)
    /// How long the log's word on a recorded proposal may take to come round.
    public var echoPatience = Duration.seconds(5)
    /// Orders of a cancelled show that one command returns.
    public var cancelledOrdersMax = 100

    public init() {}
}
