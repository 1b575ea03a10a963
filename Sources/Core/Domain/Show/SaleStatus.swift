/// Where a show and its sale are at a time.
public enum SaleStatus: String, CaseIterable, Equatable, Sendable {
    /// Nobody but those who run the show knows of it.
    case draft
    /// The sale starts later.
    case upcoming
    case onSale = "on-sale"
    /// On sale, but everything is sold.
    case soldOut = "sold-out"
    /// The sale is over, and the show is still to come.
    case offSale = "off-sale"
    /// The new time is not known yet; tickets stay good.
    case postponed
    /// The show has begun and nothing is sold any more.
    case over
    case cancelled
}

extension ShowCreated {
    /// Where the show's sale is at a time, if it is not cancelled.
    public func saleStatus(at now: Timestamp, isSoldOut: Bool) -> SaleStatus {
        if isDraft { return .draft }
        if isPostponed { return .postponed }
        if now >= salesEndAt { return now >= startsAt ? .over : .offSale }
        if isSoldOut { return .soldOut }
        return onSaleAt.map { now < $0 } ?? false ? .upcoming : .onSale
    }
}
