@testable import Domain
import Testing

@Suite struct `Beginning to pay` {
    private var show = ShowState(SampleShow.created(rows: ["AAAB"], areas: [SampleShow.area("floor", 4)]))

    @Test mutating func `says what is to be paid, for which hold, and until when`() throws {
        let hold = try show.hold("h", seats: ["1-1", "1-4"], areas: ["floor": 1])
        let events = try show.start("o", hold: "h", at: .at(2))
        #expect(
            events == [
                .order(
                    .started(
                        PurchaseStarted(
                            orderID: OrderID("o"), holdID: HoldID("h"), userID: UserID("ann"), paymentMethod: "card",
                            total: 16_500, currency: "EUR", startedAt: .at(2), expiresAt: hold.expiresAt,
                            extendsHold: false
                        )))
            ])
        #expect(try show.order("o").total == hold.total)
        #expect(show.holds[HoldID("h")]?.orderID == OrderID("o"))
    }

    @Test mutating func `is for the hold's owner alone, while it lives`() throws {
        let hold = try show.hold("h", seats: ["1-1"])
        let token = show.token(of: "h")
        for user in ["bob", "", "Ann"] {
            show.expect(.holdNotFound, from: .start("o", hold: "h", by: user, token: token), at: .at(2))
        }
        show.expect(.holdNotFound, from: .start("o", hold: "other", token: token), at: .at(2))
        show.expect(.holdNotFound, from: .start("o", hold: "h", token: token), at: hold.expiresAt)
        #expect(try show.decide(.start("o", hold: "h", token: token), now: .at(300)).count == 1)
    }

    @Test mutating func `needs the fencing token that the hold has now`() throws {
        try show.hold("other", seats: ["1-2"])
        try show.hold("h", seats: ["1-1"])
        let token = show.token(of: "h")
        for wrong in [token - 1, token + 1, 0, -1, .min, .max, show.token(of: "other")] {
            show.expect(.staleFencingToken, from: .start("o", hold: "h", token: wrong), at: .at(2))
        }
        // The payment's own extension makes the old token worthless.
        try show.start("o", hold: "h", at: .at(250))
        #expect(show.token(of: "h") > token)
        try show.pay(.declined("no"), "o", at: .at(251))
        show.expect(.staleFencingToken, from: .start("o2", hold: "h", token: token), at: .at(252))
        #expect(try show.start("o2", hold: "h", at: .at(252)).count == 1)
    }

    @Test func `can't be before the hold is in the log, whatever token is guessed`() throws {
        var show = self.show
        for event in try show.decide(.hold("h", seats: ["1-1"]), now: .at(1)) { show.evolve(event) }
        for token: Int64 in [0, 1, 2, 3] {
            show.expect(.staleFencingToken, from: .start("o", hold: "h", token: token), at: .at(1))
        }
    }

    @Test mutating func `happens once at a time, and keeps the hold from being let go`() throws {
        try show.hold("h", seats: ["1-1"])
        try show.start("o", hold: "h")
        show.expect(.purchaseInProgress, from: .start("o2", hold: "h", token: show.token(of: "h")), at: .at(3))
        show.expect(.purchaseInProgress, from: .releaseHold(HoldID("h"), by: UserID("ann")), at: .at(3))
        // Nobody else learns of it.
        show.expect(.holdNotFound, from: .releaseHold(HoldID("h"), by: UserID("bob")), at: .at(3))
        try show.pay(.declined("no"), "o")
        #expect(try show.run(.releaseHold(HoldID("h"), by: UserID("ann")), at: .at(4)).kinds == ["holdReleased"])
    }

    @Test mutating func `of what was paid for names the order, to its owner alone, whatever became of it`() throws {
        try show.buy("o", seats: ["1-1", "1-2"], isCaptured: false)
        let again = ShowCommand.start("o2", hold: "h-o", token: 1)
        show.expect(.alreadyOrdered(OrderID("o")), from: again, at: .at(4))
        try show.pay(.captured, "o", at: .at(5))
        show.expect(.alreadyOrdered(OrderID("o")), from: again, at: .at(10_000_000))
        show.expect(.holdNotFound, from: .start("o2", hold: "h-o", by: "bob", token: 1), at: .at(10_000_000))
        try show.run(.refund("o", [1]), at: .at(10_000_000))
        show.expect(.alreadyOrdered(OrderID("o")), from: again, at: .at(10_000_001))
        try show.run(.cancelShow, at: .at(10_000_002))
        show.expect(.alreadyOrdered(OrderID("o")), from: again, at: .at(10_000_003))
        show.expect(.showCancelled, from: .start("o2", hold: "h-o", by: "bob", token: 1), at: .at(10_000_003))
    }

    @Test mutating func `of what cost nothing names the order too`() throws {
        var show = ShowState(SampleShow.created(rows: ["F"]))
        try show.buy("o", seats: ["1-1"])
        show.expect(.alreadyOrdered(OrderID("o")), from: .start("o2", hold: "h-o", token: 1), at: .at(9))
    }

    @Test mutating func `waits for a payment under way, though the hold's time is over`() throws {
        var show = ShowState(SampleShow.created(rows: ["A"], regrants: true))
        try show.hold("h", seats: ["1-1"])
        try show.start("o", hold: "h")
        let late = Timestamp.at(1000)
        show.expect(.purchaseInProgress, from: .start("o2", hold: "h", token: 1), at: late)
        try show.run(.expireHolds(limit: 9), at: late)
        show.expect(.purchaseInProgress, from: .start("o2", hold: "h", token: 1), at: late)
        try show.pay(.declined("no"), "o", at: late)
        show.expect(.holdNotFound, from: .start("o2", hold: "h", token: 1), at: late)
    }

    @Test mutating func `of what was sold, and revoked before its money came, finds no hold`() throws {
        try show.buy("o", seats: ["1-1"], isCaptured: false)
        try show.pay(.abandoned, "o", at: .at(4))
        try show.pay(.voided, "o", at: .at(5))
        show.expect(.holdNotFound, from: .start("o2", hold: "h-o", token: 1), at: .at(6))
    }

    @Test mutating func `gives the hold its time to pay, once`() throws {
        let hold = try show.hold("h", seats: ["1-1"], at: .at(0))
        #expect(hold.expiresAt == .at(300))
        // Early on, there is time enough; that does not use the extension up.
        let early = try #require(try show.start("o1", hold: "h", at: .at(180)).started)
        #expect(!early.extendsHold && early.expiresAt == .at(300))
        try show.pay(.declined("no"), "o1", at: .at(181))
        let late = try #require(try show.start("o2", hold: "h", at: .at(290)).started)
        #expect(late.extendsHold && late.expiresAt == .at(410))
        #expect(show.nextDeadline == .at(410))
        try show.pay(.declined("no"), "o2", at: .at(400))
        let again = try #require(try show.start("o3", hold: "h", at: .at(405)).started)
        #expect(!again.extendsHold && again.expiresAt == .at(410))
        #expect(show.nextDeadline == .at(410))
        #expect(try show.decide(.expireHolds(limit: 1), now: .at(409)).isEmpty)
        #expect(try show.decide(.expireHolds(limit: 1), now: .at(410)).kinds == ["holdExpired", "purchaseFailed"])
    }

    @Test func `of nothing to pay is the whole of it at once`() throws {
        var show = ShowState(SampleShow.created(rows: ["FF"], areas: [SampleShow.area("floor", 4, category: "F")]))
        try show.hold("h", seats: ["1-2"], areas: ["floor": 2])
        let events = try show.start("o", hold: "h", at: .at(290))
        #expect(events.kinds == ["purchaseStarted", "seatsSold", "paymentCaptured"])
        let sale = try #require(events.sale)
        #expect(sale.total == 0 && sale.paymentID.isEmpty && sale.wasHeld)
        #expect(show.holds.isEmpty)
        #expect(try show.status("1-2") == .sold)
        #expect(try show.order("o").payment == .captured)
        #expect(try show.order("o").tickets.count == 3)
        show.expectNothing(from: .pay(.authorized("x"), "o"), at: .at(5))
        show.expectNothing(from: .pay(.voided, "o"), at: .at(5))
        // What cost nothing gives nothing back.
        #expect(try show.run(.refund("o"), at: .at(300)).returns.map(\.amount) == [0])
        #expect(try show.order("o").refundsDue.isEmpty)
    }
}

