/// What a part of a sale came to. Money is in minor units of the show's currency.
public struct SalesFigures: Equatable, Sendable {
    /// Tickets sold, those included that their buyers took over from somebody.
    public var sold: Int64 = 0
    /// Tickets that were refunded, revoked or ended.
    public var returned: Int64 = 0
    /// Tickets whose owners handed them on by resale.
    public var resold: Int64 = 0
    /// Tickets that came here from other places by an exchange.
    public var swappedIn: Int64 = 0
    /// Tickets that went to other places by an exchange.
    public var swappedOut: Int64 = 0

    /// Orders that were paid, those that cost nothing included.
    public var orders: Int64 = 0
    public var holdsPlaced: Int64 = 0
    /// Holds that their owners gave up.
    public var holdsReleased: Int64 = 0
    public var holdsExpired: Int64 = 0
    /// Holds that became tickets; several that were paid for together count once.
    public var holdsBought: Int64 = 0

    /// All money that was captured.
    public var gross: Int64 = 0
    /// Those of ``gross``.
    public var fees: Int64 = 0
    /// That of ``gross``.
    public var tax: Int64 = 0
    /// What exchanged tickets took along: into here, less out of here. Over all parts of a show it is 0.
    public var exchanged: Int64 = 0
    /// All money that went back, in whatever way.
    public var refunded: Int64 = 0
    /// Those of ``refunded``, as far as it is known which tickets the money was for.
    public var feesRefunded: Int64 = 0
    /// That of ``refunded``, as far as it is known which tickets the money was for.
    public var taxRefunded: Int64 = 0

    public init() {}

    /// Tickets that are still somebody's. Of a time: by how many they changed in it.
    public var left: Int64 { sold + swappedIn - returned - resold - swappedOut }

    /// What stays of the money.
    public var net: Int64 { gross.plus(exchanged).minus(refunded) }

    /// What an order came to on average, rounded; nil: there is none.
    public var averageOrder: Int64? { Self.average(gross, orders) }

    /// What a ticket came to on average, rounded; nil: none was sold.
    public var averageTicket: Int64? { Self.average(gross, sold) }

    private static func average(_ sum: Int64, _ count: Int64) -> Int64? {
        guard count > 0 else { return nil }
        let (quotient, rest) = sum.quotientAndRemainder(dividingBy: count)
        return rest >= count - rest ? quotient + 1 : quotient
    }

    public static func += (sum: inout Self, other: Self) {
        sum.sold.add(other.sold)
        sum.returned.add(other.returned)
        sum.resold.add(other.resold)
        sum.swappedIn.add(other.swappedIn)
        sum.swappedOut.add(other.swappedOut)
        sum.orders.add(other.orders)
        sum.holdsPlaced.add(other.holdsPlaced)
        sum.holdsReleased.add(other.holdsReleased)
        sum.holdsExpired.add(other.holdsExpired)
        sum.holdsBought.add(other.holdsBought)
        sum.gross.add(other.gross)
        sum.fees.add(other.fees)
        sum.tax.add(other.tax)
        sum.exchanged.add(other.exchanged)
        sum.refunded.add(other.refunded)
        sum.feesRefunded.add(other.feesRefunded)
        sum.taxRefunded.add(other.taxRefunded)
    }
}

// Amounts of a damaged log may be anything: sums are clamped to half the range, so that differences of them are none that
// trap either.
extension Int64 {
    private static let largest = Int64.max / 8

    func plus(_ other: Int64) -> Int64 {
        let (sum, isBeyond) = addingReportingOverflow(other)
        guard !isBeyond else { return other > 0 ? Self.largest : -Self.largest }
        return Swift.min(Swift.max(sum, -Self.largest), Self.largest)
    }

    func minus(_ other: Int64) -> Int64 { plus(other == .min ? .max : -other) }

    mutating func add(_ other: Int64) { self = plus(other) }
}
