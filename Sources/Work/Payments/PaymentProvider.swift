package import Domain

/// What the payment process needs of a payment provider.
///
/// Every call may be repeated: the provider knows an order's authorization, and each refund, by our own reference, so a
/// repeated call has the effect of one. A call that got no answer may or may not have taken effect
/// (``PaymentError/unknown(_:)``); ``find(_:)`` tells.
package protocol PaymentProvider: Sendable {
    /// Whether the provider can charge an amount, in minor units of an ISO 4217 currency: some currencies are charged in
    /// larger steps. A price that it can't charge could not be refunded ticket by ticket either, so no show has it.
    static func canCharge(_ amount: Int64, _ currency: String) -> Bool
    /// Authorizes an order's payment, to be captured later.
    ///
    /// - Throws: ``PaymentError/refused(_:)`` only where the provider will not have what the order asks for (an amount
    ///   too large, an unknown currency): then nothing was authorized for the order, and nothing will be, by this
    ///   request or an earlier one. Whatever else stands in the way is unknown or unavailable; so is a payment of
    ///   another amount under the order's name, which ``find(_:)`` then refuses. The text is a code, as of
    ///   ``PaymentState/declined(_:)``.
    func authorize(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState
    /// Looks up an order's payment by our reference; nil: there is none, as far as the provider can see now.
    ///
    /// - Throws: ``PaymentError/refused(_:)``: money is set aside or taken for the order, or may be, and it is another
    ///   amount or currency than the order's. ``close(_:)`` finds such a payment, so that it can be voided.
    func find(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState?
    /// Makes sure that an order whose payment is not found never gets authorized any more, whatever of ours is still on
    /// its way. The state that stands then: `voided`, or of the payment that there is after all, whatever its amount.
    /// `voided` also where ``authorize(_:)`` would be refused.
    func close(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState
    /// Takes the money of an authorization, all of it. `captured` also where it was taken before; another state: the
    /// authorization is gone, and nothing is taken.
    ///
    /// - Parameter paymentID: the provider's, of ``PaymentState``.
    /// - Throws: ``PaymentError/refused(_:)`` also where something else than the whole amount was taken.
    func capture(_ paymentID: String) async throws(PaymentError) -> PaymentState
    /// Lets go of an authorization. `voided` also where it was let go of before; `captured`: too late, and nothing is
    /// given back.
    func void(_ paymentID: String) async throws(PaymentError) -> PaymentState
    /// Gives captured money back, in whole or in part. Returns when the provider has made the refund, now or before.
    ///
    /// - Parameters:
    ///   - refundID: ours; once it is made, nothing more is given back under it.
    ///   - amount: minor units of the payment's currency.
    /// - Throws: ``PaymentError/refused(_:)``: no money was given back under this id so far, or less than `amount`, which
    ///   ``books(of:)`` tells. Where there was none, there may be if it is asked again, as with a balance that is filled
    ///   up by then.
    ///
    /// - Parameter amount: minor units; nil: all that is left, even if that is nothing.
    func refund(_ paymentID: String, _ refundID: RefundID, amount: Int64?) async throws(PaymentError)

    // MARK: What others did

    /// What the provider's books say of a payment, whoever moved its money.
    ///
    /// - Throws: ``PaymentError/refused(_:)``: there is no such payment.
    func books(of paymentID: String) async throws(PaymentError) -> ProviderBooks
    /// The payments that somebody else gave money back of, or disputed, since a time; some may be named that nobody did.
    ///
    /// - Parameter time: seconds since 1970.
    func changedPayments(since time: Int64) async throws(PaymentError) -> Set<String>
}

/// A payment in the provider's books.
package struct ProviderBooks: Equatable, Sendable {
    /// Whose payment it is; nil: none of our orders'.
    package var orderID: OrderID?
    package var ledger: ProviderLedger

    package init(orderID: OrderID?, ledger: ProviderLedger) {
        self.orderID = orderID
        self.ledger = ledger
    }
}

/// What is to be paid, and how. The order is the reference that the provider keeps it by.
package struct PaymentRequest: Equatable, Sendable {
    package var orderID: OrderID
    /// Minor units of `currency`.
    package var amount: Int64
    /// ISO 4217, three capital letters.
    package var currency: String
    /// The provider's name for how to pay.
    package var paymentMethod: String
    /// Where the buyer's browser goes after the buyer's bank has seen the buyer; empty: nowhere.
    package var returnURL: String
    /// The provider's id of the payment, where it is known.
    package var paymentID: String?

    package init(
        orderID: OrderID, amount: Int64, currency: String, paymentMethod: String, returnURL: String = "",
        paymentID: String? = nil
    ) {
        self.returnURL = returnURL
        self.paymentID = paymentID
        self.orderID = orderID
        self.amount = amount
        self.currency = currency
        self.paymentMethod = paymentMethod
    }
}

/// Where a payment stands at the provider.
package enum PaymentState: Equatable, Sendable {
    /// It is not decided yet. With the provider's id of it, as the next three.
    case pending(String)
    /// The buyer's bank wants to see the buyer first. With what the buyer's browser needs at the provider, sealed.
    case actionRequired(String, sealedSecret: [UInt8])
    /// The money is set aside, and not taken.
    case authorized(String)
    /// The money is taken, whatever of it was given back since.
    case captured(String)
    /// No money is set aside any more, or ever will be.
    case voided
    /// With the provider's code for why, such as `insufficient_funds`; the buyer is told it.
    case declined(String)

    /// It was set aside or taken, or may yet be.
    package var mayMoveMoney: Bool {
        switch self {
        case .pending, .actionRequired, .authorized, .captured: true
        case .voided, .declined: false
        }
    }
}

/// Why a call came to no state. The text is the provider's code where it gave one, else a few words of ours; it holds
/// nothing secret and nothing of the buyer's. Operators read it, as the reason why a payment is parked.
package enum PaymentError: Error, Equatable, Sendable {
    /// No answer: it may have taken effect.
    case unknown(String)
    /// An answer that does not tell what became of this payment: it may have taken effect. The provider is well.
    case undecided(String)
    /// It did not take effect; later it may. It says nothing of this payment: the provider can't be reached, has too
    /// many calls, or does not know our key.
    case unavailable(String)
    /// It did not take effect, and will not by being repeated as it is; see each call of ``PaymentProvider``.
    case refused(String)
}