@Suite struct `An authorization` {
    private var show = ShowState(SampleShow.created(rows: ["AAAB"], areas: [SampleShow.area("floor", 4)]))
    private var granting = ShowState(
        SampleShow.created(rows: ["AAAB"], areas: [SampleShow.area("floor", 4)], regrants: true))

    @Test mutating func `sells the places of the hold, a ticket each`() throws {
        try show.hold("h", seats: ["1-4", "1-1"], areas: ["floor": 2])
        try show.start("o", hold: "h")
        let events = try show.pay(.authorized("pay-1"), "o", at: .at(7))
        #expect(
            events == [
                .order(
                    .sold(
                        SeatsSold(
                            orderID: OrderID("o"), holdID: HoldID("h"), userID: UserID("ann"),
                            seats: [HeldSeat(index: 0, guid: "1-1"), HeldSeat(index: 3, guid: "1-4")],
                            areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 2)],
                            fares: FareList([9_000, 5_000, 2_500, 2_500].map { Fare(price: $0) }), wasHeld: true,
                            resold: [],
                            total: 19_000, currency: "EUR", paymentID: "pay-1", soldAt: .at(7))))
            ])
        #expect(show.holds.isEmpty)
        #expect(show.nextDeadline == nil)
        #expect(try show.order("o").tickets.map(\.price) == [9_000, 5_000, 2_500, 2_500])
        #expect(try show.order("o").tickets.map(\.seatIndex) == [0, 3, nil, nil])
        #expect(show.freeInArea == [2])
        show.expect(.seatsUnavailable([.seat("1-1", .sold)]), from: .hold("n", by: "bob", seats: ["1-1"]), at: .at(8))
    }

    @Test mutating func `in time is a sale, however late the timer would have come`() throws {
        try show.hold("h", seats: ["1-1"], at: .at(0))
        try show.start("o", hold: "h", at: .at(100))
        let last = Timestamp(microseconds: Timestamp.at(300).microseconds - 1)
        #expect(try show.pay(.authorized("p"), "o", at: last).kinds == ["seatsSold"])
        show.expectNothing(from: .expireHolds(limit: 9), at: .at(400))
    }

    @Test mutating func `after the hold's time is too late, whether or not the timer ran`() throws {
        try show.hold("h", seats: ["1-1"], at: .at(0))
        try show.start("o", hold: "h", at: .at(100))
        let late = try show.decide(.pay(.authorized("p"), "o"), now: .at(300))
        #expect(late.kinds == ["holdExpired", "purchaseFailed"])
        #expect(late.failure?.reason == .expired)
        #expect(late.failure?.payment == .authorized("p"))
        // The timer was first: that already failed it, and what comes then changes nothing.
        let expired = try show.run(.expireHolds(limit: 9), at: .at(300))
        #expect(expired.kinds == ["holdExpired", "purchaseFailed"])
        #expect(expired.failure?.payment == .unknown)
        show.expectNothing(from: .pay(.authorized("p"), "o"), at: .at(301))
        #expect(try show.pay(.voided, "o", at: .at(302)).kinds == ["paymentVoided"])
        show.expectNothing(from: .pay(.voided, "o"), at: .at(303))
    }

    @Test mutating func `that comes late buys what is free still, in a show that grants it`() throws {
        try granting.hold("h", seats: ["1-1"], areas: ["floor": 3], at: .at(0))
        try granting.start("o", hold: "h", at: .at(100))
        // In one append with the end of its hold.
        var other = granting
        let events = try other.pay(.authorized("p"), "o", at: .at(300))
        #expect(events.kinds == ["holdExpired", "seatsSold"])
        #expect(events.sale?.wasHeld == false)
        #expect(other.freeInArea == [1])
        #expect(try other.status("1-1") == .sold)
        // Or after the timer: that does not fail the order here.
        #expect(try granting.run(.expireHolds(limit: 1), at: .at(300)).kinds == ["holdExpired"])
        #expect(granting.freeInArea == [4])
        #expect(try granting.pay(.authorized("p"), "o", at: .at(500)).kinds == ["seatsSold"])
        #expect(granting.freeInArea == [1])
        #expect(try granting.status("1-1") == .sold)
    }

    @Test(arguments: [PaymentStep.unanswered(salt: 1), .parked(reason: "no such key")])
    func `that nobody knows of is waited for while there is a hold, and then no more`(step: PaymentStep) throws {
        var show = granting
        try show.hold("h", seats: ["1-1"], at: .at(0))
        try show.start("o", hold: "h", at: .at(100))
        #expect(try !show.decide(.pay(step, "o"), now: .at(299)).kinds.contains("purchaseFailed"))
        try show.run(.expireHolds(limit: 1), at: .at(300))
        let events = try show.pay(step, "o", at: .at(301))
        #expect(events.kinds == ["purchaseFailed"])
        #expect(events.failure?.reason == .expired && events.failure?.payment == .unknown)
        #expect(try !show.order("o").isParked)
        show.expectNothing(from: .pay(.unanswered(salt: 2), "o"), at: .at(302))
        show.expectNothing(from: .pay(.authorized("p"), "o"), at: .at(303))
    }

    @Test mutating func `that the provider does not take fails the purchase, and is closed`() throws {
        try granting.hold("h", seats: ["1-1"], at: .at(0))
        try granting.start("o", hold: "h", at: .at(100))
        let events = try granting.pay(.refused("amount_too_large"), "o", at: .at(101))
        #expect(events.failure?.reason == .declined("amount_too_large") && events.failure?.payment == .unknown)
        granting.expectNothing(from: .pay(.refused("amount_too_large"), "o"), at: .at(102))
        #expect(try granting.pay(.voided, "o", at: .at(103)).kinds == ["paymentVoided"])
    }

    @Test mutating func `that waits for an operator ends with its hold`() throws {
        try granting.hold("h", seats: ["1-1"], at: .at(0))
        try granting.start("o", hold: "h", at: .at(100))
        try granting.pay(.parked(reason: "no such key"), "o", at: .at(200))
        #expect(try granting.run(.expireHolds(limit: 1), at: .at(300)).kinds == ["holdExpired", "purchaseFailed"])
    }

    @Test(arguments: ["seat", "units", "sold seat"])
    func `that comes late is void when anything of it is taken`(what: String) throws {
        var show = granting
        try show.hold("h", seats: ["1-1", "1-2"], areas: ["floor": 2], at: .at(0))
        try show.start("o", hold: "h", at: .at(100))
        try show.run(.expireHolds(limit: 1), at: .at(300))
        switch what {
        case "seat": try show.hold("n", by: "bob", seats: ["1-2"], at: .at(301))
        case "units": try show.hold("n", by: "bob", areas: ["floor": 3], at: .at(301))
        default: try show.buy("n", by: "bob", seats: ["1-2"], at: .at(301))
        }
        let events = try show.pay(.authorized("p"), "o", at: .at(302))
        #expect(events.kinds == ["purchaseFailed"])
        #expect(events.failure?.payment == .authorized("p"))
        #expect(events.failure?.reason == .expired)
        #expect(try show.order("o").tickets.isEmpty)
    }

    @Test mutating func `without a name is none`() throws {
        try show.hold("h", seats: ["1-1"])
        try show.start("o", hold: "h")
        show.expectNothing(from: .pay(.authorized(""), "o"), at: .at(3))
        show.expectNothing(from: .pay(.authorized(""), "o"), at: .at(400))
    }

    @Test mutating func `of an order that nobody started is refused`() throws {
        for step: PaymentStep in [
            .authorized("p"), .declined("d"), .captured, .voided, .parked(reason: "r"), .resumed, .abandoned,
        ] {
            show.expect(.orderNotFound, from: .pay(step, "o"), at: .at(3))
        }
    }
}

