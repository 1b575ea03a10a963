@testable import Domain
import Testing

/// Two tickets at 5,000 each are sold and paid for, in every test.
@Suite struct `Money that somebody else moved` {
    private var show = ShowState(SampleShow.created(rows: ["BB"]))
    private let refunded = ProviderLedger.Refund(id: "re_1", refundID: nil, amount: 10_000)

    init() throws { try show.buy("o", seats: ["1-1", "1-2"]) }

    private func books(
        _ refunds: [ProviderLedger.Refund] = [], _ disputes: [ProviderLedger.Dispute] = [], captured: Int64 = 10_000
    ) -> PaymentStep {
        .observed(
            ProviderLedger(paymentID: "pay-o", captured: captured, refunds: refunds, disputes: disputes))
    }

    private func part(_ amount: Int64, _ id: String = "re_1", of refund: String? = nil) -> ProviderLedger.Refund {
        ProviderLedger.Refund(id: id, refundID: refund.map { RefundID($0) }, amount: amount)
    }

    private func dispute(_ status: DisputeChanged.Status) -> ProviderLedger.Dispute {
        ProviderLedger.Dispute(id: "dp_1", status: status, amount: 10_000, reason: "fraudulent")
    }

    @Test mutating func `is on record once, with what it was, however often it is seen`() throws {
        let events = try show.pay(books([refunded]), "o", at: .at(20))
        #expect(
            events == [
                .order(
                    .money(
                        .refunded(
                            ProviderRefunded(
                                orderID: OrderID("o"), userID: UserID("ann"), paymentID: "pay-o", refundID: "re_1",
                                amount: 10_000, settled: [], needsDecision: true, recordedAt: .at(20)))))
            ])
        show.expectNothing(from: .pay(books([refunded]), "o"), at: .at(21))
        #expect(try show.order("o").isInReview)
    }

    @Test mutating func `is never returned again: a later refund returns the rest`() throws {
        try show.pay(books([part(6_000)]), "o", at: .at(20))
        let first = try #require(try show.run(.refund("o", [1]), at: .at(21)).returns.first)
        #expect(first.amount == 0, "6,000 went back, and one ticket is 5,000")
        let second = try #require(try show.run(.refund("o", [2]), at: .at(22)).returns.first)
        #expect(second.amount == 4_000)
        #expect(try show.order("o").refundsDue == [second.refundID: 4_000])
        #expect(try !show.order("o").isInReview)
    }

    @Test mutating func `makes up for what is due`() throws {
        try show.run(.refund("o", nil), at: .at(20))
        try show.pay(.parked(reason: "charge_already_refunded"), "o", at: .at(21))
        let events = try show.pay(books([part(4_000)]), "o", at: .at(22))
        #expect(events.kinds == ["providerRefunded"])
        #expect(try show.order("o").refundsDue == [RefundID("o-r1"): 6_000])
        #expect(try !show.order("o").isParked && !show.order("o").isInReview)
        try show.pay(books([part(4_000), part(6_000, "re_2")]), "o", at: .at(23))
        #expect(try show.order("o").refundsDue.isEmpty && show.order("o").credit == 0)
    }

    @Test mutating func `is told from what we asked for`() throws {
        try show.run(.refund("o", [1]), at: .at(20))
        let events = try show.pay(books([part(5_000, "re_1", of: "o-r1"), part(2_000, "re_2")]), "o", at: .at(21))
        #expect(events.kinds == ["paymentRefunded", "providerRefunded"])
        show.expectNothing(from: .pay(.refunded(RefundID("o-r1")), "o"), at: .at(22))
        show.expectNothing(
            from: .pay(books([part(5_000, "re_1", of: "o-r1"), part(2_000, "re_2")]), "o"), at: .at(23))
        #expect(try show.run(.refund("o", [2]), at: .at(24)).returns.first?.amount == 3_000)
    }

    @Test mutating func `counts once where ours was on its way when theirs was seen`() throws {
        try show.run(.refund("o", [1]), at: .at(20))
        try show.pay(books([part(5_000, "re_2")]), "o", at: .at(21))
        #expect(try show.order("o").refundsDue.isEmpty)
        let events = try show.pay(books([part(5_000, "re_1", of: "o-r1"), part(5_000, "re_2")]), "o", at: .at(22))
        #expect(events.kinds == ["providerRefunded"])
        #expect(try show.order("o").moneyReturned == 10_000)
        #expect(try show.run(.refund("o", [2]), at: .at(23)).returns.first?.amount == 0)
    }

    @Test mutating func `of a smaller refund of the same name, which the log has lost, leaves the rest owed`() throws {
        try show.run(.refund("o", nil), at: .at(20))
        let made = books([part(4_000, "re_1", of: "o-r1")])
        #expect(try show.pay(made, "o", at: .at(21)).kinds == ["paymentRefunded", "ticketsReturned"])
        #expect(try show.order("o").refundsDue == [RefundID("o-r2"): 6_000])
        show.expectNothing(from: .pay(made, "o"), at: .at(22))
        try show.pay(.refunded(RefundID("o-r2")), "o", at: .at(23))
        #expect(try show.order("o").moneyReturned == 10_000 && !show.order("o").hasPaymentToSettle)
    }

    @Test mutating func `of a refund that the log has lost keeps its name: the next have others`() throws {
        let lost = part(5_000, "re_1", of: "o-r1")
        try show.pay(books([lost]), "o", at: .at(20))
        #expect(try show.order("o").returned == ["o-r1": 5_000])
        #expect(try show.run(.refund("o", [1]), at: .at(21)).returns.map(\.amount) == [0])
        #expect(try show.run(.refund("o", [2]), at: .at(22)).returns.map(\.refundID) == [RefundID("o-r3")])
        show.expectNothing(from: .pay(books([lost]), "o"), at: .at(23))
    }

    @Test mutating func `is nothing to decide about once its tickets are back`() throws {
        let events = try show.pay(books([part(5_000)]), "o", at: .at(20))
        guard case .order(.money(.refunded(let refunded)))? = events.last else { throw UnexpectedEvents(events) }
        #expect(refunded.needsDecision)
        #expect(try show.run(.refund("o", [1]), at: .at(21)).returns.map(\.needsDecision) == [false])
        #expect(try !show.order("o").isInReview)
    }

    @Test mutating func `ends the refunds of a cancelled show`() throws {
        try show.pay(books([part(4_000)]), "o", at: .at(20))
        try show.run(.cancelShow, at: .at(21))
        let returned = try #require(try show.run(.refundCancelled(limit: 9), at: .at(22)).returns.first)
        #expect(returned.amount == 6_000)
        try show.pay(books([part(10_000)]), "o", at: .at(23))
        #expect(try !show.order("o").hasPaymentToSettle)
    }

    @Test mutating func `of another payment than the order's is not the order's`() throws {
        show.expectNothing(
            from: .pay(.observed(ProviderLedger(paymentID: "pay-x", captured: 1, refunds: [refunded])), "o"),
            at: .at(20))
    }

    @Test mutating func `was captured by hand, in part: no more can go back`() throws {
        var show = ShowState(SampleShow.created(rows: ["BB"]))
        try show.buy("o", seats: ["1-1", "1-2"], isCaptured: false)
        #expect(try show.pay(books(captured: 6_000), "o", at: .at(20)).kinds == ["paymentCaptured"])
        #expect(try show.run(.refund("o", [1]), at: .at(21)).returns.first?.amount == 5_000)
        #expect(try show.run(.refund("o", [2]), at: .at(22)).returns.first?.amount == 1_000)
    }

    @Test mutating func `of a resold ticket is not paid to the seller again`() throws {
        try show.pay(books([part(10_000)]), "o", at: .at(20))
        try show.ticket(.list, "o-1", at: .at(21))
        try show.buy("p", by: "bob", seats: ["1-1"], at: .at(22))
        #expect(try show.order("o").refundsDue.isEmpty)
    }

    // MARK: Operators

    @Test mutating func `leaves tickets that an operator ends without a refund`() throws {
        try show.pay(books([part(5_000)]), "o", at: .at(20))
        let ended = try #require(try show.pay(.ended([1]), "o", at: .at(21)).returns.first)
        #expect(ended.amount == 0 && ended.reason == .ended && ended.seatIndexes == [0])
        #expect(try show.status("1-1") == .available)
        // What went back was for that ticket.
        #expect(try show.run(.refund("o", [2]), at: .at(22)).returns.first?.amount == 5_000)
        show.expect(.ticketUnusable(.returned), from: .pay(.ended([1]), "o"), at: .at(23))
        show.expect(.ticketNotFound, from: .pay(.ended([3]), "o"), at: .at(23))
        show.expect(.ticketNotFound, from: .pay(.ended(nil), "o"), at: .at(23))
    }

    @Test mutating func `leaves tickets that an operator lets be`() throws {
        try show.pay(books([refunded]), "o", at: .at(20))
        #expect(try show.pay(.accepted, "o", at: .at(21)).kinds == ["paymentAccepted"])
        #expect(try show.ticket("o-1").status == .valid)
        show.expect(.paymentNotParked, from: .pay(.accepted, "o"), at: .at(22))
    }

    @Test mutating func `has a way out of every refund that the provider does not make`() throws {
        try show.run(.refund("o", nil), at: .at(20))
        try show.pay(.parked(reason: "account closed"), "o", at: .at(21))
        let accepted = try show.pay(.accepted, "o", at: .at(22))
        #expect(accepted.kinds == ["paymentAccepted"])
        #expect(try !show.order("o").hasPaymentToSettle)
    }

    @Test
    mutating func `has a way out of an authorization that can't be voided, and none to a ticket without a charge`()
        throws
    {
        var show = ShowState(SampleShow.created(rows: ["BB"]))
        try show.buy("o", seats: ["1-1"], isCaptured: false)
        try show.pay(.parked(reason: "no"), "o", at: .at(20))
        show.expect(.paymentNotAcceptable, from: .pay(.accepted, "o"), at: .at(21))
        try show.pay(.abandoned, "o", at: .at(22))
        try show.pay(.parked(reason: "no"), "o", at: .at(23))
        #expect(try show.pay(.accepted, "o", at: .at(24)).kinds == ["paymentVoided"])
    }

    // MARK: Disputes

    @Test mutating func `is disputed, and each turn of that is on record once`() throws {
        for status in [DisputeChanged.Status.inquiry, .open, .fundsWithdrawn, .won] {
            #expect(try show.pay(books([], [dispute(status)]), "o", at: .at(20)).kinds == ["disputeChanged"])
            show.expectNothing(from: .pay(books([], [dispute(status)]), "o"), at: .at(21))
            #expect(try show.order("o").isInReview == (status != .won))
        }
        // What is closed stays closed.
        for status in [DisputeChanged.Status.open, .lost] {
            show.expectNothing(from: .pay(books([], [dispute(status)]), "o"), at: .at(22))
        }
        #expect(try show.run(.refund("o", nil), at: .at(23)).returns.first?.amount == 10_000)
    }

    @Test mutating func `that a dispute was lost for does not go back again`() throws {
        try show.run(.refund("o", [1]), at: .at(20))
        try show.pay(books([], [dispute(.open)]), "o", at: .at(21))
        try show.pay(.parked(reason: "charge_disputed"), "o", at: .at(22))
        try show.pay(books([], [dispute(.lost)]), "o", at: .at(23))
        #expect(try show.order("o").refundsDue.isEmpty && !show.order("o").isParked)
        #expect(try show.run(.refund("o", [2]), at: .at(24)).returns.first?.amount == 0)
    }

    @Test mutating func `whose dispute was won goes on where it waited`() throws {
        try show.run(.refund("o", [1]), at: .at(20))
        try show.pay(books([], [dispute(.open)]), "o", at: .at(21))
        try show.pay(.parked(reason: "charge_disputed"), "o", at: .at(22))
        try show.pay(books([], [dispute(.won)]), "o", at: .at(23))
        #expect(try show.order("o").refundsDue == [RefundID("o-r1"): 5_000])
        #expect(try !show.order("o").isParked)
    }

    @Test mutating func `can stop tickets until it is decided`() throws {
        try show.ticket(.offer(to: UserID("bob")), "o-1", at: .at(20))
        try show.ticket(.list, "o-2", at: .at(21))
        #expect(try show.pay(.suspended(nil), "o", at: .at(22)).kinds == ["ticketChanged", "ticketsSuspended"])
        #expect(try show.status("1-2") == .sold)
        for step in [TicketStep.scan(generation: 1), .offer(to: UserID("eve")), .list] {
            show.expect(.ticketUnusable(.suspended), from: .ticket(step, "o-1"), at: .at(23))
        }
        show.expect(.ticketNotFound, from: .ticket(.accept, "o-1", by: "bob"), at: .at(23))
        show.expect(.ticketUnusable(.suspended), from: .refund("o", [1]), at: .at(23))
        show.expect(.ticketUnusable(.suspended), from: .pay(.suspended([1]), "o"), at: .at(23))
        #expect(try show.pay(.restored([1]), "o", at: .at(24)).kinds == ["ticketsRestored"])
        show.expect(.ticketUnusable(.notSuspended), from: .pay(.restored([1]), "o"), at: .at(25))
        #expect(try show.ticket(.scan(generation: 1), "o-1", at: .at(26)).kinds == ["ticketScanned"])
        try show.pay(.suspended([1]), "o", at: .at(27))
        try show.pay(.restored([1]), "o", at: .at(28))
        #expect(try show.ticket("o-1").status == .scanned)
        #expect(try show.pay(.ended([2]), "o", at: .at(29)).kinds == ["ticketsReturned"])
    }

    @Test mutating func `does not stop a ticket that somebody is buying`() throws {
        try show.ticket(.list, "o-1", at: .at(20))
        try show.hold("h", by: "bob", seats: ["1-1"], at: .at(21))
        for step in [PaymentStep.suspended([1]), .ended([1])] {
            show.expect(.ticketUnusable(.beingBought), from: .pay(step, "o"), at: .at(22))
        }
    }
}

