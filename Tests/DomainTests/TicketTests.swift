@testable import Domain
import Testing

@Suite struct `A ticket` {
    private var show = ShowState(
        SampleShow.created(rows: ["AAAB"], areas: [SampleShow.area("floor", 4), SampleShow.area("pit", 3)]))

    init() throws { try show.buy("o", by: "ann", seats: ["1-1", "1-4"], areas: ["floor": 2, "pit": 1]) }

    // MARK: At the door

    @Test mutating func `lets one in, once`() throws {
        #expect(
            try show.ticket(.scan(generation: 1), "o-1", by: "door", at: .at(20)) == [
                .ticket(
                    .scanned(
                        TicketScanned(
                            ticketID: TicketID("o-1"), orderUserID: UserID("ann"), ownerID: UserID("ann"),
                            pass: DoorPass(direction: .entry, at: .at(20), gate: ""), scannerID: UserID("door"),
                            place: TicketPlace(
                                seat: "1-1", seatNumber: "1", row: "1", block: "zone 2", category: "A"))))
            ])
        show.expect(
            .ticketAlreadyScanned(at: .at(20)), from: .ticket(.scan(generation: 1), "o-1", by: "door"), at: .at(21))
        // Units of an area each have a ticket of their own.
        for number in 3...5 { #expect(try show.ticket(.scan(generation: 1), "o-\(number)", by: "door").count == 1) }
    }

    @Test mutating func `that does not exist lets nobody in`() {
        for id in ["o-0", "o-6", "o--1", "o-01", "o-+1", "o", "", "-", "p-1", "o-1-1", "o-9223372036854775808"] {
            show.expect(.ticketNotFound, from: .ticket(.scan(generation: 1), id), at: .at(20))
        }
    }

    @Test mutating func `can be shown at the door before the money is captured`() throws {
        try show.buy("p", by: "bob", seats: ["1-2"], isCaptured: false)
        #expect(try show.ticket(.scan(generation: 1), "p-1").count == 1)
    }

    // MARK: Changing hands

