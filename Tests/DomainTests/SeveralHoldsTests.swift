@testable import Domain
import Testing

@Suite struct `An order of several holds` {
    private func show(_ edit: (inout ShowCreated) -> Void = { _ in }) -> ShowState {
        var created = SampleShow.created(rows: ["AAAA", "BB"], areas: [SampleShow.area("floor", 200)])
        edit(&created)
        return ShowState(created)
    }

    private func order(_ id: String, _ holds: [String], _ show: ShowState, by user: String = "ann") -> ShowCommand {
        .start(
            id, hold: holds[0], by: user, token: show.token(of: holds[0]),
            others: Dictionary(uniqueKeysWithValues: holds.dropFirst().map { (HoldID($0), show.token(of: $0)) }))
    }

    @Test func `makes them one and starts to pay for it, in one append`() throws {
        var show = show()
        try show.hold("g", seats: ["1-1", "1-2"], at: .at(1))
        try show.hold("h", seats: ["2-1"], areas: ["floor": 2], at: .at(5))
        try show.hold("f", areas: ["floor": 1], at: .at(9))
        let events = try show.run(order("o", ["h", "g", "f"], show), at: .at(10))
        #expect(events.kinds == ["holdChanged", "purchaseStarted"])
        guard case .hold(.changed(let changed))? = events.first else { throw UnexpectedEvents(events) }
        #expect(changed.mergedHolds == [HoldID("f"), HoldID("g")])
        #expect(changed.hold.guids == ["1-1", "1-2", "2-1"])
        #expect(changed.hold.units == ["floor": 3])
        #expect(changed.hold.total == 2 * 9_000 + 5_000 + 3 * 2_500)
        #expect(changed.hold.expiresAt == .at(301), "the earliest")
        #expect(events.started?.total == changed.hold.total)
        #expect(events.started?.extendsHold == false)
        #expect(show.holds.keys.sorted() == [HoldID("h")])
        #expect(show.nextDeadline == .at(301))
        try show.pay(.authorized("p"), "o", at: .at(11))
        try show.pay(.captured, "o", at: .at(12))
        #expect(try show.order("o").tickets.map(\.price) == [9_000, 9_000, 5_000, 2_500, 2_500, 2_500])
        #expect(show.holds.isEmpty)
    }

    @Test func `clears the deadlines of those that are no more`() throws {
        var show = show()
        try show.hold("h", seats: ["1-1"])
        try show.hold("g", seats: ["1-2"])
        let events = try show.run(order("o", ["h", "g"], show), at: .at(10))
        #expect(events[0].deadlineChange == .several([.clear("g"), .set("h", at: .at(301))]))
    }

    @Test func `gives them time to pay once, whichever of them had it before`() throws {
        var show = show()
        try show.hold("h", seats: ["1-1"], at: .at(1))
        try show.hold("g", seats: ["1-2"], at: .at(1))
        try show.start("o", hold: "g", at: .at(290))
        try show.pay(.declined("no"), "o", at: .at(291))
        let events = try show.run(order("p", ["h", "g"], show), at: .at(295))
        #expect(events.started?.extendsHold == false)
        #expect(events.started?.expiresAt == .at(301))
        #expect(show.holds[HoldID("h")]?.hasBeenExtended == true)
    }

    @Test func `leaves one hold when it fails, which can be paid for again`() throws {
        var show = show()
        try show.hold("h", seats: ["1-1"])
        try show.hold("g", seats: ["1-2"])
        let old = show.token(of: "h")
        try show.run(order("o", ["h", "g"], show), at: .at(10))
        try show.pay(.declined("no"), "o", at: .at(11))
        show.expect(.staleFencingToken, from: .start("p", hold: "h", token: old), at: .at(12))
        var gone = Rejection.holdNotFound
        gone.subject = "g"
        show.expect(gone, from: order("p", ["h", "g"], show), at: .at(12))
        #expect(try show.start("p", hold: "h", at: .at(12)).started?.total == 18_000)
    }

