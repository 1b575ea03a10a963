/// What a show is at one time, as lists and searches say it. It depends on the time and on what is free, so it is never
/// recorded.
public enum ShowStatus: String, CaseIterable, Sendable {
    /// Not published yet.
    case draft
    /// The sale begins later.
    case upcoming
    case onSale = "on-sale"
    /// It would be on sale, if anything was free.
    case soldOut = "sold-out"
    /// The sale is over, and the show has not begun.
    case offSale = "off-sale"
    /// The new time is not known yet; tickets stay good.
    case postponed
    /// It has begun, and nothing is sold any more.
    case over
    case cancelled

    /// - Parameters:
    ///   - offSaleAt: nil: the sale ends when the show starts.
    ///   - hasFree: whether any place is free.
    public init(
        at now: Timestamp, isDraft: Bool, isCancelled: Bool, isPostponed: Bool = false, startsAt: Timestamp,
        onSaleAt: Timestamp?, offSaleAt: Timestamp?, hasFree: Bool
    ) {
        if isCancelled {
            self = .cancelled
        } else if isDraft {
            self = .draft
        } else if isPostponed {
            self = .postponed
        } else if (offSaleAt ?? startsAt) <= now {
            self = startsAt <= now ? .over : .offSale
        } else if let onSaleAt, onSaleAt > now {
            self = .upcoming
        } else {
            self = hasFree ? .onSale : .soldOut
        }
    }

    public init(of show: ShowCreated, at now: Timestamp, isCancelled: Bool, hasFree: Bool) {
        self.init(
            at: now, isDraft: show.isDraft, isCancelled: isCancelled, isPostponed: show.isPostponed,
            startsAt: show.startsAt, onSaleAt: show.onSaleAt, offSaleAt: show.offSaleAt, hasFree: hasFree)
    }
}
