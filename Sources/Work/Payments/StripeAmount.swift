import Domain

/// A payment's amount as Stripe counts it, which mostly is in ISO 4217's minor units, as we do.
///
/// The exceptions are in Stripe's "Supported currencies" (https://docs.stripe.com/currencies), under "Zero-decimal
/// currencies", "Three-decimal currencies" and "Special cases": ISK and UGX have no decimals, and are given with two;
/// MGA has two, and is given with none; amounts of three decimals must end in 0.
struct StripeAmount: Equatable, Sendable {
    let units: Int64
    /// Three small letters.
    let currency: String

    /// Nil: Stripe has no number for it.
    init?(_ minorUnits: Int64, _ currency: String) {
        self.currency = currency.lowercased()
        switch self.currency {
        case "isk", "ugx":
            let (units, isTooLarge) = minorUnits.multipliedReportingOverflow(by: 100)
            guard !isTooLarge else { return nil }
            self.units = units
        case "mga":
            guard minorUnits.isMultiple(of: 100) else { return nil }
            units = minorUnits / 100
        case "bhd", "jod", "kwd", "omr", "tnd":
            guard minorUnits.isMultiple(of: 10) else { return nil }
            units = minorUnits
        default: units = minorUnits
        }
    }

    /// Whether a new price can be in this currency, three capital letters. What was sold in one that was withdrawn since
    /// can still be settled.
    static func charges(_ currency: String) -> Bool { Currency(currency) != nil && !uncharged.contains(currency) }

    /// Currencies of ISO 4217 that Stripe charges no card in: funds codes, and money that its partners don't handle. Its
    /// refusal of another currency lists those that it has.
    private static let uncharged: Set<String> = [
        "BOV", "CHE", "CHW", "CLF", "COU", "CUP", "ERN", "IQD", "IRR", "KPW", "LYD", "MRU", "MXV", "SDG", "SSP", "STN",
        "SYP", "TMT", "USN", "UYI", "UYW", "VED", "VES", "XAD", "ZWG",
    ]

    /// An amount of Stripe's in ISO 4217's minor units.
    static func minorUnits(of units: Int64, _ currency: String) -> Int64 {
        switch currency.lowercased() {
        case "isk", "ugx": units / 100
        case "mga": units.multipliedReportingOverflow(by: 100).partialValue
        default: units
        }
    }

    /// What is said where there is none, in the manner of Stripe's codes.
    static let refusal = "amount_not_chargeable"
}
