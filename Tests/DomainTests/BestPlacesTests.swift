import Domain
import Testing

@Suite struct `A hold of the best places` {
    @Test func `takes the first neighbours in plan order`() throws {
        var show = ShowState(SampleShow.created(rows: ["AAAA", "AAAA"]))
        #expect(try show.best("h1", 3).guids == ["1-1", "1-2", "1-3"])
        #expect(try show.best("h2", 3).guids == ["2-1", "2-2", "2-3"])
        #expect(try show.best("h3", 1).guids == ["1-4"])
        #expect(try show.best("h4", 1).guids == ["2-4"])
    }

    @Test func `finds neighbours between seats that are taken, but not across rows`() throws {
        var show = ShowState(SampleShow.created(rows: ["AAAAA", "AAA"]))
        try show.hold("h1", seats: ["1-2"])
        #expect(try show.best("h2", 3).guids == ["1-3", "1-4", "1-5"])
        var split = ShowState(SampleShow.created(rows: ["AAA", "AAA", "AAAA"]))
        try split.hold("h1", seats: ["1-1", "1-2", "2-2", "2-3"])
        #expect(try split.best("h2", 4).guids == ["3-1", "3-2", "3-3", "3-4"])
    }

    @Test func `takes the fewest and evenest groups where there are no neighbours`() throws {
        var show = ShowState(SampleShow.created(rows: ["AAAA", "AAA", "AAAA"], limit: 12))
        // Nobody sits alone, and three fill a row.
        #expect(try show.best("h1", 5).guids == ["1-1", "1-2", "2-1", "2-2", "2-3"])
        var single = ShowState(SampleShow.created(rows: ["AAA", "AAAAA", "AAA"]))
        try single.hold("h1", seats: ["1-2", "2-2", "2-4", "3-2"])
        #expect(try single.best("h2", 3).guids == ["1-1", "1-3", "2-1"])
    }

    @Test(arguments: [
        // Quantity, free seats that follow each other, and how many of each are taken.
        (5, [4, 3], [2, 3]), (6, [5, 5], [3, 3]), (4, [3, 1, 1], [1, 3]), (4, [3, 2], [2, 2]),
        (7, [3, 3, 3], [2, 2, 3]),
        (5, [1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1]), (7, [6, 2, 1], [2, 5]), (9, [4, 4, 2, 2, 2], [2, 3, 4]),
    ])
    func `is split as evenly as can be`(_ quantity: Int, _ runs: [Int], _ sizes: [Int]) throws {
        var show = ShowState(SampleShow.created(rows: runs.map { String(repeating: "A", count: $0) }, limit: 12))
        let hold = try show.best("h", quantity)
        let rows = Dictionary(grouping: hold.guids, by: { $0.prefix { $0 != "-" } })
        #expect(rows.values.map(\.count).sorted() == sizes)
        #expect(hold.isNextToEachOther == false)
    }

    @Test func `leaves no single seat unless it can't be helped`() throws {
        let rows = ["AAAAA", "AAAA"]
        var show = ShowState(SampleShow.created(rows: rows))
        #expect(try show.best("h1", 2).guids == ["1-1", "1-2"])
        // The rest of row 1 would leave one over; row 2 does not.
        #expect(try show.best("h2", 2).guids == ["2-1", "2-2"])
        #expect(try show.best("h3", 2).guids == ["2-3", "2-4"])
        #expect(try show.best("h4", 2).guids == ["1-3", "1-4"])
        var careless = ShowState(SampleShow.created(rows: rows, orphans: .allow))
        try careless.best("h1", 2)
        #expect(try careless.best("h2", 2).guids == ["1-3", "1-4"])
    }

    /// Two rows, of which the first has an aisle between its second and its third seat.
    private func withAisle() -> ShowCreated {
        var plan = SampleShow.plan(["AAAAA", "AAAAA"])
        for zone in 0...1 {
            for seat in 0..<5 {
                plan.zones[zone].rows[0].seats[seat].position = SeatingPlan.Position(
                    x: Double(seat) * 25 + (zone == 0 && seat > 1 ? 60 : 0), y: 0)
            }
        }
        var show = SampleShow.created(rows: ["A"])
        show.seatingPlan = plan
        return show
    }