    @Test mutating func `changes hands when it is offered and accepted, and the old code dies`() throws {
        try show.ticket(.offer(to: UserID("bob")), "o-1")
        #expect(
            try show.ticket(.accept, "o-1", by: "bob", at: .at(12)) == [
                .ticket(
                    .changed(
                        TicketChanged(
                            ticketID: TicketID("o-1"), orderUserID: UserID("ann"), ownerID: UserID("ann"),
                            change: .accepted(by: UserID("bob"), generation: 2), changedAt: .at(12))))
            ])
        show.expect(.ticketUnusable(.transferred), from: .ticket(.scan(generation: 1), "o-1"), at: .at(13))
        show.expect(.ticketUnusable(.transferred), from: .ticket(.scan(generation: 3), "o-1"), at: .at(13))
        show.expect(.ticketNotFound, from: .ticket(.offer(to: UserID("eve")), "o-1", by: "ann"), at: .at(13))
        show.expect(.ticketNotFound, from: .ticket(.accept, "o-1", by: "bob2"), at: .at(13))
        // Back again: another code still.
        try show.ticket(.offer(to: UserID("ann")), "o-1", by: "bob", at: .at(14))
        try show.ticket(.accept, "o-1", by: "ann", at: .at(15))
        #expect(try show.ticket("o-1").generation == 3)
        #expect(try show.ticket(.scan(generation: 3), "o-1", at: .at(16)).count == 1)
    }

    @Test mutating func `stays its owner's until the offer is accepted`() throws {
        try show.ticket(.offer(to: UserID("bob")), "o-1")
        show.expect(.ticketUnusable(.offered), from: .ticket(.offer(to: UserID("eve")), "o-1"), at: .at(11))
        show.expect(.ticketNotFound, from: .ticket(.accept, "o-1", by: "eve"), at: .at(11))
        show.expect(.ticketUnusable(.notOffered), from: .ticket(.accept, "o-1", by: "ann"), at: .at(11))
        show.expect(.ticketNotFound, from: .ticket(.withdrawOffer, "o-1", by: "eve"), at: .at(11))
        // Whoever is at the door first.
        try show.ticket(.scan(generation: 1), "o-1", at: .at(12))
        show.expect(.ticketNotFound, from: .ticket(.accept, "o-1", by: "bob"), at: .at(13))
    }

    @Test(arguments: ["ann", "bob"])
    func `whose offer is taken back by its owner, or declined, is as before`(user: String) throws {
        var show = self.show
        try show.ticket(.offer(to: UserID("bob")), "o-1")
        let events = try show.ticket(.withdrawOffer, "o-1", by: user, at: .at(11))
        #expect(events.kinds == ["ticketChanged"])
        show.expect(.ticketNotFound, from: .ticket(.accept, "o-1", by: "bob"), at: .at(12))
        show.expect(.ticketUnusable(.notOffered), from: .ticket(.withdrawOffer, "o-1", by: "ann"), at: .at(12))
        #expect(try show.ticket("o-1").generation == 1)
        #expect(try show.ticket(.scan(generation: 1), "o-1", at: .at(13)).count == 1)
    }

    @Test mutating func `can be given away by nobody but its owner`() {
        for user in ["bob", "", "Ann"] {
            show.expect(.ticketNotFound, from: .ticket(.offer(to: UserID(user)), "o-1", by: user), at: .at(11))
            show.expect(.ticketNotFound, from: .ticket(.list, "o-1", by: user), at: .at(11))
            show.expect(.ticketNotFound, from: .ticket(.unlist, "o-1", by: user), at: .at(11))
        }
    }

    @Test mutating func `that was used is nothing to give away`() throws {
        try show.ticket(.scan(generation: 1), "o-1")
        for step: TicketStep in [.offer(to: UserID("bob")), .list] {
            show.expect(.ticketUnusable(.scanned), from: .ticket(step, "o-1"), at: .at(11))
        }
        show.expect(.ticketUnusable(.scanned), from: .refund("o", [1]), at: .at(11))
    }
}

@Suite struct `A refund` {
    private var show = ShowState(
        SampleShow.created(rows: ["AAAB"], areas: [SampleShow.area("floor", 4), SampleShow.area("pit", 3)]))

    init() throws { try show.buy("o", by: "ann", seats: ["1-1", "1-4"], areas: ["floor": 2, "pit": 1]) }

