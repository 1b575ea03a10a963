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

    @Test func `takes the fewest rows where there are no neighbours`() throws {
        var show = ShowState(SampleShow.created(rows: ["AAA", "AAAAA", "AAA"]))
        try show.hold("h1", seats: ["1-2", "2-2", "2-4", "3-2"])
        // Row 2 has three free seats, none of them neighbours.
        #expect(try show.best("h2", 3).guids == ["2-1", "2-3", "2-5"])
        // Then two rows of two.
        #expect(try show.best("h3", 3).guids == ["1-1", "1-3", "3-1"])
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