    @Test func `does not reach across an aisle`() throws {
        var show = ShowState(withAisle())
        let whole = try show.best("h1", 4)
        #expect(whole.guids == ["2-1", "2-2", "2-3", "2-4"])
        #expect(whole.isNextToEachOther == true)
        let split = try show.best("h2", 4)
        #expect(split.guids == ["1-1", "1-2", "1-3", "1-4"])
        #expect(split.isNextToEachOther == false)
        let picked = try ShowState(withAisle()).decide(.hold("h", seats: ["1-2", "1-3"]), now: .at(1))
        guard case .hold(.placed(let hold))? = picked.first else { throw UnexpectedEvents(picked) }
        #expect(hold.isNextToEachOther == false)
    }

    @Test func `knows neighbours by where they stand, not by their numbers`() throws {
        var plan = SampleShow.plan(["AAAAAA"])
        // Odd numbers to the left, even ones to the right.
        for (seat, x) in [0, 1, -1, 2, -2, 3].enumerated() {
            plan.zones[1].rows[0].seats[seat].position = SeatingPlan.Position(x: Double(x), y: 0)
        }
        var created = SampleShow.created(rows: ["A"])
        created.seatingPlan = plan
        var show = ShowState(created)
        try show.hold("h1", seats: ["1-1"])
        let hold = try show.best("h2", 3)
        #expect(hold.guids == ["1-2", "1-4", "1-6"])
        #expect(hold.isNextToEachOther == true)
        // A hold that only gets more time still says so.
        let events = try show.run(.extendHold(HoldID("h2"), by: UserID("ann")), at: .at(9))
        guard case .hold(.changed(let changed))? = events.last else { throw UnexpectedEvents(events) }
        #expect(changed.hold.isNextToEachOther == true)
    }

    @Test func `is nearest the focal point, or in the row of the best rank`() throws {
        var show = withAisle()
        show.orphans = .allow
        show.seatingPlan?.zones[1].position = SeatingPlan.Position(x: 0, y: 40)
        show.seatingPlan?.focalPoint = SeatingPlan.Position(x: 50, y: 200)
        var near = ShowState(show)
        #expect(try near.best("h1", 3).guids == ["2-2", "2-3", "2-4"])
        show.seatingPlan?.focalPoint = nil
        show.seatingPlan?.zones[1].rows[0].rank = 1
        show.seatingPlan?.zones[0].rows[0].rank = 2
        var ranked = ShowState(show)
        #expect(try ranked.best("h1", 2).guids == ["2-1", "2-2"])
    }

