extension Rejection.Code {
    public static let showNotFound = Self("show-not-found")
    /// The id that a new show would get is taken.
    public static let showExists = Self("show-exists")
    public static let showCancelled = Self("show-cancelled")
    /// The sale starts later. The rejection's time says when.
    public static let notOnSale = Self("not-on-sale")
    /// The sale is over. The rejection's time says since when.
    public static let saleEnded = Self("sale-ended")
    /// The show will be at another time, which is not known yet.
    public static let showPostponed = Self("show-postponed")
    /// The show can't be described so. The rejection's subject says why, as a sentence.
    public static let invalidChange = Self("invalid-change")
    /// Places that are to go are held or sold. The rejection's conflicts name them.
    public static let placesInUse = Self("places-in-use")
    /// A price can't be charged in the show's currency, which is the rejection's subject.
    public static let unchargeable = Self("unchargeable-price")
    /// The show has a waiting room, which has not admitted the caller; or the admission is another show's or person's.
    public static let admissionRequired = Self("admission-required")
    /// The time of the admission is over, or it was used up.
    public static let admissionExpired = Self("admission-expired")
    /// The user would hold and own more places than one may have. The rejection's limit says how many.
    public static let userLimit = Self("user-limit")
    /// The place's category has no such ticket type.
    public static let unknownTicketType = Self("unknown-ticket-type")
    /// Fewer of a ticket type than an order must have of it. The rejection's limit says how many.
    public static let tooFewOfType = Self("too-few-of-ticket-type")
    /// More of a ticket type than an order may have. The rejection's limit says how many.
    public static let tooManyOfType = Self("too-many-of-ticket-type")
    /// What should be dropped from the hold is not in it.
    public static let notInHold = Self("not-in-hold")
    /// The hold lasts as long as it can.
    public static let holdAtLimit = Self("hold-at-limit")
    /// Nothing was asked for.
    public static let emptyHold = Self("empty-hold")
    /// More was asked for than one hold may have. The rejection's limit says how much that is.
    public static let tooManySeats = Self("too-many-seats")
    public static let duplicateSeat = Self("duplicate-seat")
    public static let unknownSeat = Self("unknown-seat")
    public static let unknownArea = Self("unknown-area")
    public static let unknownCategory = Self("unknown-category")
    public static let unknownZone = Self("unknown-zone")
    public static let unknownRow = Self("unknown-row")
    /// The show wants no single seats left over. The conflicts name those, and seats that leave none.
    public static let leavesSingleSeat = Self("leaves-single-seat")
    public static let seatsUnavailable = Self("seats-unavailable")
    /// There is no such live hold, or it is another caller's: the two are not told apart. Of an order of several holds,
    /// the rejection's subject is the hold; so it is for ``staleFencingToken`` and ``purchaseInProgress``.
    public static let holdNotFound = Self("hold-not-found")
    /// The hold was extended since the caller last saw it, or never had this token.
    public static let staleFencingToken = Self("stale-fencing-token")
    /// An order is paying for the hold.
    public static let purchaseInProgress = Self("purchase-in-progress")
    /// Units of one area are held through different channels, which can't be one order. The rejection's subject is the area.
    public static let mixedChannels = Self("mixed-channels")
    /// The hold was paid for before. The rejection's subject is the order.
    public static let alreadyOrdered = Self("already-ordered")
    /// There is no such order, or it is another caller's.
    public static let orderNotFound = Self("order-not-found")
    /// The order's money was not captured yet, or never.
    public static let orderNotCompleted = Self("order-not-completed")
    /// The order is past the point where its payment can be given up.
    public static let orderNotVoidable = Self("order-not-voidable")
    public static let paymentNotParked = Self("payment-not-parked")
    /// To leave the payment as it is would leave a ticket without a charge.
    public static let paymentNotAcceptable = Self("payment-not-acceptable")
    /// There is no such ticket, or it is another caller's.
    public static let ticketNotFound = Self("ticket-not-found")
    /// The ticket's state does not allow it. ``Rejection/ticketUse`` says why.
    public static let ticketUnusable = Self("ticket-unusable")
    /// The rejection's time says when, its subject at which gate.
    public static let ticketAlreadyScanned = Self("ticket-already-scanned")
    /// The ticket is for a part of the house that the scanner does not cover. The rejection's subject says for which.
    public static let ticketWrongArea = Self("ticket-wrong-area")
    /// There is no such entry on a waiting list, or it is another caller's.
    public static let waitlistEntryNotFound = Self("waitlist-entry-not-found")
    /// The user has as many entries as one may have. The rejection's subject is the first of them.
    public static let alreadyOnWaitlist = Self("already-on-waitlist")
    /// The show could not serve the wish if all of it were free.
    public static let waitlistUnfillable = Self("waitlist-unfillable")
    public static let waitlistFull = Self("waitlist-full")
    /// What is free is about to be offered to those who wait.
    public static let offeredToWaitlist = Self("offered-to-waitlist")
    /// Only the ticket of a seat can be offered for resale.
    public static let notResellable = Self("not-resellable")
    /// Only the ticket of a seat can get another seat.
    public static let notSwappable = Self("not-swappable")
    /// The new seats cost more than the old ones. The rejection's limit says how much more, in minor units.
    public static let swapCostsMore = Self("swap-costs-more")

