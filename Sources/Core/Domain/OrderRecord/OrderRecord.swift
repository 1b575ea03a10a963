/// An order as views show it: the fold of the events that name it.
public struct OrderRecord: Equatable, Sendable {
    public enum Status: String, Equatable, Sendable {
        /// The payment is being authorized.
        case pending
        /// The buyer's bank wants to see the buyer before it authorizes the payment.
        case requiresAction = "requires-action"
        /// The places are sold; the money is being captured.
        case confirmed
        case completed
        case failed
    }

    public enum Payment: Equatable, Sendable {
        case none
        /// It may or may not have been authorized.
        case unknown
        case authorized
        case captured

        /// What a purchase that failed leaves of its payment.
        init(leftBy payment: PurchaseFailed.Payment) {
            self =
                switch payment {
                case .none: .none
                case .unknown: .unknown
                case .authorized: .authorized
                }
        }
    }

    public struct Ticket: ChangingTicket, Equatable, Sendable {
        public var ticketID: TicketID
        /// The seat's guid; nil: a unit of `area`.
        public var seat: String?
        public var area: AreaID?
        /// What was paid for it; nil: it was sold before sales told that.
        public var fare: Fare?
        public var owner: UserID
        /// Raised whenever the ticket changes hands; codes of earlier generations are worthless.
        public var generation: Int
        public var status: TicketStatus
        /// The ways through the door that stand, the oldest first.
        public var passes: [DoorPass]
        public var offeredTo: UserID?

        /// When its holder was last let in.
        public var scannedAt: Timestamp? { lastEntry?.at }

        public init(
            ticketID: TicketID, seat: String?, area: AreaID?, fare: Fare? = nil, owner: UserID, generation: Int = 1,
            status: TicketStatus = .valid, passes: [DoorPass] = [], offeredTo: UserID? = nil
        ) {
            self.ticketID = ticketID
            self.seat = seat
            self.area = area
            self.fare = fare
            self.owner = owner
            self.generation = generation
            self.status = status
            self.passes = passes
            self.offeredTo = offeredTo
        }
    }

    public struct Refund: Equatable, Sendable {
        /// Of one that somebody made at the provider: the provider's id.
        public var refundID: RefundID
        /// Minor units.
        public var amount: Int64
        public var isDone: Bool
        /// Somebody made it at the provider; this log did not ask for it.
        public var isProviders: Bool

        public init(refundID: RefundID, amount: Int64, isDone: Bool, isProviders: Bool = false) {
            self.refundID = refundID
            self.amount = amount
            self.isDone = isDone
            self.isProviders = isProviders
        }
    }

    public struct Dispute: Equatable, Sendable {
        /// The provider's.
        public var disputeID: String
        public var status: DisputeChanged.Status
        /// Minor units.
        public var amount: Int64
        /// The provider's code for why.
        public var reason: String

        public init(disputeID: String, status: DisputeChanged.Status, amount: Int64, reason: String) {
            self.disputeID = disputeID
            self.status = status
            self.amount = amount
            self.reason = reason
        }
    }

    public var orderID: OrderID
    public var showID: ShowID
    public var holdID: HoldID
    public var userID: UserID
    public var paymentMethod: String
    /// See ``PurchaseStarted/returnURL``.
    public var returnURL: String
    /// Minor units of `currency`.
    public var total: Int64
    public var currency: String
    public var startedAt: Timestamp
    /// When the hold's time is over.
    public var expiresAt: Timestamp
    public var status = Status.pending
    /// Why there is no sale, or why it was taken back before its money came, even if that came later; nil: there is one,
    /// or may be.
    public var failure: PurchaseFailed.Reason?
    public var payment = Payment.unknown
    /// The provider's id of the payment; empty: not known, or none.
    public var paymentID = ""
    /// Why the payment waits for an operator; nil: it does not.
    public var parkedBecause: String?
    /// Ticket n is at n - 1.
    public var tickets: [Ticket] = []
    public var refunds: [Refund] = []
    public var disputes: [Dispute] = []
    /// What an operator has to decide about the order's tickets; nil: nothing.
    public var review: String?
    /// What the buyer's browser needs at the provider, sealed; empty: nothing is asked of the buyer.
    public var sealedSecret: [UInt8] = []
    /// The sequence number of the last event that changed it.
    public var position: Int64

    public init(_ event: PurchaseStarted, show: ShowID, at position: Int64) {
        orderID = event.orderID
        showID = show
        holdID = event.holdID
        userID = event.userID
        paymentMethod = event.paymentMethod
        returnURL = event.returnURL
        total = event.total
        currency = event.currency
        startedAt = event.startedAt
        expiresAt = event.expiresAt
        self.position = position
    }

    /// An order that was settled, of which no more is known than it takes to pay back.
    public init(refunding orderID: OrderID, of userID: UserID, _ paymentID: String, show: ShowID, at position: Int64) {
        self.orderID = orderID
        self.showID = show
        self.userID = userID
        self.paymentID = paymentID
        self.position = position
        holdID = HoldID("")
        paymentMethod = ""
        returnURL = ""
        total = 0
        currency = ""
        startedAt = .distantPast
        expiresAt = .distantPast
        status = .completed
        payment = .captured
    }

    /// The order had its sale, whatever became of its tickets since.
    public var isSold: Bool { !tickets.isEmpty || status == .completed }

    /// What the payment process has to do next for the order; nil: nothing.
    public enum Work: Equatable, Sendable {
        case authorize
        case capture
        /// Make sure that nothing stays authorized.
        case void
        case refund(RefundID, amount: Int64)
    }