    @Test mutating func `of the whole order frees all its places, and all its money goes back`() throws {
        #expect(
            try show.run(.refund("o"), at: .at(9)) == [
                .order(
                    .returned(
                        TicketsReturned(
                            orderID: OrderID("o"), userID: UserID("ann"), tickets: [1, 2, 3, 4, 5],
                            seatIndexes: [0, 3],
                            resaleSeats: [],
                            areas: [
                                AreaQuantity(areaID: AreaID("floor"), quantity: 2),
                                AreaQuantity(areaID: AreaID("pit"), quantity: 1),
                            ], reason: .requested, refundID: RefundID("o-r1"), amount: 21_500, paymentID: "pay-o",
                            returnedAt: .at(9))))
            ])
        #expect(show.freeInArea == [4, 3])
        #expect(show.seats.allSatisfy { $0 == SeatStatus.available.rawValue })
        try show.hold("n", by: "bob", seats: ["1-1", "1-4"], areas: ["floor": 4])
        show.expect(.ticketUnusable(.returned), from: .refund("o"), at: .at(10))
    }

    @Test mutating func `of some tickets leaves the others good`() throws {
        let first = try #require(try show.run(.refund("o", [4, 2]), at: .at(9)).returns.first)
        #expect(first.tickets == [2, 4])
        #expect(first.seatIndexes == [3])
        #expect(first.areas == [AreaQuantity(areaID: AreaID("floor"), quantity: 1)])
        #expect(first.amount == 7_500)
        #expect(show.freeInArea == [3, 2])
        #expect(try show.status("1-4") == .available)
        #expect(try show.ticket(.scan(generation: 1), "o-3").count == 1)
        // Again: another refund, of its own number.
        let second = try #require(try show.run(.refund("o", [5, 5]), at: .at(11)).returns.first)
        #expect(second.refundID == RefundID("o-r2") && second.tickets == [5])
        #expect(try show.order("o").refundsDue == [RefundID("o-r1"): 7_500, RefundID("o-r2"): 2_500])
        try show.pay(.refunded(RefundID("o-r2")), "o", at: .at(12))
        #expect(try show.order("o").refundsDue == [RefundID("o-r1"): 7_500])
    }

    @Test mutating func `is for who paid, or an admin`() throws {
        for user in ["bob", ""] { show.expect(.orderNotFound, from: .refund("o", by: user), at: .at(9)) }
        show.expect(.orderNotFound, from: .refund("none", by: nil), at: .at(9))
        #expect(try show.decide(.refund("o", by: nil), now: .at(9)).count == 1)
    }

    @Test mutating func `comes after the money, not before`() throws {
        try show.hold("h", by: "bob", seats: ["1-2"])
        try show.start("p", hold: "h", by: "bob")
        show.expect(.orderNotCompleted, from: .refund("p", by: "bob"), at: .at(9))
        try show.pay(.authorized("x"), "p")
        show.expect(.orderNotCompleted, from: .refund("p", by: "bob"), at: .at(9))
    }

    @Test mutating func `is all that was asked for, or nothing`() throws {
        try show.ticket(.scan(generation: 1), "o-3")
        show.expect(.ticketUnusable(.scanned), from: .refund("o", [1, 3]), at: .at(11))
        show.expect(.ticketUnusable(.scanned), from: .refund("o"), at: .at(11))
        for wrong in [[0], [6], [1, 6], [-1], [.max], [.min]] {
            show.expect(.ticketNotFound, from: .refund("o", wrong), at: .at(11))
        }
        try show.run(.refund("o", [1]), at: .at(12))
        show.expect(.ticketUnusable(.returned), from: .refund("o", [1, 2]), at: .at(13))
    }

    @Test mutating func `is not for a ticket that is another's, or may become it`() throws {
        try show.ticket(.offer(to: UserID("bob")), "o-1")
        show.expect(.ticketUnusable(.offered), from: .refund("o", [1]), at: .at(11))
        try show.ticket(.accept, "o-1", by: "bob", at: .at(12))
        show.expect(.ticketUnusable(.transferred), from: .refund("o", [1]), at: .at(13))
        show.expect(.orderNotFound, from: .refund("o", [1], by: "bob"), at: .at(13))
        #expect(try show.decide(.refund("o", [2, 3, 4, 5]), now: .at(13)).count == 1)
    }
}

@Suite struct `Resale` {
    private var show = ShowState(
        SampleShow.created(rows: ["AAAB"], areas: [SampleShow.area("floor", 4)], holdSeconds: 100, paymentSeconds: 60))

    init() throws { try show.buy("o", by: "ann", seats: ["1-1", "1-4"], areas: ["floor": 1]) }

    private func sell(_ show: inout ShowState, to user: String, _ seats: [String], order: String) throws -> SeatsSold {
        try show.hold("h-\(order)", by: user, seats: seats, at: .at(20))
        try show.start(order, hold: "h-\(order)", by: user, at: .at(21))
        return try #require(try show.pay(.authorized("pay-\(order)"), order, at: .at(22)).sale)
    }

