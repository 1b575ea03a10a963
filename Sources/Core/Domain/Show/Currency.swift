/// A currency of ISO 4217 (list one, as of January 2026) in which something can be priced.
///
/// Funds codes count; precious metals, testing codes and other codes without a minor unit do not.
public struct Currency: Hashable, Sendable {
    /// Three capital letters.
    public let code: String
    /// Decimal digits of the minor unit: 2 for EUR (cents), 0 for JPY.
    public let minorUnitDigits: Int

    /// Nil: no active code is spelled so.
    public init?(_ code: String) {
        guard let digits = Self.minorUnitDigits[code] else { return nil }
        self.code = code
        minorUnitDigits = digits
    }

    /// Every active currency, in no order.
    public static var all: [Currency] { minorUnitDigits.keys.compactMap(Currency.init) }

    private static let minorUnitDigits: [String: Int] = {
        var digits: [String: Int] = [:]
        for (number, codes) in codesByDigits {
            for code in codes.split(whereSeparator: \.isWhitespace) { digits[String(code)] = number }
        }
        return digits
    }()

    private static let codesByDigits: [(digits: Int, codes: String)] = [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (
            2,
            """
            AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
            CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
            HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU
            MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR
            SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED
            VES WST XAD XCD XCG YER ZAR ZMW ZWG
            """
        ),
        (3, "BHD IQD JOD KWD LYD OMR TND"), (4, "CLF UYW"),
    ]
}