    @Test func `is in the zone and the rows it asks for`() throws {
        var show = ShowState(SampleShow.created(rows: ["AA", "AA", "AA", "AA"], areas: [SampleShow.area("floor", 9)]))
        #expect(try show.best("h1", PlaceHold.BestPlaces(quantity: 2, zone: "zone 2")).guids == ["3-1", "3-2"])
        #expect(try show.best("h2", PlaceHold.BestPlaces(quantity: 2, rows: ["2", "4"])).guids == ["2-1", "2-2"])
        #expect(throws: Rejection.seatsUnavailable([.quantity(available: 2)])) {
            try show.decide(.best("h", PlaceHold.BestPlaces(quantity: 3, rows: ["2", "4"])), now: .at(1))
        }
        #expect(throws: Rejection.unknownZone("zone 3")) {
            try show.decide(.best("h", PlaceHold.BestPlaces(quantity: 1, zone: "zone 3")), now: .at(1))
        }
        #expect(throws: Rejection.unknownRow("1")) {
            try show.decide(.best("h", PlaceHold.BestPlaces(quantity: 1, zone: "zone 2", rows: ["1"])), now: .at(1))
        }
    }

    /// A row with a place for a wheelchair and one for a companion, behind a better one.
    private func accessible(releasedAt: Timestamp? = nil) -> ShowCreated {
        var plan = SampleShow.plan(["AAAA", "AAAAA"])
        plan.zones[1].rows[0].seats[1].isAccessible = true
        plan.zones[1].rows[0].seats[2].isCompanion = true
        var show = SampleShow.created(rows: ["A"], limit: 10)
        show.seatingPlan = plan
        show.accessibleReleasedAt = releasedAt
        return show
    }

    @Test func `has an accessible seat and a companion's where one is asked for, and for nobody else`() throws {
        var show = ShowState(accessible())
        #expect(try show.best("h1", PlaceHold.BestPlaces(quantity: 2, isAccessible: true)).guids == ["2-2", "2-3"])
        var alone = ShowState(accessible())
        #expect(try alone.best("h1", PlaceHold.BestPlaces(quantity: 1, isAccessible: true)).guids == ["2-2"])
        #expect(throws: Rejection.seatsUnavailable([.quantity(available: 0)])) {
            try alone.decide(.best("h2", PlaceHold.BestPlaces(quantity: 1, isAccessible: true)), now: .at(1))
        }
        var large = ShowState(accessible())
        let party = try large.best("h1", PlaceHold.BestPlaces(quantity: 7, isAccessible: true))
        #expect(party.guids == ["1-1", "1-2", "2-1", "2-2", "2-3", "2-4", "2-5"])
        var others = ShowState(accessible())
        #expect(try others.best("h1", 4).guids == ["1-1", "1-2", "1-3", "1-4"])
        #expect(try others.best("h2", 2).guids == ["2-4", "2-5"])
        #expect(throws: Rejection.seatsUnavailable([.quantity(available: 1)])) {
            try others.decide(.best("h3", 2), now: .at(1))
        }
        // Who names a seat asks for it.
        try others.hold("h4", seats: ["2-2"])
    }

    @Test func `has accessible seats for everybody once they are released`() throws {
        let show = ShowState(accessible(releasedAt: .at(100)))
        #expect(throws: Rejection.seatsUnavailable([.quantity(available: 7)])) {
            try show.decide(.best("h", 8), now: .at(99))
        }
        var released = show
        #expect(try released.best("h", 9, at: .at(100)).guids.count == 9)
    }

    @Test func `keeps to the category it asks for`() throws {
        var show = ShowState(
            SampleShow.created(
                rows: ["AAB", "BBA"], areas: [SampleShow.area("a", 5, category: "A"), SampleShow.area("s", 5)]))
        #expect(try show.best("h1", 2, category: "B").guids == ["2-1", "2-2"])
        #expect(try show.best("h2", 1, category: "B").guids == ["1-3"])
        #expect(throws: Rejection.seatsUnavailable([.quantity(available: 0)])) {
            try show.decide(.best("h3", 1, category: "B"), now: .at(1))
        }
        #expect(try show.best("h4", 3, category: "A").guids == ["1-1", "1-2", "2-3"])
        #expect(try show.best("h5", 2, category: "A").units == ["a": 2])
        #expect(try show.best("h6", 2, category: "S").units == ["s": 2])
    }

    @Test func `takes areas when the seats don't reach, one area if it can`() throws {
        var show = ShowState(
            SampleShow.created(rows: ["AA"], areas: [SampleShow.area("pit", 2), SampleShow.area("floor", 5)]))
        let hold = try show.best("h1", 4)
        #expect(hold.guids.isEmpty)
        #expect(hold.units == ["floor": 4])
        #expect(hold.total == 4 * 2_500)
        // No area has three: the fullest first.
        #expect(try show.best("h2", 2).guids == ["1-1", "1-2"])
        #expect(try show.best("h3", 3).units == ["pit": 2, "floor": 1])
    }

    @Test func `takes seats and areas together when neither is enough`() throws {
        var show = ShowState(SampleShow.created(rows: ["AAA"], areas: [SampleShow.area("floor", 2)]))
        try show.hold("h1", seats: ["1-2"])
        let hold = try show.best("h2", 4)
        #expect(hold.guids == ["1-1", "1-3"])
        #expect(hold.units == ["floor": 2])
        #expect(hold.total == 2 * 9_000 + 2 * 2_500)
    }

    @Test func `says how many places there are when they are too few`() throws {
        var show = ShowState(SampleShow.created(rows: ["AAA"], areas: [SampleShow.area("floor", 2)]))
        #expect(throws: Rejection.seatsUnavailable([.quantity(available: 5)])) {
            try show.decide(.best("h", 6), now: .at(1))
        }
        try show.best("h1", 3)
        try show.best("h2", 2)
        #expect(throws: Rejection.seatsUnavailable([.quantity(available: 0)])) {
            try show.decide(.best("h", 1), now: .at(1))
        }
    }

    @Test func `has a quantity from 1 to the limit, and a category that the show has`() {
        let show = ShowState(SampleShow.created(rows: ["AAB"], areas: [SampleShow.area("floor", 9)], limit: 2))
        for quantity in [3, 4, 1_000, .max] {
            #expect(throws: Rejection.tooManySeats(limit: 2)) { try show.decide(.best("h", quantity), now: .at(1)) }
        }
        for quantity in [0, -1, .min] {
            #expect(throws: Rejection.emptyHold) { try show.decide(.best("h", quantity), now: .at(1)) }
        }
        #expect(throws: Rejection.unknownCategory("X")) { try show.decide(.best("h", 1, category: "X"), now: .at(1)) }
        #expect(throws: Rejection.unknownCategory("")) { try show.decide(.best("h", 1, category: ""), now: .at(1)) }
    }
}