@Suite struct `A declined payment` {
    private var show = ShowState(SampleShow.created(rows: ["AAAB"]))

    @Test mutating func `leaves the hold its remaining time, and another card can be tried`() throws {
        try show.hold("h", seats: ["1-1"], at: .at(0))
        try show.start("o1", hold: "h", at: .at(10))
        let events = try show.pay(.declined("insufficient_funds"), "o1", at: .at(11))
        #expect(events.failure?.reason == .declined("insufficient_funds"))
        #expect(events.failure?.payment == PurchaseFailed.Payment.none)
        #expect(show.holds[HoldID("h")]?.expiresAt == .at(300))
        #expect(try show.status("1-1") == .held)
        try show.start("o2", hold: "h", at: .at(12))
        #expect(try show.pay(.authorized("p2"), "o2", at: .at(13)).kinds == ["seatsSold"])
        // The first order's payment is nobody's business any more.
        for step: PaymentStep in [.authorized("p1"), .declined("x"), .captured, .voided, .parked(reason: "r")] {
            show.expectNothing(from: .pay(step, "o1"), at: .at(14))
        }
    }

    @Test mutating func `whose hold expires after it fails once`() throws {
        try show.hold("h", seats: ["1-1"], at: .at(0))
        try show.start("o", hold: "h", at: .at(10))
        try show.pay(.declined("no"), "o", at: .at(11))
        #expect(try show.run(.expireHolds(limit: 1), at: .at(300)).kinds == ["holdExpired"])
        show.expectNothing(from: .pay(.voided, "o"), at: .at(301))
    }
}