    /// Every code that a show may reject a command with.
    public static let ofShows: [Rejection.Code] = [
        showNotFound, showExists, showCancelled, notOnSale, saleEnded, showPostponed, invalidChange, placesInUse,
        unchargeable, userLimit, unknownTicketType, tooFewOfType, tooManyOfType, notInHold, holdAtLimit, emptyHold,
        tooManySeats, duplicateSeat, unknownSeat, unknownArea, unknownCategory, unknownZone, unknownRow,
        leavesSingleSeat, seatsUnavailable, holdNotFound, staleFencingToken,
        purchaseInProgress, alreadyOrdered, mixedChannels, orderNotFound, orderNotCompleted, orderNotVoidable,
        paymentNotParked,
        paymentNotAcceptable, ticketNotFound,
        ticketUnusable, ticketAlreadyScanned, ticketWrongArea, notResellable, admissionRequired, admissionExpired,
        notSwappable, swapCostsMore,
        waitlistEntryNotFound, alreadyOnWaitlist, waitlistUnfillable, waitlistFull, offeredToWaitlist,
    ]
}

extension Rejection {
    public static let showNotFound = Self(.showNotFound)
    public static let showExists = Self(.showExists)
    public static let showCancelled = Self(.showCancelled)
    public static let showPostponed = Self(.showPostponed)
    public static let emptyHold = Self(.emptyHold)
    public static let holdNotFound = Self(.holdNotFound)
    public static let staleFencingToken = Self(.staleFencingToken)
    public static let purchaseInProgress = Self(.purchaseInProgress)
    public static let orderNotFound = Self(.orderNotFound)
    public static let orderNotCompleted = Self(.orderNotCompleted)
    public static let orderNotVoidable = Self(.orderNotVoidable)
    public static let paymentNotParked = Self(.paymentNotParked)
    public static let paymentNotAcceptable = Self(.paymentNotAcceptable)
    public static let ticketNotFound = Self(.ticketNotFound)
    public static let notResellable = Self(.notResellable)
    public static let admissionRequired = Self(.admissionRequired)
    public static let admissionExpired = Self(.admissionExpired)
    public static let notSwappable = Self(.notSwappable)
    public static let waitlistEntryNotFound = Self(.waitlistEntryNotFound)
    public static let waitlistUnfillable = Self(.waitlistUnfillable)
    public static let waitlistFull = Self(.waitlistFull)
    public static let offeredToWaitlist = Self(.offeredToWaitlist)

    public static func alreadyOnWaitlist(_ entry: String) -> Self { Self(.alreadyOnWaitlist, subject: entry) }