    @Test func `is named to whoever orders any of them again`() throws {
        var show = show()
        try show.hold("h", seats: ["1-1"])
        try show.hold("g", seats: ["1-2"])
        try show.run(order("o", ["h", "g"], show), at: .at(10))
        show.expect(.purchaseInProgress, from: .start("p", hold: "g", token: 1), at: .at(11))
        try show.pay(.authorized("p"), "o", at: .at(11))
        for hold in ["h", "g"] {
            show.expect(.alreadyOrdered(OrderID("o")), from: .start("p", hold: hold, token: 1), at: .at(12))
        }
        show.expect(.holdNotFound, from: .start("p", hold: "g", by: "bob", token: 1), at: .at(12))
    }

    @Test func `costs nothing and ends at once where all of them are free`() throws {
        var show = ShowState(SampleShow.created(rows: ["FF"]))
        try show.hold("h", seats: ["1-1"])
        try show.hold("g", seats: ["1-2"])
        let events = try show.run(order("o", ["h", "g"], show), at: .at(10))
        #expect(events.kinds == ["holdChanged", "purchaseStarted", "seatsSold", "paymentCaptured"])
    }

    @Test func `is refused as a whole, with the hold that it fails on`() throws {
        var show = show()
        try show.hold("h", seats: ["1-1"])
        try show.hold("g", seats: ["1-2"])
        try show.hold("b", by: "bob", seats: ["1-3"])
        let token = show.token(of: "h")
        func refused(_ rejection: Rejection, _ id: String, _ others: [HoldID: Int64], at time: Int64 = 10) {
            var named = rejection
            named.subject = id
            show.expect(named, from: .start("o", hold: "h", token: token, others: others), at: .at(time))
        }
        refused(.holdNotFound, "b", [HoldID("b"): show.token(of: "b")])
        refused(.holdNotFound, "x", [HoldID("x"): 1])
        refused(.staleFencingToken, "g", [HoldID("g"): 1])
        refused(.holdNotFound, "h", [HoldID("g"): show.token(of: "g")], at: 400)
        try show.start("p", hold: "g", at: .at(3))
        refused(.purchaseInProgress, "g", [HoldID("g"): show.token(of: "g")])
        #expect(show.holds.count == 3)
    }

    @Test func `has no more of a ticket type than an order may have`() throws {
        var show = show {
            $0.prices["A"] = nil
            $0.ticketTypes["A"] = [
                TicketType(name: "adult", price: 9), TicketType(name: "child", price: 1, maxPerOrder: 1),
            ]
        }
        for (hold, seat) in [("h", "1-1"), ("g", "1-2")] {
            try show.run(
                .placeHold(
                    PlaceHold(
                        holdID: HoldID(hold), userID: UserID("ann"), selection: .named(seats: [seat], areas: []),
                        ticketTypes: .named(seats: [seat: "child"]))))
        }
        show.expect(.tooManyOfType("child", limit: 1), from: order("o", ["h", "g"], show), at: .at(2))
    }

    @Test func `is of at most a hundred places`() throws {
        var show = show { $0.maxSeatsPerHold = 100 }
        try show.hold("h", areas: ["floor": 60])
        try show.hold("g", areas: ["floor": 41])
        try show.hold("f", areas: ["floor": 40])
        show.expect(.tooManySeats(limit: 100), from: order("o", ["h", "g"], show), at: .at(2))
        #expect(try show.run(order("o", ["h", "f"], show), at: .at(2)).count == 2)
    }

    @Test func `has an area's units through one channel`() throws {
        var show = show()
        let units = [AreaQuantity(areaID: AreaID("floor"), quantity: 5)]
        try show.run(
            .allocate([
                AllocationWish(name: "vip", channel: "vip", label: "", seats: [], areas: units, releasesAt: nil)
            ]))
        try show.hold("h", areas: ["floor": 1])
        try show.run(
            .placeHold(
                PlaceHold(
                    holdID: HoldID("g"), userID: UserID("ann"),
                    selection: .named(seats: [], areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 1)]),
                    channels: ["vip"])))
        show.expect(.mixedChannels(AreaID("floor")), from: order("o", ["h", "g"], show), at: .at(2))
    }
}
