// What happens to an order and its tickets. Every event names the order and the user who pays for it.

/// The owner of a hold began to pay for it. The hold lasts until `expiresAt` from here on.
public struct PurchaseStarted: Equatable, Sendable {
    public var orderID: OrderID
    public var holdID: HoldID
    public var userID: UserID
    /// The payment provider's name for how to pay; opaque, and no personal data.
    public var paymentMethod: String
    /// Minor units of `currency`.
    public var total: Int64
    public var currency: String
    public var startedAt: Timestamp
    public var expiresAt: Timestamp
    /// The hold got more time: this event's sequence number is its fencing token from here on.
    public var extendsHold: Bool
    /// Where the buyer's browser goes after the buyer's bank has seen the buyer; empty: nowhere.
    public var returnURL: String

    public init(
        orderID: OrderID, holdID: HoldID, userID: UserID, paymentMethod: String, total: Int64, currency: String,
        startedAt: Timestamp, expiresAt: Timestamp, extendsHold: Bool, returnURL: String = ""
    ) {
        self.orderID = orderID
        self.holdID = holdID
        self.userID = userID
        self.paymentMethod = paymentMethod
        self.total = total
        self.currency = currency
        self.startedAt = startedAt
        self.expiresAt = expiresAt
        self.extendsHold = extendsHold
        self.returnURL = returnURL
    }
}

/// The commit point of a purchase: the places are the user's, and the money may be captured.
///
/// Ticket n, from 1, is for the nth of `seats`, then for the units of `areas` in order.
public struct SeatsSold: Equatable, Sendable {
    public var orderID: OrderID
    public var holdID: HoldID
    public var userID: UserID
    /// Ascending by index.
    public var seats: [HeldSeat]
    /// In the order of the show's areas.
    public var areas: [AreaQuantity]
    /// Of the places in order. Empty in sales of before there were ticket types: their places cost what the show said.
    public var fares: FareList
    /// The hold stood until now; false: its time was over, and the places, free still, were granted again.
    public var wasHeld: Bool
    /// Those of `seats` that belonged to somebody until now, in the order of `seats`.
    public var resold: [ResoldSeat]
    /// Minor units of `currency`.
    public var total: Int64
    public var currency: String
    /// The provider's id of the authorization; empty: nothing was to be paid.
    public var paymentID: String
    public var soldAt: Timestamp
    /// The entry of the show's waiting room whose admission the hold was placed with; it ends here. Nil: there was none.
    public var admission: EntryID?

    public init(
        orderID: OrderID, holdID: HoldID, userID: UserID, seats: [HeldSeat], areas: [AreaQuantity],
        fares: FareList = FareList(), wasHeld: Bool, resold: [ResoldSeat], total: Int64, currency: String,
        paymentID: String, soldAt: Timestamp, admission: EntryID? = nil
    ) {
        self.orderID = orderID
        self.holdID = holdID
        self.userID = userID
        self.seats = seats
        self.areas = areas
        self.fares = fares
        self.wasHeld = wasHeld
        self.resold = resold
        self.total = total
        self.currency = currency
        self.paymentID = paymentID
        self.soldAt = soldAt
        self.admission = admission
    }
}

/// A seat that changed hands in a sale: the seller's ticket ends, and the seller is refunded.
public struct ResoldSeat: Equatable, Sendable {
    public var seatIndex: Int
    public var ticketID: TicketID
    public var sellerID: UserID
    /// Of the seller's order.
    public var refundID: RefundID
    /// Minor units.
    public var amount: Int64
    /// The provider's id of the payment that it is refunded from.
    public var paymentID: String

    public init(
        seatIndex: Int, ticketID: TicketID, sellerID: UserID, refundID: RefundID, amount: Int64, paymentID: String
    ) {
        self.seatIndex = seatIndex
        self.ticketID = ticketID
        self.sellerID = sellerID
        self.refundID = refundID
        self.amount = amount
        self.paymentID = paymentID
    }
}

/// No sale came of a purchase, and none will. What the hold's own time leaves is still its owner's.
public struct PurchaseFailed: Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
        /// The provider's code for why it refused.
        case declined(String)
        /// The hold's time was over before the payment was authorized.
        case expired
        case showCancelled
        /// An operator gave it up.
        case abandoned
    }

    /// What there is to void.
    public enum Payment: Equatable, Sendable {
        case none
        /// It may or may not have been authorized.
        case unknown
        case authorized(String)
    }

    public var orderID: OrderID
    public var holdID: HoldID
    public var userID: UserID
    public var reason: Reason
    public var payment: Payment
    public var failedAt: Timestamp

    public init(
        orderID: OrderID, holdID: HoldID, userID: UserID, reason: Reason, payment: Payment, failedAt: Timestamp
    ) {
        self.orderID = orderID
        self.holdID = holdID
        self.userID = userID
        self.reason = reason
        self.payment = payment
        self.failedAt = failedAt
    }
}

/// The money of an order was captured.
public struct PaymentCaptured: Equatable, Sendable {
    public var orderID: OrderID
    public var userID: UserID
    /// Minor units.
    public var amount: Int64
    public var capturedAt: Timestamp

