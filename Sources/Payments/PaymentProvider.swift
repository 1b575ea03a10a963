public import Domain

/// What the payment process needs of a payment provider.
///
/// Every call may be repeated: the provider knows an order's authorization, and each refund, by our own reference, so a
/// repeated call has the effect of one. A call that got no answer may or may not have taken effect
/// (``PaymentError/unknown(_:)``); ``find(_:)`` tells.
public protocol PaymentProvider: Sendable {
    /// Authorizes an order's payment, to be captured later.
    func authorize(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState
    /// Looks up an order's payment by our reference; nil: there is none, as far as the provider can see now.
    func find(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState?
    /// Makes sure that an order whose payment is not found never gets authorized any more, whatever of ours is still on
    /// its way. The state that stands then: `voided`, or of the payment that there is after all.
    func close(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState
    /// Takes the money of an authorization.
    func capture(_ paymentID: String) async throws(PaymentError) -> PaymentState
    /// Lets go of an authorization.
    func void(_ paymentID: String) async throws(PaymentError) -> PaymentState
    /// Gives captured money back, in whole or in part.
    func refund(_ paymentID: String, _ refundID: RefundID, amount: Int64) async throws(PaymentError)
}

/// What is to be paid, and how. The order is the reference that the provider keeps it by.
public struct PaymentRequest: Equatable, Sendable {
    public var orderID: OrderID
    /// Minor units of `currency`.
    public var amount: Int64
    /// ISO 4217, three capital letters.
    public var currency: String
    /// The provider's name for how to pay.
    public var paymentMethod: String

    public init(orderID: OrderID, amount: Int64, currency: String, paymentMethod: String) {
        self.orderID = orderID
        self.amount = amount
        self.currency = currency
        self.paymentMethod = paymentMethod
    }
}

/// Where a payment stands at the provider, with the provider's id of it.
public enum PaymentState: Equatable, Sendable {
    /// It is not decided yet.
    case pending(String)
    case authorized(String)
    case captured(String)
    case voided
    /// With the provider's code for why.
    case declined(String)
}

public enum PaymentError: Error, Equatable, Sendable {
    /// No answer, or none that tells: it may have taken effect.
    case unknown(String)
    /// It did not take effect; later it may.
    case unavailable(String)
    /// It did not take effect, and will not however often it is tried.
    case refused(String)
}