    @Test mutating func `shows the seat, for anybody but its owner`() throws {
        try show.ticket(.list, "o-1")
        #expect(try show.status("1-1") == .resale)
        // Nobody gets in with it meanwhile, or has it twice.
        show.expect(.ticketUnusable(.listed), from: .ticket(.scan(generation: 1), "o-1"), at: .at(11))
        show.expect(.ticketUnusable(.listed), from: .ticket(.list, "o-1"), at: .at(11))
        show.expect(.ticketUnusable(.listed), from: .ticket(.offer(to: UserID("bob")), "o-1"), at: .at(11))
        show.expect(.ticketUnusable(.listed), from: .refund("o", [1]), at: .at(11))
        show.expect(
            .seatsUnavailable([.seat("1-1", .resale)]), from: .hold("n", by: "ann", seats: ["1-1"]), at: .at(11))
        // The best places are never somebody's.
        #expect(try show.decide(.best("n", by: "bob", 2), now: .at(11)).count == 1)
        let hold = try show.hold("n", by: "bob", seats: ["1-1", "1-2"], at: .at(12))
        #expect(hold.resaleSeats == [0] && hold.total == 18_000)
        #expect(try show.status("1-1") == .held)
        show.expect(.seatsUnavailable([.seat("1-1", .held)]), from: .hold("m", by: "eve", seats: ["1-1"]), at: .at(13))
    }

    @Test mutating func `is for seats whose money is there, by who paid for them`() throws {
        show.expect(.notResellable, from: .ticket(.list, "o-3"), at: .at(11))
        try show.buy("p", by: "bob", seats: ["1-2"], isCaptured: false)
        show.expect(.orderNotCompleted, from: .ticket(.list, "p-1", by: "bob"), at: .at(11))
        try show.ticket(.offer(to: UserID("bob")), "o-1")
        show.expect(.ticketUnusable(.offered), from: .ticket(.list, "o-1"), at: .at(11))
        try show.ticket(.accept, "o-1", by: "bob", at: .at(12))
        show.expect(.ticketUnusable(.transferred), from: .ticket(.list, "o-1", by: "bob"), at: .at(13))
    }