    public var work: Work? {
        switch payment {
        case .none: return nil
        case .unknown: return status == .pending || status == .requiresAction ? .authorize : .void
        case .authorized: return status == .confirmed && !isRevoked ? .capture : .void
        case .captured:
            return refunds.first { !$0.isDone }.map { .refund($0.refundID, amount: $0.amount) }
        }
    }

    /// All of it went back before the money was captured.
    private var isRevoked: Bool { !tickets.isEmpty && tickets.allSatisfy { $0.status == .returned } }

    /// An order, and whose it is.
    public struct Reference: Equatable, Sendable {
        public var orderID: OrderID
        public var userID: UserID
    }

    /// The orders that an event changes, each once: the one it names first, then those of whoever's seat it resells.
    public static func references(in event: ShowEvent) -> [Reference] {
        switch event {
        case .created, .changed, .places, .allocations, .admission, .cancelled, .hold, .waitlist: []
        case .order(.sold(let event)):
            // Only who bought a ticket may sell it: the seller is the user of the order.
            event.resold.reduce(into: [Reference(orderID: event.orderID, userID: event.userID)]) { found, resold in
                guard let id = resold.ticketID.order, !found.contains(where: { $0.orderID == id }) else { return }
                found.append(Reference(orderID: id, userID: resold.sellerID))
            }
        case .order(let event): [Reference(orderID: event.orderID, userID: event.userID)]
        case .ticket(let event):
            if let id = event.ticketID?.order, let user = event.orderUserID {
                [Reference(orderID: id, userID: user)]
            } else {
                []
            }
        }
    }

    /// The ids of ``references(in:)``.
    public static func ids(in event: ShowEvent) -> [OrderID] { references(in: event).map(\.orderID) }

    /// Folds in an event that names this order (see ``ids(in:)``); the first, `PurchaseStarted`, is in already.
    public mutating func apply(_ event: ShowEvent, at position: Int64) {
        self.position = position
        switch event {
        case .order(let event): apply(event)
        case .ticket(.scanned(let scanned)): change(scanned.ticketID) { $0.pass(scanned) }
        case .ticket(.scanUndone(let undone)): change(undone.ticketID) { $0.undoPass() }
        case .ticket(.changed(let changed)): change(changed.ticketID) { $0.apply(changed.change) }
        case .created, .changed, .places, .allocations, .admission, .cancelled, .hold, .ticket(.scansUploaded),
            .waitlist:
            break
        }
    }

    private mutating func apply(_ event: OrderEvent) {
        switch event {
        case .started: break
        case .sold(let sold) where sold.orderID == orderID: sell(sold)
        case .sold(let sold):
            for resold in sold.resold where resold.ticketID.order == orderID {
                change(resold.ticketID) { $0.status = .resold }
                owe(resold.refundID, resold.amount)
            }
        case .failed(let failed):
            status = .failed
            failure = failed.reason
            parkedBecause = nil
            sealedSecret = []
            payment = Payment(leftBy: failed.payment)
            if case .authorized(let id) = failed.payment { paymentID = id }
        case .captured(let captured):
            status = .completed
            payment = .captured
            parkedBecause = nil
            // Less was taken than was to be: no more can go back.
            reduceDue(by: due.minus(captured.amount))
        case .voided:
            // Of a sale, that is its end: its tickets went back before.
            status = .failed
            payment = .none
            refunds = []
            parkedBecause = nil
        case .refunded(let refunded):
            for index in refunds.indices
            where refunds[index].refundID == refunded.refundID && !refunds[index].isProviders {
                refunds[index].isDone = true
                refunds[index].amount = min(refunds[index].amount, refunded.amount)
            }
            parkedBecause = nil
        case .parked(let parked): parkedBecause = parked.reason
        case .resumed: parkedBecause = nil
        case .returned(let returned):
            for number in returned.tickets { change(TicketID(number, of: orderID)) { $0.goBack() } }
            if payment == .authorized { failure = returned.reason == .showCancelled ? .showCancelled : .abandoned }
            owe(returned.refundID, returned.amount)
            parkedBecause = nil
            if !returned.needsDecision { review = nil }
        case .swapped(let swapped):
            for swap in swapped.swaps {
                change(TicketID(swap.ticket, of: orderID)) { ticket in
                    (ticket.seat, ticket.area) = (swap.seat.guid, nil)
                    ticket.fare = swap.fare
                    ticket.generation = swap.generation
                }
            }
            owe(swapped.refundID, swapped.amount)
        case .money(let event): apply(event)
        }
    }

    private mutating func sell(_ sold: SeatsSold) {
        status = .confirmed
        payment = .authorized
        paymentID = sold.paymentID
        parkedBecause = nil
        sealedSecret = []
        let units = sold.areas.flatMap { repeatElement($0.areaID, count: $0.quantity) }
        let places = sold.seats.map { (seat: $0.guid as String?, area: nil as AreaID?) } + units.map { (nil, $0) }
        let fares = Array(sold.fares.all)
        tickets = places.enumerated().map { index, place in
            Ticket(
                ticketID: TicketID(index + 1, of: orderID), seat: place.seat, area: place.area,
                fare: fares.indices.contains(index) ? fares[index] : nil, owner: userID)
        }
    }

    private mutating func owe(_ refund: RefundID, _ amount: Int64) {
        if amount > 0 { refunds.append(Refund(refundID: refund, amount: amount, isDone: false)) }
    }

    mutating func change(_ id: TicketID, _ body: (inout Ticket) -> Void) {
        guard let number = id.number, tickets.indices.contains(number - 1) else { return }
        body(&tickets[number - 1])
    }
}