/// The payment process may be late, repeat itself, have been replaced, or talk of another order.
@Suite struct `A step of the payment process` {
    private var show = ShowState(SampleShow.created(rows: ["AAAB"]))

    init() throws {
        try show.hold("h", seats: ["1-1", "1-4"])
        try show.start("o", hold: "h")
    }

    @Test mutating func `that is not the turn of an order changes nothing`() throws {
        let steps: [PaymentStep] = [
            .authorized("again"), .declined("late"), .captured, .voided, .refunded(RefundID("o-r1")),
            .refunded(RefundID("other-r1")),
        ]
        func expectNothing(but expected: [PaymentStep], _ place: SourceLocation = #_sourceLocation) {
            for step in steps where !expected.contains(step) {
                show.expectNothing(from: .pay(step, "o"), at: .at(9), place)
            }
            for step in expected {
                #expect(throws: Never.self, sourceLocation: place) {
                    let events = try show.decide(.pay(step, "o"), now: .at(9))
                    #expect(events.count == 1, sourceLocation: place)
                }
            }
        }
        expectNothing(but: [.authorized("again"), .declined("late")])
        try show.pay(.authorized("p"), "o")
        expectNothing(but: [.captured])
        try show.pay(.captured, "o")
        expectNothing(but: [])
        try show.run(.refund("o", [1]), at: .at(5))
        expectNothing(but: [.refunded(RefundID("o-r1"))])
        try show.pay(.refunded(RefundID("o-r1")), "o", at: .at(6))
        expectNothing(but: [])
    }

    @Test mutating func `captures what was sold, and no more`() throws {
        try show.pay(.authorized("p"), "o")
        #expect(
            try show.pay(.captured, "o", at: .at(4)) == [
                .order(
                    .captured(
                        PaymentCaptured(
                            orderID: OrderID("o"), userID: UserID("ann"), amount: 14_000, capturedAt: .at(4))))
            ])
    }

    /// A stray answer of the provider must not leave tickets without a charge.
    @Test mutating func `voids nothing of a sale while a ticket of it is somebody's`() throws {
        try show.pay(.authorized("p"), "o")
        show.expectNothing(from: .pay(.voided, "o"), at: .at(4))
        try show.ticket(.scan(generation: 1), "o-1", at: .at(5))
        show.expectNothing(from: .pay(.voided, "o"), at: .at(6))
        try show.pay(.abandoned, "o", at: .at(7))
        #expect(try show.pay(.voided, "o", at: .at(8)).kinds == ["paymentVoided"])
    }

    @Test mutating func `parks a payment that is to be settled, once, until something moves`() throws {
        #expect(try show.pay(.parked(reason: "down"), "o").kinds == ["paymentParked"])
        show.expectNothing(from: .pay(.parked(reason: "down"), "o"), at: .at(4))
        #expect(try show.pay(.resumed, "o").kinds == ["paymentResumed"])
        show.expect(.paymentNotParked, from: .pay(.resumed, "o"), at: .at(4))
        try show.pay(.parked(reason: "down"), "o")
        // A parked payment is not a lost one.
        #expect(try show.pay(.authorized("p"), "o").kinds == ["seatsSold"])
        #expect(try !show.order("o").isParked)
        try show.pay(.parked(reason: "capture"), "o")
        try show.pay(.captured, "o")
        #expect(try !show.order("o").isParked)
        show.expectNothing(from: .pay(.parked(reason: "nothing to do"), "o"), at: .at(5))
        try show.run(.refund("o"), at: .at(6))
        #expect(try show.pay(.parked(reason: "refund"), "o", at: .at(7)).count == 1)
    }
}