    @Test mutating func `swaps the owner in the append that sells, and owes the seller the price`() throws {
        try show.ticket(.list, "o-1")
        let sale = try sell(&show, to: "bob", ["1-1", "1-2"], order: "p")
        #expect(
            sale.resold == [
                ResoldSeat(
                    seatIndex: 0, ticketID: TicketID("o-1"), sellerID: UserID("ann"), refundID: RefundID("o-r1"),
                    amount: 9_000, paymentID: "pay-o")
            ])
        #expect(sale.total == 18_000)
        #expect(try show.ticket("o-1").status == .resold)
        #expect(try show.ticket("p-1").owner == UserID("bob"))
        #expect(try show.order("o").refundsDue == [RefundID("o-r1"): 9_000])
        #expect(show.listings.isEmpty)
        show.expect(.ticketUnusable(.resold), from: .ticket(.scan(generation: 1), "o-1"), at: .at(30))
        show.expect(.ticketUnusable(.notListed), from: .ticket(.unlist, "o-1"), at: .at(30))
        show.expect(.ticketUnusable(.resold), from: .refund("o", [1]), at: .at(30))
        #expect(try show.pay(.refunded(RefundID("o-r1")), "o", at: .at(31)).count == 1)
        // And on it goes.
        try show.pay(.captured, "p", at: .at(32))
        try show.ticket(.list, "p-1", by: "bob", at: .at(33))
        #expect(try show.status("1-1") == .resale)
    }

    @Test mutating func `of two seats of one seller makes two refunds`() throws {
        try show.ticket(.list, "o-1")
        try show.ticket(.list, "o-2")
        let sale = try sell(&show, to: "bob", ["1-4", "1-1"], order: "p")
        #expect(sale.resold.map(\.refundID) == [RefundID("o-r1"), RefundID("o-r2")])
        #expect(sale.resold.map(\.amount) == [9_000, 5_000])
        #expect(try show.order("o").refundsDue == [RefundID("o-r1"): 9_000, RefundID("o-r2"): 5_000])
        #expect(OrderRecord.ids(in: .order(.sold(sale))) == [OrderID("p"), OrderID("o")], "each order once")
    }

    @Test mutating func `whose buyer's time is over is on offer again`() throws {
        try show.ticket(.list, "o-1")
        try show.hold("h", by: "bob", seats: ["1-1", "1-2"], at: .at(20))
        let events = try show.run(.expireHolds(limit: 1), at: .at(120))
        guard case .hold(.expired(let ended))? = events.first else { throw UnexpectedEvents(events) }
        #expect(ended.seatIndexes == [0, 1] && ended.resaleSeats == [0])
        #expect(try show.status("1-1") == .resale)
        #expect(try show.status("1-2") == .available)
        #expect(try show.ticket(.unlist, "o-1", at: .at(121)).count == 1)
        #expect(try show.status("1-1") == .sold)
        #expect(try show.ticket(.scan(generation: 1), "o-1", at: .at(122)).count == 1)
    }

    @Test mutating func `can't be ended while somebody buys`() throws {
        try show.ticket(.list, "o-1")
        try show.hold("h", by: "bob", seats: ["1-1"], at: .at(20))
        show.expect(.ticketUnusable(.beingBought), from: .ticket(.unlist, "o-1"), at: .at(30))
        let last = Timestamp(microseconds: Timestamp.at(120).microseconds - 1)
        show.expect(.ticketUnusable(.beingBought), from: .ticket(.unlist, "o-1"), at: last)
        // Whether or not the timer ran.
        #expect(try show.run(.ticket(.unlist, "o-1"), at: .at(120)).kinds == ["holdExpired", "ticketChanged"])
        #expect(try show.status("1-1") == .sold)
        #expect(show.holds.isEmpty)
    }

    @Test mutating func `that ends over an overdue purchase ends that too`() throws {
        try show.ticket(.list, "o-1")
        try show.hold("h", by: "bob", seats: ["1-1"], at: .at(20))
        try show.start("p", hold: "h", by: "bob", at: .at(21))
        #expect(
            try show.run(.ticket(.unlist, "o-1"), at: .at(120)).kinds == [
                "holdExpired", "purchaseFailed", "ticketChanged",
            ])
        show.expectNothing(from: .pay(.authorized("x"), "p"), at: .at(121))
    }

    @Test func `to a buyer who is late and granted all the same is of who offers it then, if it is somebody else`()
        throws
    {
        var show = ShowState(SampleShow.created(rows: ["AA"], holdSeconds: 100, paymentSeconds: 60, regrants: true))
        try show.buy("o", by: "ann", seats: ["1-1"])
        try show.ticket(.list, "o-1")
        try show.hold("h", by: "bob", seats: ["1-1"], at: .at(20))
        try show.start("p", hold: "h", by: "bob", at: .at(21))
        try show.run(.expireHolds(limit: 1), at: .at(130))
        // Still on offer.
        var same = show
        let sale = try #require(try same.pay(.authorized("x"), "p", at: .at(131)).sale)
        #expect(sale.resold.map(\.ticketID) == [TicketID("o-1")])
        // Not on offer any more.
        var unlisted = show
        try unlisted.ticket(.unlist, "o-1", at: .at(131))
        #expect(try unlisted.pay(.authorized("x"), "p", at: .at(132)).kinds == ["purchaseFailed"])
        // Bought by another, and on offer again.
        for (user, expected) in [("eve", "seatsSold"), ("bob", "purchaseFailed")] {
            var other = show
            try other.buy("q", by: user, seats: ["1-1"], at: .at(131))
            #expect(try other.decide(.pay(.authorized("x"), "p"), now: .at(132)).kinds == ["purchaseFailed"])
            try other.ticket(.list, "q-1", by: user, at: .at(132))
            #expect(try other.pay(.authorized("x"), "p", at: .at(133)).kinds == [expected])
        }
    }
}
