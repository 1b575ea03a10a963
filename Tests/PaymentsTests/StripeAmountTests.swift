import Domain
@testable import Payments
import Testing
@testable import payments_simulator

@Suite("Stripe's amounts")
struct StripeAmountTests {
    @Test(
        "are ISO 4217's minor units, but for the currencies that Stripe counts otherwise",
        arguments: [
            ("EUR", 2500, 2500), ("USD", 1, 1), ("HUF", 199_900, 199_900), ("TWD", 100, 100), ("JPY", 500, 500),
            ("KRW", 1, 1), ("XOF", 5000, 5000),
            // Without decimals, and given with two.
            ("ISK", 5000, 500_000), ("UGX", 1, 100), ("ISK", .max / 100, .max / 100 * 100),
            // With two, and given with none.
            ("MGA", 500_000, 5000),
            // The last of three decimals must be 0.
            ("KWD", 5120, 5120), ("BHD", 10, 10), ("JOD", 100, 100), ("OMR", 20, 20), ("TND", 1_000_000, 1_000_000),
        ] as [(String, Int64, Int64)])
    func amounts(currency: String, minorUnits: Int64, units: Int64) throws {
        let amount = try #require(StripeAmount(minorUnits, currency))
        #expect(amount.units == units)
        #expect(amount.currency == currency.lowercased())
    }

    @Test(
        "are not there for what Stripe can't charge",
        arguments: [
            ("MGA", 150), ("BHD", 1), ("JOD", 101), ("KWD", 5124), ("OMR", 19), ("TND", 5), ("ISK", .max),
            ("UGX", .max / 100 + 1),
        ] as [(String, Int64)])
    func none(currency: String, minorUnits: Int64) { #expect(StripeAmount(minorUnits, currency) == nil) }

    @Test("can be in just the currencies of ISO 4217 that the provider takes")
    func currencies() {
        for currency in Currency.all {
            #expect(
                StripeProvider.canCharge(1000, currency.code)
                    == NewIntent.knownCurrencies.contains(currency.code.lowercased()), "\(currency.code)")
        }
        for wrong in ["ZZZ", "eur", "XXX", ""] { #expect(!StripeProvider.canCharge(1000, wrong), "\(wrong)") }
    }
}
