import Domain
import PaymentContract
import Payments
import Testing

@Suite("The payment provider in memory")
struct InMemoryPaymentProviderTests {
    @Test("keeps the contract", arguments: PaymentCase.all)
    func contract(_ promise: PaymentCase) async throws { try await promise.run(MemoryUnderTest()) }
}

private struct MemoryUnderTest: ProviderUnderTest {
    let provider = InMemoryPaymentProvider()

    func payment(_ orderID: OrderID, card: CardUnderTest) async -> PaymentRequest {
        var payment = PaymentRequest(orderID: orderID, amount: 2500, currency: "EUR", paymentMethod: "pm_card_visa")
        switch card {
        case .good: break
        case .poor: payment.paymentMethod = "pm_card_visa_chargeDeclinedInsufficientFunds"
        case .unanswered(let call, let tookEffect):
            let error = PaymentError.unknown("told to")
            await provider.fail(next: call, tookEffect ? .after(error) : .before(error))
        case .unrefundable: await provider.fail(next: .refund, .before(.refused("told to")))
        }
        return payment
    }

    func account(of orderID: OrderID) async -> AccountUnderTest? {
        await provider.accounts[orderID].map { account in
            AccountUnderTest(
                authorized: account.state == .authorized ? account.amount : 0, captured: account.captured,
                refunded: account.refunded, timesCharged: account.timesCharged)
        }
    }
}