    public static func mixedChannels(_ area: AreaID) -> Self { Self(.mixedChannels, subject: area.rawValue) }
    public static func alreadyOrdered(_ order: OrderID) -> Self { Self(.alreadyOrdered, subject: order.rawValue) }
    public static func notOnSale(until time: Timestamp) -> Self { Self(.notOnSale, limit: time.microseconds) }
    public static func saleEnded(at time: Timestamp) -> Self { Self(.saleEnded, limit: time.microseconds) }
    public static func invalidChange(_ reason: String) -> Self { Self(.invalidChange, subject: reason) }
    public static func placesInUse(_ conflicts: [Conflict]) -> Self { Self(.placesInUse, conflicts: conflicts) }
    public static func unchargeable(_ currency: String) -> Self { Self(.unchargeable, subject: currency) }
    public static func userLimit(_ limit: Int) -> Self { Self(.userLimit, limit: Int64(limit)) }
    public static func unknownTicketType(_ type: String) -> Self { Self(.unknownTicketType, subject: type) }
    public static func tooFewOfType(_ type: String, limit: Int) -> Self {
        Self(.tooFewOfType, subject: type, limit: Int64(limit))
    }
    public static func tooManyOfType(_ type: String, limit: Int) -> Self {
        Self(.tooManyOfType, subject: type, limit: Int64(limit))
    }
    public static func notInHold(_ place: String) -> Self { Self(.notInHold, subject: place) }
    public static func holdAtLimit(until time: Timestamp) -> Self { Self(.holdAtLimit, limit: time.microseconds) }
    public static func tooManySeats(limit: Int) -> Self { Self(.tooManySeats, limit: Int64(limit)) }
    public static func duplicateSeat(_ seat: String) -> Self { Self(.duplicateSeat, subject: seat) }
    public static func unknownSeat(_ seat: String) -> Self { Self(.unknownSeat, subject: seat) }
    public static func unknownArea(_ area: String) -> Self { Self(.unknownArea, subject: area) }
    public static func unknownCategory(_ category: String) -> Self { Self(.unknownCategory, subject: category) }
    public static func unknownZone(_ zone: String) -> Self { Self(.unknownZone, subject: zone) }
    public static func unknownRow(_ row: String) -> Self { Self(.unknownRow, subject: row) }
    /// - Parameters:
    ///   - seats: what would be left over.
    ///   - instead: seats that leave none.
    public static func leavesSingleSeat(_ seats: [String], instead: [String]) -> Self {
        Self(
            .leavesSingleSeat,
            conflicts: seats.map { .leftSingle($0) } + instead.map { .instead($0) })
    }
    public static func seatsUnavailable(_ conflicts: [Conflict]) -> Self {
        Self(.seatsUnavailable, conflicts: conflicts)
    }
    public static func ticketUnusable(_ use: TicketUse) -> Self { Self(.ticketUnusable, subject: use.rawValue) }
    public static func ticketAlreadyScanned(at time: Timestamp, gate: String = "") -> Self {
        Self(.ticketAlreadyScanned, subject: gate, limit: time.microseconds)
    }
    public static func swapCostsMore(_ difference: Int64) -> Self { Self(.swapCostsMore, limit: difference) }
    public static func ticketWrongArea(_ area: String) -> Self { Self(.ticketWrongArea, subject: area) }

    /// Why a ticket's state does not allow what was asked for.
    public enum TicketUse: String, CaseIterable, Equatable, Sendable {
        case listed
        case scanned
        /// Its holder was in, and left.
        case outside
        /// Its holder is not in.
        case notScanned = "not-scanned"
        /// Its holder went in and out as often as is kept on record.
        case tooManyScans = "too-many-scans"
        case returned
        case resold
        /// It belongs to somebody else now: the code is an old one, or the money is another's.
        case transferred
        /// It was not offered, or to somebody else.
        case notOffered = "not-offered"
        /// It is on offer to somebody.
        case offered
        case notListed = "not-listed"
        /// Somebody holds its seat, to buy it.
        case beingBought = "being-bought"
        /// An operator has stopped it.
        case suspended
        case notSuspended = "not-suspended"

        /// Why an operator can't do that with a ticket of this status.
        init(_ status: TicketStatus) {
            self =
                switch status {
                case .valid: .notSuspended
                case .listed: .listed
                case .scanned: .scanned
                case .outside: .outside
                case .returned: .returned
                case .resold: .resold
                case .suspended: .suspended
                }
        }
    }

    /// Of a ``Code/ticketUnusable``: why. Nil for another code, and for a reason that a newer version recorded.
    public var ticketUse: TicketUse? { code == .ticketUnusable ? TicketUse(rawValue: subject) : nil }
}

extension Rejection.Code {
    /// What the command is about is not there, as far as the stream goes.
    public var isAbsence: Bool {
        switch self {
        case .showNotFound, .holdNotFound, .orderNotFound, .ticketNotFound, .waitlistEntryNotFound, .queueNotFound,
            .entryNotFound, .organisationNotFound:
            true
        default: false
        }
    }
}
