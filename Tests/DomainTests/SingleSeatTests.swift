import Testing

@testable import Domain

@Suite struct `A show that wants no single seats` {
    private func show(_ rows: String...) -> ShowState {
        ShowState(SampleShow.created(rows: rows, limit: 10, orphans: .enforce))
    }

    @Test(arguments: [
        // Picked, left over, and what could be had instead.
        (["1-2"], ["1-1"], ["1-1"]), (["1-5"], ["1-6"], ["1-4"]), (["1-2", "1-3"], ["1-1"], ["1-1", "1-2"]),
        (["1-1", "1-3"], ["1-2"], ["1-1", "1-2"]), (["1-2", "1-4"], ["1-1", "1-3"], ["1-1", "1-2"]),
        (["1-1", "1-2", "1-5"], ["1-6"], ["1-1", "1-2", "1-3"]),
        (["1-3", "1-5", "2-1"], ["1-4", "1-6"], ["1-3", "1-4", "2-1"]),
    ])
    func `refuses picked seats that leave one, and says which don't`(
        _ picked: [String], _ singles: [String], _ instead: [String]
    ) throws {
        var show = show("AAAAAA", "AAA")
        #expect(throws: Rejection.leavesSingleSeat(singles, instead: instead)) {
            try show.decide(.hold("h", seats: picked), now: .at(1))
        }
        // What it says can be had.
        try show.hold("h", seats: instead)
    }

    @Test func `takes what leaves none, or can't help it`() throws {
        var show = show("AAAAAA", "AAA", "AA", "A")
        try show.hold("h1", seats: ["1-1", "1-2"])
        try show.hold("h2", seats: ["1-4", "1-5", "1-6"])  // 1-3 is the only one left
        try show.hold("h3", seats: ["2-1", "2-2"])
        try show.hold("h4", seats: ["2-3"])
        try show.hold("h5", seats: ["3-2"])
        try show.hold("h6", seats: ["4-1", "3-1", "1-3"])
    }

    @Test func `does not mind seats of other rows, areas, or one that was alone before`() throws {
        var show = show("AAAAA")
        var free = ShowState(SampleShow.created(rows: ["AAAAA"], orphans: .avoid))
        try free.hold("h1", seats: ["1-2"])
        try show.hold("h1", seats: ["1-1", "1-2"])
        try show.hold("h2", seats: ["1-5", "1-4"])
        #expect(try show.best("h3", 1).guids == ["1-3"])
    }

    @Test func `offers seats like those that were picked`() throws {
        var plan = SampleShow.plan(["BAAAAAA"])
        plan.zones[1].rows[0].seats[6].isAccessible = true
        var created = SampleShow.created(rows: ["A"], orphans: .enforce)
        created.seatingPlan = plan
        #expect(throws: Rejection.leavesSingleSeat(["1-1"], instead: ["1-3", "1-4"])) {
            try ShowState(created).decide(.hold("h", seats: ["1-2", "1-3"]), now: .at(1))
        }
    }

    @Test(
        arguments: [
            // Of a row of seven: held, dropped and added, left over, and what could be had instead.
            (["1-1", "1-2", "1-3"], ["1-2"], [], ["1-2"], ["1-1", "1-2"]),
            (["1-1", "1-2", "1-3"], ["1-1"], [], ["1-1"], ["1-2", "1-1"]),
            (["1-1", "1-2"], [], ["1-6"], ["1-7"], ["1-1", "1-2", "1-3"]),
            (["1-1", "1-2"], ["1-2"], ["1-3"], ["1-2"], ["1-1", "1-2"]),
        ] as [([String], [String], [String], [String], [String])])
    func `refuses to let a hold become one that leaves one`(
        _ held: [String], _ dropped: [String], _ added: [String], _ singles: [String], _ instead: [String]
    ) throws {
        var show = show("AAAAAAA")
        try show.hold("h", seats: held)
        show.expect(
            .leavesSingleSeat(singles, instead: instead.sorted()),
            from: .changeHold(
                ChangeHold(holdID: HoldID("h"), userID: UserID("ann"), addedSeats: added, droppedSeats: dropped)),
            at: .at(2))
    }

    @Test func `lets a hold become what could be picked at once`() throws {
        var show = show("AAAAAAA")
        try show.hold("h", seats: ["1-1", "1-2", "1-3"])
        // 1-4 is not alone beside 1-3, which comes free.
        try show.run(
            .changeHold(
                ChangeHold(holdID: HoldID("h"), userID: UserID("ann"), addedSeats: ["1-5"], droppedSeats: ["1-3"])),
            at: .at(2))
        #expect(show.holds[HoldID("h")]?.seats.map(\.guid) == ["1-1", "1-2", "1-5"])
    }

    @Test func `does not judge a change of something else`() throws {
        var created = SampleShow.created(rows: ["AAA"], orphans: .avoid)
        created.ticketTypes["A"] = [TicketType(name: "adult", price: 2), TicketType(name: "child", price: 1)]
        created.prices["A"] = nil
        var show = ShowState(created)
        try show.hold("h", seats: ["1-2"])
        try show.run(.change(ShowChange([.orphans(.enforce)])), at: .at(2))
        try show.run(
            .changeHold(
                ChangeHold(holdID: HoldID("h"), userID: UserID("ann"), ticketTypes: .named(seats: ["1-2": "child"]))),
            at: .at(3))
        try show.run(.extendHold(HoldID("h"), by: UserID("ann")), at: .at(4))
    }
}
