import Domain
import SwiftProtobuf

extension Holdfast_V1_PurchaseStarted {
    init(_ event: PurchaseStarted) {
        self.init()
        orderID = event.orderID.rawValue
        holdID = event.holdID.rawValue
        userID = event.userID.rawValue
        paymentMethod = event.paymentMethod
        total = event.total
        currency = event.currency
        startedAt = event.startedAt.microseconds
        expiresAt = event.expiresAt.microseconds
        extendsHold = event.extendsHold
        returnURL = event.returnURL
    }
}

extension PurchaseStarted {
    init(_ message: Holdfast_V1_PurchaseStarted) {
        self.init(
            orderID: OrderID(message.orderID), holdID: HoldID(message.holdID), userID: UserID(message.userID),
            paymentMethod: message.paymentMethod, total: message.total, currency: message.currency,
            startedAt: Timestamp(microseconds: message.startedAt),
            expiresAt: Timestamp(microseconds: message.expiresAt),
            extendsHold: message.extendsHold, returnURL: message.returnURL)
    }
}

extension Holdfast_V1_SeatsSold {
    init(_ event: SeatsSold) {
        self.init()
        orderID = event.orderID.rawValue
        holdID = event.holdID.rawValue
        userID = event.userID.rawValue
        seatIndexes = event.seats.map { UInt32($0.index) }
        seatGuids = event.seats.map(\.guid)
        areas = event.areas.map(Holdfast_V1_AreaQuantity.init)
        fares = event.fares.runs.map(Holdfast_V1_FareRun.init)
        wasHeld = event.wasHeld
        resold = event.resold.map { resold in
            .with {
                $0.seatIndex = UInt32(resold.seatIndex)
                $0.ticketID = resold.ticketID.rawValue
                $0.sellerID = resold.sellerID.rawValue
                $0.refundID = resold.refundID.rawValue
                $0.amount = resold.amount
                $0.paymentID = resold.paymentID
            }
        }
        total = event.total
        currency = event.currency
        paymentID = event.paymentID
        soldAt = event.soldAt.microseconds
        admission = event.admission?.rawValue ?? ""
    }
}

extension SeatsSold {
    /// Tickets of one order; far above the seats that a hold may have.
    private static let ticketsMax = 10_000

    init(_ message: Holdfast_V1_SeatsSold) throws(UnreadableEvent) {
        guard message.seatIndexes.count == message.seatGuids.count else {
            throw UnreadableEvent(
                "SeatsSold with \(message.seatIndexes.count) indexes, \(message.seatGuids.count) guids")
        }
        // Every unit becomes a ticket: a damaged quantity must not fill the memory.
        let ticketCount = message.areas.reduce(message.seatIndexes.count) { $0 + Int($1.quantity) }
        guard ticketCount <= Self.ticketsMax else { throw UnreadableEvent("SeatsSold with \(ticketCount) tickets") }
        self.init(
            orderID: OrderID(message.orderID), holdID: HoldID(message.holdID), userID: UserID(message.userID),
            seats: zip(message.seatIndexes, message.seatGuids).map { HeldSeat(index: Int($0), guid: $1) },
            areas: message.areas.map(AreaQuantity.init),
            fares: try FareList(message.fares, seats: message.seatGuids.count, areas: message.areas),
            wasHeld: message.wasHeld,
            resold: message.resold.map {
                ResoldSeat(
                    seatIndex: Int($0.seatIndex), ticketID: TicketID($0.ticketID), sellerID: UserID($0.sellerID),
                    refundID: RefundID($0.refundID), amount: $0.amount, paymentID: $0.paymentID)
            },
            total: message.total, currency: message.currency, paymentID: message.paymentID,
            soldAt: Timestamp(microseconds: message.soldAt), admission: message.admission.orNil.map { EntryID($0) })
    }
}

extension Holdfast_V1_PurchaseFailed {
    init(_ event: PurchaseFailed) {
        self.init()
        orderID = event.orderID.rawValue
        holdID = event.holdID.rawValue
        userID = event.userID.rawValue
        switch event.reason {
        case .declined(let code):
            reason = .declined
            declineCode = code
        case .expired: reason = .expired
        case .showCancelled: reason = .showCancelled
        case .abandoned: reason = .abandoned
        }
        switch event.payment {
        case .none: break
        case .unknown: mayBeAuthorized = true
        case .authorized(let id): paymentID = id
        }
        failedAt = event.failedAt.microseconds
    }
}

extension PurchaseFailed {
    init(_ message: Holdfast_V1_PurchaseFailed) throws(UnreadableEvent) {
        let reason: Reason
        switch message.reason {
        case .declined: reason = .declined(message.declineCode)
        case .expired: reason = .expired
        case .showCancelled: reason = .showCancelled
        case .abandoned: reason = .abandoned
        case .unspecified, .UNRECOGNIZED: throw UnreadableEvent("PurchaseFailed for no known reason")
        }
        self.init(
            orderID: OrderID(message.orderID), holdID: HoldID(message.holdID), userID: UserID(message.userID),
            reason: reason,
            payment: message.mayBeAuthorized
                ? .unknown : message.paymentID.isEmpty ? .none : .authorized(message.paymentID),
            failedAt: Timestamp(microseconds: message.failedAt))
    }
}

extension Holdfast_V1_PaymentCaptured {
    init(_ event: PaymentCaptured) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        amount = event.amount
        capturedAt = event.capturedAt.microseconds
    }
}

extension PaymentCaptured {
    init(_ message: Holdfast_V1_PaymentCaptured) {
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID), amount: message.amount,
            capturedAt: Timestamp(microseconds: message.capturedAt))
    }
}

extension Holdfast_V1_PaymentVoided {
    init(_ event: PaymentVoided) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        voidedAt = event.voidedAt.microseconds
    }
}

extension PaymentVoided {
    init(_ message: Holdfast_V1_PaymentVoided) {
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID),
            voidedAt: Timestamp(microseconds: message.voidedAt))
    }
}

extension Holdfast_V1_PaymentResumed {
    init(_ event: PaymentResumed) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        resumedAt = event.resumedAt.microseconds
    }
}

extension PaymentResumed {
    init(_ message: Holdfast_V1_PaymentResumed) {
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID),
            resumedAt: Timestamp(microseconds: message.resumedAt))
    }
}

extension Holdfast_V1_PaymentRefunded {
    init(_ event: PaymentRefunded) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        refundID = event.refundID.rawValue
        amount = event.amount
        refundedAt = event.refundedAt.microseconds
    }
}

extension PaymentRefunded {
    init(_ message: Holdfast_V1_PaymentRefunded) {
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID), refundID: RefundID(message.refundID),
            amount: message.amount, refundedAt: Timestamp(microseconds: message.refundedAt))
    }
}

extension Holdfast_V1_PaymentParked {
    init(_ event: PaymentParked) {
        self.init()
        orderID = event.orderID.rawValue
        userID = event.userID.rawValue
        reason = event.reason
        parkedAt = event.parkedAt.microseconds
    }
}

extension PaymentParked {
    init(_ message: Holdfast_V1_PaymentParked) {
        self.init(
            orderID: OrderID(message.orderID), userID: UserID(message.userID), reason: message.reason,
            parkedAt: Timestamp(microseconds: message.parkedAt))
    }
}
