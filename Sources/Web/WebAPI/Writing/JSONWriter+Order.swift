public import Domain
import Identity
public import Text

/// Opens what the log has sealed for the buyer's browser; nil: this node can't.
public typealias SecretOpener = @Sendable (_ sealed: [UInt8]) -> String?

extension JSONWriter {
    /// An order as every answer shows it to the one who pays for it. Who has a ticket that was passed on is no business of
    /// theirs.
    ///
    /// - Parameters:
    ///   - isForStaff: the back office sees whose the tickets are, and how the payment stands.
    ///   - openSecret: opens what the buyer's browser needs to act on the payment; nil: the answer is not for the buyer.
    public mutating func value(_ order: OrderRecord, isForStaff: Bool = false, openSecret: SecretOpener? = nil) {
        object { json in
            json.member("orderId", order.orderID)
            json.member("showId", order.showID)
            json.member("holdId", order.holdID)
            json.member("userId", order.userID)
            json.member("status", order.status.rawValue)
            if let failure = order.failure {
                json.member("failure", failure.name)
                if case .declined(let code) = failure { json.member("declineCode", code) }
            }
            if order.status == .requiresAction, let openSecret {
                json.object("action") { json in
                    if let secret = openSecret(order.sealedSecret) { json.member("clientSecret", secret) }
                    if !order.returnURL.isEmpty { json.member("returnUrl", order.returnURL) }
                }
            }
            json.member("total", order.total)
            json.member("currency", order.currency)
            json.member("startedAt", order.startedAt)
            json.member("expiresAt", order.expiresAt)
            json.array("tickets") { json in
                for ticket in order.tickets {
                    json.object { json in
                        json.members(ticket, for: isForStaff ? ticket.owner : order.userID)
                        if isForStaff { json.staffMembers(ticket) }
                    }
                }
            }
            json.array("refunds") { json in
                for refund in order.refunds {
                    json.object { json in
                        json.member("refundId", refund.refundID)
                        json.member("amount", refund.amount)
                        json.member("status", refund.isDone ? "done" : "pending")
                        if refund.isProviders { json.member("origin", "provider") }
                    }
                }
            }
            json.member("refunded", order.refunds.reduce(0) { $0 + ($1.isDone ? $1.amount : 0) })
            if isForStaff {
                json.member("payment", order.payment.name)
                if !order.paymentID.isEmpty { json.member("paymentId", order.paymentID) }
                if let reason = order.parkedBecause { json.member("parkedBecause", reason) }
            }
        }
    }

    /// A ticket by itself, as its owner is shown it.
    ///
    /// - Parameter code: for its owner to be let in with; see ``TicketCodes``.
    public mutating func value(
        _ ticket: OrderRecord.Ticket, of order: OrderRecord, for caller: UserID, code: String?
    ) {
        object { json in
            json.member("orderId", order.orderID)
            json.member("showId", order.showID)
            json.members(ticket, for: caller)
            if let code { json.member("code", code) }
        }
    }

    /// A ticket by itself, as the back office sees it, without the code that its owner has.
    public mutating func value(_ ticket: OrderRecord.Ticket, ofStaffsOrder order: OrderRecord) {
        object { json in
            json.member("orderId", order.orderID)
            json.member("showId", order.showID)
            json.member("orderUserId", order.userID)
            json.members(ticket, for: ticket.owner)
            json.staffMembers(ticket)
        }
    }

    private mutating func staffMembers(_ ticket: OrderRecord.Ticket) {
        member("generation", ticket.generation)
        array("passes") { json in for pass in ticket.passes { json.object { $0.members(pass) } } }
    }

    /// Writes the members that everybody who may see a ticket gets, and those for its owner only.
    private mutating func members(_ ticket: OrderRecord.Ticket, for caller: UserID) {
        member("ticketId", ticket.ticketID)
        if let seat = ticket.seat { member("seat", seat) }
        if let area = ticket.area { member("area", area) }
        if let fare = ticket.fare { write(fare) }
        member("status", ticket.status.rawValue)
        if let scannedAt = ticket.scannedAt { member("scannedAt", scannedAt) }
        guard ticket.owner == caller else { return }
        member("ownerId", ticket.owner)
        if let receiver = ticket.offeredTo { member("offeredTo", receiver) }
    }
}

extension JSONWriter {
    /// What was paid for a ticket; members, not an object.
    private mutating func write(_ fare: Fare) {
        if !fare.ticketType.isEmpty { member("ticketType", fare.ticketType) }
        member("price", fare.price)
        member("fee", fare.fee)
        member("tax", fare.tax)
    }
}

extension OrderRecord.Payment {
    /// The name of what is known of the payment, for the back office.
    public var name: String {
        switch self {
        case .none: "none"
        case .unknown: "unknown"
        case .authorized: "authorized"
        case .captured: "captured"
        }
    }
}

extension PurchaseFailed.Reason {
    /// The reason's name in orders and problem documents.
    public var name: String {
        switch self {
        case .declined: "payment-declined"
        case .expired: "payment-expired"
        case .showCancelled: "show-cancelled"
        case .abandoned: "payment-abandoned"
        }
    }
}
