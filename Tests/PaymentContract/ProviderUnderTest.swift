package import Domain
package import Payments

/// A provider, and what the contract needs beside its interface.
package protocol ProviderUnderTest: Sendable {
    associatedtype Provider: PaymentProvider
    var provider: Provider { get }

    /// A payment of 2500 EUR cents by a card that is good, or does what `card` says.
    func payment(_ orderID: OrderID, card: CardUnderTest) async throws -> PaymentRequest
    /// The provider's books: what was really done to an order's money. Nil: the order is not in them.
    func account(of orderID: OrderID) async throws -> AccountUnderTest?
}

package enum CardUnderTest: Sendable {
    case good
    /// Declined for `insufficient_funds`.
    case poor
    /// The first call of that kind goes unanswered: without effect, or with it.
    case unanswered(InMemoryPaymentProvider.Call, tookEffect: Bool)
    /// The first refund fails.
    case unrefundable
}

/// Minor units.
package struct AccountUnderTest: Equatable, Sendable {
    /// Set aside, neither taken nor let go of.
    package var authorized: Int64
    package var captured: Int64
    package var refunded: Int64
    package var timesCharged: Int

    package init(authorized: Int64 = 0, captured: Int64 = 0, refunded: Int64 = 0, timesCharged: Int = 0) {
        self.authorized = authorized
        self.captured = captured
        self.refunded = refunded
        self.timesCharged = timesCharged
    }

    static let untouched = AccountUnderTest()
    static let setAside = AccountUnderTest(authorized: 2500)
    static let charged = AccountUnderTest(captured: 2500, timesCharged: 1)
}

extension ProviderUnderTest {
    /// An order whose payment is authorized, with the payment's id.
    func authorized(
        _ card: CardUnderTest = .good, _ orderID: OrderID = .random()
    ) async throws -> (PaymentRequest, String) {
        let payment = try await payment(orderID, card: card)
        guard case .authorized(let id) = try await provider.authorize(payment) else { throw NotAuthorized() }
        return (payment, id)
    }

    func account(of payment: PaymentRequest) async throws -> AccountUnderTest {
        try await account(of: payment.orderID) ?? .untouched
    }
}

struct NotAuthorized: Error {}

extension Identifier {
    static func random() -> Self { Self("o-\(UInt64.random(in: 0 ... .max))") }
}
