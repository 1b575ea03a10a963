@testable import Domain
import Testing

@Suite struct `Cancelling a show` {
    private var show = ShowState(SampleShow.created(rows: ["AAAAAAAA"], areas: [SampleShow.area("floor", 9)]))

    @Test mutating func `happens once, and to a show that is there`() throws {
        #expect(throws: Rejection.showNotFound) { try ShowState().decide(.cancelShow, now: .at(1)) }
        #expect(
            try show.run(.cancelShow, at: .at(5)) == [.cancelled(ShowCancelled(orders: 0, cancelledAt: .at(5)))])
        show.expect(.showCancelled, from: .cancelShow, at: .at(6))
    }

    @Test mutating func `ends every hold, and nothing is held or bought any more`() throws {
        try show.hold("h1", seats: ["1-1"])
        try show.hold("h2", seats: ["1-2"], at: .at(2))
        try show.start("o", hold: "h2", at: .at(2))
        try show.run(.cancelShow, at: .at(5))
        #expect(show.nextDeadline == .distantPast)
        show.expect(.showCancelled, from: .hold("n", seats: ["1-3"]), at: .at(6))
        show.expect(.showCancelled, from: .start("p", hold: "h1", token: show.token(of: "h1")), at: .at(6))
        show.expect(.holdNotFound, from: .releaseHold(HoldID("h1"), by: UserID("ann")), at: .at(6))
        // In bounded batches, the first to expire first.
        #expect(try show.run(.expireHolds(limit: 1), at: .at(6)).kinds == ["holdExpired"])
        let second = try show.run(.expireHolds(limit: 1), at: .at(6))
        #expect(second.kinds == ["holdExpired", "purchaseFailed"])
        #expect(second.failure?.reason == .showCancelled)
        #expect(second.failure?.payment == .unknown)
        #expect(show.nextDeadline == nil)
        #expect(show.freeInSegment == [8])
        show.expectNothing(from: .pay(.authorized("x"), "o"), at: .at(7))
        #expect(try show.pay(.voided, "o", at: .at(8)).count == 1)
    }

    @Test(arguments: [false, true])
    func `makes an authorization that was under way void`(regrants: Bool) throws {
        var show = ShowState(SampleShow.created(rows: ["AA"], regrants: regrants))
        try show.hold("h", seats: ["1-1"])
        try show.start("o", hold: "h")
        try show.run(.cancelShow, at: .at(5))
        let events = try show.decide(.pay(.authorized("x"), "o"), now: .at(6))
        #expect(events.failure?.reason == .showCancelled)
        #expect(events.failure?.payment == .authorized("x"))
        // Even if its hold was over before.
        var late = ShowState(SampleShow.created(rows: ["AA"], regrants: true))
        try late.hold("h", seats: ["1-1"])
        try late.start("o", hold: "h")
        try late.run(.expireHolds(limit: 1), at: .at(400))
        try late.run(.cancelShow, at: .at(401))
        #expect(try late.pay(.authorized("x"), "o", at: .at(402)).failure?.reason == .showCancelled)
    }

    @Test mutating func `returns every order, uncaptured ones too, in bounded batches, after the holds`() throws {
        for number in 1...4 { try show.buy("o\(number)", seats: ["1-\(number)"], areas: ["floor": 1]) }
        try show.buy("o5", by: "bob", seats: ["1-5"], isCaptured: false)
        try show.run(.refund("o4"), at: .at(4))
        try show.ticket(.list, "o1-1")
        try show.ticket(.scan(generation: 1), "o2-1")
        try show.ticket(.offer(to: UserID("eve")), "o3-1")
        try show.ticket(.accept, "o3-1", by: "eve")
        try show.hold("h", by: "bob", seats: ["1-1"], at: .at(12))
        #expect(try show.decide(.refundCancelled(limit: 9), now: .at(13)).isEmpty, "the show is on")

        let events = try show.run(.cancelShow, at: .at(20))
        guard case .cancelled(let cancelled)? = events.first else { throw UnexpectedEvents(events) }
        #expect(cancelled.orders == 4, "o4 has nothing left to return")
        for step: TicketStep in [
            .scan(generation: 1), .list, .offer(to: UserID("eve")), .accept, .unlist, .withdrawOffer,
        ] {
            show.expect(.showCancelled, from: .ticket(step, "o1-1"), at: .at(21))
        }
        show.expect(.showCancelled, from: .refund("o1"), at: .at(21))
        // Its seat is held to be bought: that ends first.
        #expect(try show.decide(.refundCancelled(limit: 9), now: .at(21)).isEmpty)
        try show.run(.expireHolds(limit: 9), at: .at(21))
        #expect(try show.status("1-1") == .resale)

        var returned: [TicketsReturned] = []
        for expected in [3, 1, 0] {
            let batch = try show.run(.refundCancelled(limit: 3), at: .at(22)).returns
            #expect(batch.count == expected)
            returned += batch
        }
        #expect(returned.map(\.orderID.rawValue) == ["o1", "o2", "o3", "o5"])
        #expect(returned.allSatisfy { $0.reason == .showCancelled })
        #expect(returned.map(\.amount) == [11_500, 11_500, 11_500, 9_000])
        #expect(returned.map(\.resaleSeats) == [[0], [], [], []])
        #expect(show.freeInSegment == [8] && show.freeInArea == [9])
        #expect(show.listings.isEmpty)
        // What was captured goes back; the rest is voided, or goes back if the capture was first.
        #expect(try show.order("o1").refundsDue == [RefundID("o1-r1"): 11_500])
        var voided = show
        #expect(try voided.pay(.voided, "o5", at: .at(23)).count == 1)
        #expect(try voided.order("o5").refundsDue.isEmpty)
        #expect(try show.pay(.captured, "o5", at: .at(23)).count == 1)
        #expect(try show.pay(.refunded(RefundID("o5-r1")), "o5", at: .at(24)).count == 1)
    }
}