    public init(orderID: OrderID, userID: UserID, amount: Int64, capturedAt: Timestamp) {
        self.orderID = orderID
        self.userID = userID
        self.amount = amount
        self.capturedAt = capturedAt
    }
}

/// The authorization of an order's payment was voided, or there was none.
public struct PaymentVoided: Equatable, Sendable {
    public var orderID: OrderID
    public var userID: UserID
    public var voidedAt: Timestamp

    public init(orderID: OrderID, userID: UserID, voidedAt: Timestamp) {
        self.orderID = orderID
        self.userID = userID
        self.voidedAt = voidedAt
    }
}

/// An operator has a parked payment tried again.
public struct PaymentResumed: Equatable, Sendable {
    public var orderID: OrderID
    public var userID: UserID
    public var resumedAt: Timestamp

    public init(orderID: OrderID, userID: UserID, resumedAt: Timestamp) {
        self.orderID = orderID
        self.userID = userID
        self.resumedAt = resumedAt
    }
}

/// Money went back.
public struct PaymentRefunded: Equatable, Sendable {
    public var orderID: OrderID
    public var userID: UserID
    public var refundID: RefundID
    /// Minor units.
    public var amount: Int64
    public var refundedAt: Timestamp

    public init(orderID: OrderID, userID: UserID, refundID: RefundID, amount: Int64, refundedAt: Timestamp) {
        self.orderID = orderID
        self.userID = userID
        self.refundID = refundID
        self.amount = amount
        self.refundedAt = refundedAt
    }
}

/// The payment process gave up trying by itself; an operator decides.
public struct PaymentParked: Equatable, Sendable {
    public var orderID: OrderID
    public var userID: UserID
    public var reason: String
    public var parkedAt: Timestamp

    public init(orderID: OrderID, userID: UserID, reason: String, parkedAt: Timestamp) {
        self.orderID = orderID
        self.userID = userID
        self.reason = reason
        self.parkedAt = parkedAt
    }
}

/// Tickets ended, and their places are free again. Their price goes back, less what went back before in another way.
public struct TicketsReturned: Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
        case requested
        case showCancelled
        /// The money could not be captured.
        case revoked
        /// An operator ended them without a refund.
        case ended
    }

    public var orderID: OrderID
    public var userID: UserID
    /// Ticket numbers, ascending; none: it is the rest of an earlier refund.
    public var tickets: [Int]
    /// Ascending.
    public var seatIndexes: [Int]
    /// Those of `seatIndexes` that were offered for resale; ascending.
    public var resaleSeats: [Int]
    /// Those of `seatIndexes` that are back in their allocation rather than free; ascending.
    public var blockedSeats: [Int]
    public var areas: [AreaQuantity]
    public var reason: Reason
    public var refundID: RefundID
    /// Minor units to go back, if they were captured.
    public var amount: Int64
    /// The provider's id of the payment that they are refunded from.
    public var paymentID: String
    /// Other tickets of the order are still somebody's, and an operator has yet to decide about them.
    public var needsDecision: Bool
    public var returnedAt: Timestamp

    public init(
        orderID: OrderID, userID: UserID, tickets: [Int], seatIndexes: [Int], resaleSeats: [Int],
        blockedSeats: [Int] = [], areas: [AreaQuantity], reason: Reason, refundID: RefundID, amount: Int64,
        paymentID: String, needsDecision: Bool = false, returnedAt: Timestamp
    ) {
        self.orderID = orderID
        self.userID = userID
        self.tickets = tickets
        self.seatIndexes = seatIndexes
        self.resaleSeats = resaleSeats
        self.blockedSeats = blockedSeats
        self.areas = areas
        self.reason = reason
        self.refundID = refundID
        self.amount = amount
        self.needsDecision = needsDecision
        self.paymentID = paymentID
        self.returnedAt = returnedAt
    }
}

/// A ticket was offered to somebody, or changed hands, or went on or off resale.
public struct TicketChanged: Equatable, Sendable {
    public enum Change: Equatable, Sendable {
        case offered(to: UserID)
        case offerWithdrawn(to: UserID)
        /// The codes of earlier generations are worthless from here on.
        case accepted(by: UserID, generation: Int)
        /// At its price, in minor units.
        case listed(seatIndex: Int, price: Int64)
        case unlisted(seatIndex: Int)
    }

    public var ticketID: TicketID
    public var orderUserID: UserID
    /// Before the change.
    public var ownerID: UserID
    public var change: Change
    public var changedAt: Timestamp

    public init(ticketID: TicketID, orderUserID: UserID, ownerID: UserID, change: Change, changedAt: Timestamp) {
        self.ticketID = ticketID
        self.orderUserID = orderUserID
        self.ownerID = ownerID
        self.change = change
        self.changedAt = changedAt
    }
}

/// The show will not be. Its holds end, and its orders are refunded.
public struct ShowCancelled: Equatable, Sendable {
    /// Orders that have tickets to be refunded.
    public var orders: Int
    public var cancelledAt: Timestamp

    public init(orders: Int, cancelledAt: Timestamp) {
        self.orders = orders
        self.cancelledAt = cancelledAt
    }
}
