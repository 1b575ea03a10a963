// What the payment provider tells of an order's money beyond what was asked of it, and what operators decide about that.
// Every event names the order and the user who pays for it.

/// What happened to an order's money outside the order's own steps.
public enum MoneyEvent: Equatable, Sendable {
    case actionRequired(PaymentActionRequired)
    case refunded(ProviderRefunded)
    case disputed(DisputeChanged)
    case accepted(PaymentAccepted)
    case suspended(TicketsSuspended)
    case restored(TicketsRestored)

    public var orderID: OrderID {
        switch self {
        case .actionRequired(let event): event.orderID
        case .refunded(let event): event.orderID
        case .disputed(let event): event.orderID
        case .accepted(let event): event.orderID
        case .suspended(let event): event.orderID
        case .restored(let event): event.orderID
        }
    }

    public var userID: UserID {
        switch self {
        case .actionRequired(let event): event.userID
        case .refunded(let event): event.userID
        case .disputed(let event): event.userID
        case .accepted(let event): event.userID
        case .suspended(let event): event.userID
        case .restored(let event): event.userID
        }
    }

    /// Refunds that were due, and that it makes up for.
    public var settled: [SettledRefund] {
        switch self {
        case .refunded(let event): event.settled
        case .disputed(let event): event.settled
        case .accepted(let event): event.settled
        case .actionRequired, .suspended, .restored: []
        }
    }

    /// When the show decided it.
    public var at: Timestamp {
        switch self {
        case .actionRequired(let event): event.requiredAt
        case .refunded(let event): event.recordedAt
        case .disputed(let event): event.recordedAt
        case .accepted(let event): event.acceptedAt
        case .suspended(let event): event.suspendedAt
        case .restored(let event): event.restoredAt
        }
    }
}

/// The buyer's bank wants to see the buyer (3-D Secure) before the payment is authorized. Until then nothing is.
public struct PaymentActionRequired: Equatable, Sendable {
    public var orderID: OrderID
    public var userID: UserID
    /// The provider's id of the payment.
    public var paymentID: String
    /// What the buyer's browser needs at the provider, encrypted for the nodes that answer the buyer: the log is read by
    /// more people than the buyer.
    public var sealedSecret: [UInt8]
    public var requiredAt: Timestamp

    public init(orderID: OrderID, userID: UserID, paymentID: String, sealedSecret: [UInt8], requiredAt: Timestamp) {
        self.orderID = orderID
        self.userID = userID
        self.paymentID = paymentID
        self.sealedSecret = sealedSecret
        self.requiredAt = requiredAt
    }
}

/// A part of a refund that is due, and that is made up for: by money that went back in another way, or by decision.
public struct SettledRefund: Equatable, Sendable {
    public var refundID: RefundID
    /// Minor units.
    public var amount: Int64
    /// Nothing of the refund is due any more.
    public var isWhole: Bool

    public init(refundID: RefundID, amount: Int64, isWhole: Bool) {
        self.refundID = refundID
        self.amount = amount
        self.isWhole = isWhole
    }
}

/// Money of an order went back that this log did not ask for: somebody refunded it at the provider.
///
/// It makes up for refunds that are due, and beyond them for those to come: what is owed is always the difference.
public struct ProviderRefunded: Equatable, Sendable {
    public var orderID: OrderID
    public var userID: UserID
    /// The provider's id of the payment.
    public var paymentID: String
    /// The provider's id of the refund.
    public var refundID: String
    /// Minor units: what of it was not on record before.
    public var amount: Int64
    /// Refunds that were due and that it makes up for.
    public var settled: [SettledRefund]
    /// Tickets are still somebody's whose money went back: an operator decides about them.
    public var needsDecision: Bool
    public var recordedAt: Timestamp

    public init(
        orderID: OrderID, userID: UserID, paymentID: String, refundID: String, amount: Int64, settled: [SettledRefund],
        needsDecision: Bool, recordedAt: Timestamp
    ) {
        self.orderID = orderID
        self.userID = userID
        self.paymentID = paymentID
        self.refundID = refundID
        self.amount = amount
        self.settled = settled
        self.needsDecision = needsDecision
        self.recordedAt = recordedAt
    }
}

/// The buyer's bank disputes a payment (a chargeback), or a dispute went on.
public struct DisputeChanged: Equatable, Sendable {
    public enum Status: String, CaseIterable, Equatable, Sendable {
        /// The bank asks, and takes nothing yet.
        case inquiry
        case open
        /// Open, and the money is with the bank meanwhile.
        case fundsWithdrawn = "funds-withdrawn"
        /// The money is ours, again or still.
        case won
        /// The money is the buyer's again.
        case lost

        public var isClosed: Bool { self == .won || self == .lost }
    }

    public var orderID: OrderID
    public var userID: UserID
    /// The provider's id of the payment.
    public var paymentID: String
    /// The provider's id of the dispute.
    public var disputeID: String
    public var status: Status
    /// Minor units.
    public var amount: Int64
    /// The provider's code for why, such as `fraudulent`.
    public var reason: String
    /// Refunds that were due and that a lost dispute makes up for.
    public var settled: [SettledRefund]
    /// Tickets are still somebody's, or suspended: an operator decides about them.
    public var needsDecision: Bool
    public var recordedAt: Timestamp

    public init(
        orderID: OrderID, userID: UserID, paymentID: String, disputeID: String, status: Status, amount: Int64,
        reason: String, settled: [SettledRefund], needsDecision: Bool, recordedAt: Timestamp
    ) {
        self.orderID = orderID
        self.userID = userID
        self.paymentID = paymentID
        self.disputeID = disputeID
        self.status = status
        self.amount = amount
        self.reason = reason
        self.settled = settled
        self.needsDecision = needsDecision
        self.recordedAt = recordedAt
    }
}

/// An operator leaves things as they are: nothing more is tried, and refunds that were due are settled elsewhere.
public struct PaymentAccepted: Equatable, Sendable {
    public var orderID: OrderID
    public var userID: UserID
    /// Refunds that were due, and are not any more.
    public var settled: [SettledRefund]
    public var acceptedAt: Timestamp

    public init(orderID: OrderID, userID: UserID, settled: [SettledRefund], acceptedAt: Timestamp) {
        self.orderID = orderID
        self.userID = userID
        self.settled = settled
        self.acceptedAt = acceptedAt
    }
}

/// Tickets that let nobody in, and can't be passed on, until they are restored or ended.
public struct TicketsSuspended: Equatable, Sendable {
    public var orderID: OrderID
    public var userID: UserID
    /// Ticket numbers, ascending.
    public var tickets: [Int]
    public var suspendedAt: Timestamp

    public init(orderID: OrderID, userID: UserID, tickets: [Int], suspendedAt: Timestamp) {
        self.orderID = orderID
        self.userID = userID
        self.tickets = tickets
        self.suspendedAt = suspendedAt
    }
}

/// Suspended tickets are what they were before.
public struct TicketsRestored: Equatable, Sendable {
    public var orderID: OrderID
    public var userID: UserID
    /// Ticket numbers, ascending.
    public var tickets: [Int]
    public var restoredAt: Timestamp

    public init(orderID: OrderID, userID: UserID, tickets: [Int], restoredAt: Timestamp) {
        self.orderID = orderID
        self.userID = userID
        self.tickets = tickets
        self.restoredAt = restoredAt
    }
}
