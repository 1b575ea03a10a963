import Domain
import Payments

let show = ShowID("show")

/// An order in the log, event by event, without a log.
struct SampleOrder {
    var record: OrderRecord
    private(set) var position: Int64

    init(_ name: String = "show-one", total: Int64 = 9_000, method: String = "card", at position: Int64 = 10) {
        let started = PurchaseStarted(
            orderID: OrderID(name), holdID: HoldID("show-hold-\(name)"), userID: UserID("ada"), paymentMethod: method,
            total: total, currency: "EUR", startedAt: .distantPast, expiresAt: .distantPast, extendsHold: false)
        record = OrderRecord(started, show: show, at: position)
        self.position = position
    }

    var id: OrderID { record.orderID }

    var request: PaymentRequest {
        PaymentRequest(
            orderID: id, amount: record.total, currency: record.currency, paymentMethod: record.paymentMethod)
    }

    func ticket(_ number: Int) -> TicketID { TicketID(number, of: id) }

    mutating func append(_ event: OrderEvent) {
        position += 1
        record.apply(.order(event), at: position)
    }

    mutating func sell(_ paymentID: String = "pi") {
        append(
            .sold(
                SeatsSold(
                    orderID: id, holdID: record.holdID, userID: record.userID,
                    seats: [HeldSeat(index: 0, guid: "1-1"), HeldSeat(index: 1, guid: "1-2")], areas: [], wasHeld: true,
                    resold: [], total: record.total, currency: "EUR", paymentID: paymentID, soldAt: .distantPast)))
    }

    mutating func fail(_ reason: PurchaseFailed.Reason = .expired, _ payment: PurchaseFailed.Payment = .unknown) {
        append(
            .failed(
                PurchaseFailed(
                    orderID: id, holdID: record.holdID, userID: record.userID, reason: reason, payment: payment,
                    failedAt: .distantPast)))
    }

    mutating func capture() {
        append(
            .captured(
                PaymentCaptured(
                    orderID: id, userID: record.userID, amount: record.total, capturedAt: .distantPast)))
    }

    mutating func resume() {
        append(.resumed(PaymentResumed(orderID: id, userID: record.userID, resumedAt: .distantPast)))
    }

    mutating func park(_ reason: String = "reason") {
        append(
            .parked(PaymentParked(orderID: id, userID: record.userID, reason: reason, parkedAt: .distantPast)))
    }

    mutating func returnTickets(_ tickets: [Int], refund: String, amount: Int64) {
        append(
            .returned(
                TicketsReturned(
                    orderID: id, userID: record.userID, tickets: tickets, seatIndexes: tickets.map { $0 - 1 },
                    resaleSeats: [], areas: [], reason: .requested, refundID: RefundID(refund), amount: amount,
                    paymentID: record.paymentID, returnedAt: .distantPast)))
    }

    mutating func refund(_ refund: String, amount: Int64) {
        append(
            .refunded(
                PaymentRefunded(
                    orderID: id, userID: record.userID, refundID: RefundID(refund), amount: amount,
                    refundedAt: .distantPast)))
    }
}

/// What the machine wants to have done.
enum Action: Equatable {
    case call(OrderID, PaymentMachine.Call, seenAt: Int64)
    case propose(OrderID, ShowID, PaymentStep, seenAt: Int64)
    case report(OrderID, attempts: Int, reason: String)
}

extension PaymentMachine {
    /// The order as the log has it now, and what comes of it.
    mutating func see(_ order: SampleOrder, isNew: Bool = true, now: Duration) -> [Action] {
        changed(order.id, to: order.record, isNew: isNew, now: now)
        return calls(now: now)
    }

    /// An answer, and all that comes of it at once.
    mutating func hear(
        _ order: SampleOrder, _ call: Call, _ result: Result<Answer, PaymentError>, now: Duration
    ) -> [Action] {
        hear(order.id, call, result, now: now) + calls(now: now)
    }

    /// An answer, and what comes of it before the next calls.
    mutating func hear(
        _ id: OrderID, _ call: Call, _ result: Result<Answer, PaymentError>, now: Duration
    ) -> [Action] {
        let reaction = answered(id, call, result, now: now)
        var actions: [Action] = []
        if let report = reaction.report {
            actions.append(.report(report.order, attempts: report.attempts, reason: report.reason))
        }
        if let proposal = reaction.proposal {
            actions.append(.propose(proposal.order, proposal.show, proposal.step, seenAt: proposal.seenAt))
        }
        return actions
    }

    /// The calls to make by now.
    mutating func calls(now: Duration) -> [Action] {
        advance(now: now).map { .call($0.order, $0.call, seenAt: $0.seenAt) }
    }
}

extension PaymentLimits {
    /// Pauses of whole seconds.
    static var slow: PaymentLimits {
        var limits = PaymentLimits()
        limits.retryMin = .seconds(1)
        limits.retryMax = .seconds(8)
        limits.outageRetryMax = .seconds(8)
        limits.confirmationTimeout = .seconds(100)
        limits.attemptsMax = 6
        return limits
    }
}
