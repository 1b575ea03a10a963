extension NewIntent {
    /// What Stripe charges cards in, as its refusal of any other currency lists it (https://docs.stripe.com/currencies).
    static let currencies: [String] =
        """
        usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf
        chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg
        huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt
        mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar
        sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd
        xcg xof xpf yer zar zmw btn ghs svc
        """.split(whereSeparator: \.isWhitespace).map(String.init)

    static let knownCurrencies = Set(currencies)

    /// Amounts of a currency are multiples of this (in the same page, "Special cases" and "Three-decimal currencies").
    static func step(of currency: String) -> Int64 {
        switch currency {
        case "isk", "ugx": 100
        case "bhd", "jod", "kwd", "omr", "tnd": 10
        default: 1
        }
    }
}