@Suite struct `A payment that the buyer's bank wants to see the buyer for` {
    private var show = ShowState(SampleShow.created(rows: ["BB"]))
    private let action = PaymentStep.actionRequired("pay", sealedSecret: [7])

    init() throws {
        try show.hold("h", seats: ["1-1"])
        try show.start("o", hold: "h")
    }

    @Test mutating func `keeps its hold, and is asked for once`() throws {
        #expect(try show.pay(action, "o").kinds == ["paymentActionRequired"])
        show.expectNothing(from: .pay(action, "o"), at: .at(4))
        show.expect(.purchaseInProgress, from: .start("o2", hold: "h", token: 1), at: .at(4))
        #expect(try show.pay(.authorized("pay"), "o", at: .at(5)).kinds == ["seatsSold"])
        show.expectNothing(from: .pay(action, "o"), at: .at(6))
    }

    @Test mutating func `is voided when the buyer does not pass, since the buyer could try again behind our back`()
        throws
    {
        try show.pay(action, "o")
        let failed = try #require(try show.pay(.declined("failed"), "o", at: .at(5)).failure)
        #expect(failed.payment == .authorized("pay"))
        #expect(try show.pay(.voided, "o", at: .at(6)).kinds == ["paymentVoided"])
    }

    @Test(arguments: [false, true])
    mutating func `fails at its deadline, even where a show sells late`(regrants: Bool) throws {
        var show = ShowState(SampleShow.created(rows: ["BB"], regrants: regrants))
        try show.hold("h", seats: ["1-1"])
        try show.start("o", hold: "h")
        try show.pay(action, "o")
        #expect(try show.run(.expireHolds(limit: 9), at: .at(1000)).kinds == ["holdExpired", "purchaseFailed"])
    }
}