@Suite struct `An operator gives up a payment` {
    private var show = ShowState(SampleShow.created(rows: ["AAAB"], areas: [SampleShow.area("floor", 4)]))

    init() throws {
        try show.hold("h", seats: ["1-1"], areas: ["floor": 2])
        try show.start("o", hold: "h")
    }

    @Test mutating func `before the sale: there is none, and whatever was authorized is voided`() throws {
        try show.pay(.parked(reason: "down"), "o")
        let events = try show.pay(.abandoned, "o", at: .at(5))
        #expect(events.kinds == ["purchaseFailed"])
        #expect(events.failure?.reason == .abandoned)
        #expect(events.failure?.payment == .unknown)
        #expect(try !show.order("o").isParked)
        show.expectNothing(from: .pay(.authorized("p"), "o"), at: .at(6))
        show.expect(.orderNotVoidable, from: .pay(.abandoned, "o"), at: .at(6))
        #expect(try show.pay(.voided, "o", at: .at(7)).count == 1)
        // The hold is its owner's still.
        #expect(try show.start("o2", hold: "h", at: .at(8)).count == 1)
    }

    @Test mutating func `after the sale: its tickets are revoked, and their places free again`() throws {
        try show.pay(.authorized("p"), "o")
        try show.ticket(.offer(to: UserID("bob")), "o-1")
        try show.pay(.parked(reason: "capture refused"), "o", at: .at(11))
        let events = try show.pay(.abandoned, "o", at: .at(12))
        let returned = try #require(events.returns.first)
        #expect(events.count == 1 && returned.reason == .revoked && returned.tickets == [1, 2, 3])
        #expect(try show.status("1-1") == .available)
        #expect(show.freeInArea == [4])
        // A revoked ticket is on offer to nobody, and lets nobody in.
        show.expect(.ticketNotFound, from: .ticket(.accept, "o-1", by: "bob"), at: .at(13))
        show.expect(.ticketUnusable(.returned), from: .ticket(.scan(generation: 1), "o-1"), at: .at(13))
        // Once is enough.
        show.expect(.orderNotVoidable, from: .pay(.abandoned, "o"), at: .at(13))
        #expect(try show.pay(.voided, "o", at: .at(14)).count == 1)
        #expect(try show.order("o").refundsDue.isEmpty, "nothing was captured, nothing goes back")
        show.expectNothing(from: .pay(.captured, "o"), at: .at(15))
    }

    @Test mutating func `after the sale, and the capture was under way: it goes back`() throws {
        try show.pay(.authorized("p"), "o")
        try show.pay(.abandoned, "o", at: .at(5))
        #expect(try show.pay(.captured, "o", at: .at(6)).count == 1)
        #expect(try show.order("o").refundsDue == [RefundID("o-r1"): 14_000])
        #expect(try show.pay(.refunded(RefundID("o-r1")), "o", at: .at(7)).count == 1)
    }

    @Test mutating func `not after the money was captured: that is a refund`() throws {
        try show.pay(.authorized("p"), "o")
        try show.pay(.captured, "o")
        show.expect(.orderNotVoidable, from: .pay(.abandoned, "o"), at: .at(5))
    }
}
