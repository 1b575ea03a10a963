import Domain
import Testing

@Suite struct `A hold of named places` {
    private var show = ShowState(
        SampleShow.created(
            rows: ["AAAA", "BBBB"], areas: [SampleShow.area("floor", 10), SampleShow.area("pit", 3, category: "B")]))

    @Test mutating func `takes the seats, ascending, at their prices, until the time is over`() throws {
        let hold = try show.hold("h", by: "ann", seats: ["2-1", "1-3", "1-1"], at: .at(5))
        #expect(
            hold
                == HoldPlaced(
                    holdID: HoldID("h"), userID: UserID("ann"),
                    seats: [
                        HeldSeat(index: 0, guid: "1-1"), HeldSeat(index: 2, guid: "1-3"),
                        HeldSeat(index: 4, guid: "2-1"),
                    ],
                    areas: [], fares: FareList([9_000, 9_000, 5_000].map { Fare(price: $0) }), total: 23_000,
                    currency: "EUR", placedAt: .at(5), expiresAt: .at(305), isNextToEachOther: false))
        #expect(show.nextDeadline == .at(305))
    }

    @Test mutating func `takes units of areas, in the show's order`() throws {
        let hold = try show.hold("h", areas: ["pit": 2, "floor": 3])
        #expect(
            hold.areas
                == [
                    AreaQuantity(areaID: AreaID("floor"), quantity: 3),
                    AreaQuantity(areaID: AreaID("pit"), quantity: 2),
                ])
        #expect(hold.seats.isEmpty)
        #expect(hold.total == 3 * 2_500 + 2 * 5_000)
    }

    @Test mutating func `takes seats and units together`() throws {
        let hold = try show.hold("h", seats: ["1-1"], areas: ["floor": 5])
        #expect(hold.guids == ["1-1"])
        #expect(hold.units == ["floor": 5])
        #expect(hold.total == 9_000 + 5 * 2_500)
    }

    @Test mutating func `adds up an area that is named twice`() throws {
        let twice = [
            AreaQuantity(areaID: AreaID("floor"), quantity: 2), AreaQuantity(areaID: AreaID("floor"), quantity: 1),
        ]
        let events = try show.run(
            .placeHold(
                PlaceHold(holdID: HoldID("h"), userID: UserID("ann"), selection: .named(seats: [], areas: twice))))
        guard case .hold(.placed(let hold))? = events.first else { throw UnexpectedEvents(events) }
        #expect(hold.units == ["floor": 3])
    }

    @Test mutating func `is all or nothing, and names every place in its way`() throws {
        try show.hold("h1", seats: ["1-2", "2-4"], areas: ["pit": 2])
        #expect(
            throws: Rejection.seatsUnavailable([
                .seat("2-4", .held), .seat("1-2", .held), .area(AreaID("pit"), available: 1),
            ])
        ) {
            try show.decide(
                .hold("h2", by: "bob", seats: ["2-4", "1-1", "1-2"], areas: ["floor": 1, "pit": 2]), now: .at(2))
        }
        // Nor may the same user hold a seat twice.
        #expect(throws: Rejection.seatsUnavailable([.seat("1-2", .held)])) {
            try show.decide(.hold("h3", by: "ann", seats: ["1-2"]), now: .at(2))
        }
    }

    @Test mutating func `has at most the show's limit, of seats and units together`() throws {
        try show.hold("full", seats: ["1-1", "1-2", "1-3"], areas: ["floor": 3])
        let seven = ["1-4", "2-1", "2-2", "2-3", "2-4", "x", "y"]
        for command: ShowCommand in [
            .hold("h", seats: seven), .hold("h", areas: ["floor": 7]), .hold("h", areas: ["floor": 4, "pit": 3]),
            .hold("h", seats: ["1-4"], areas: ["floor": 6]), .hold("h", areas: ["floor": .max]),
            .hold("h", areas: ["floor": .max, "pit": .max]), .hold("h", seats: ["1-4"], areas: ["floor": .max]),
            .hold("h", seats: Array(repeating: "1-4", count: 10_000)),
        ] {
            #expect(throws: Rejection.tooManySeats(limit: 6)) { try show.decide(command, now: .at(2)) }
        }
    }

    @Test(arguments: [0, -1, -5, .min])
    func `asks for at least one unit of every area it names`(quantity: Int) {
        #expect(throws: Rejection.emptyHold) { try show.decide(.hold("h", areas: ["floor": quantity]), now: .at(2)) }
        #expect(throws: Rejection.emptyHold) {
            try show.decide(.hold("h", areas: ["floor": quantity, "pit": quantity]), now: .at(2))
        }
        // A negative quantity must not make room under the limit.
        #expect(throws: Rejection.emptyHold) {
            try show.decide(.hold("h", seats: ["1-1"], areas: ["floor": quantity, "pit": 3]), now: .at(2))
        }
    }

    @Test func `asks for something`() {
        #expect(throws: Rejection.emptyHold) { try show.decide(.hold("h"), now: .at(2)) }
    }

    @Test func `names places that the show has, each once`() {
        #expect(throws: Rejection.unknownSeat("9-9")) {
            try show.decide(.hold("h", seats: ["1-1", "9-9"]), now: .at(2))
        }
        #expect(throws: Rejection.unknownSeat("")) { try show.decide(.hold("h", seats: [""]), now: .at(2)) }
        #expect(throws: Rejection.unknownArea("roof")) { try show.decide(.hold("h", areas: ["roof": 1]), now: .at(2)) }
        #expect(throws: Rejection.duplicateSeat("1-1")) {
            try show.decide(.hold("h", seats: ["1-1", "1-2", "1-1"]), now: .at(2))
        }
    }

    @Test mutating func `reports a mistake in the request before a seat that is taken`() throws {
        try show.hold("h1", seats: ["1-1"])
        #expect(throws: Rejection.unknownSeat("9-9")) {
            try show.decide(.hold("h", seats: ["1-1", "9-9"]), now: .at(2))
        }
        #expect(throws: Rejection.duplicateSeat("1-1")) {
            try show.decide(.hold("h", seats: ["1-1", "1-1"]), now: .at(2))
        }
    }

    @Test func `waits for the sale to start, to the microsecond`() throws {
        let onSale = Timestamp.at(60)
        let show = ShowState(SampleShow.created(rows: ["AA"], onSaleAt: onSale))
        let early = Timestamp(microseconds: onSale.microseconds - 1)
        #expect(throws: Rejection.notOnSale(until: onSale)) { try show.decide(.hold("h", seats: ["1-1"]), now: early) }
        #expect(throws: Rejection.notOnSale(until: onSale)) { try show.decide(.best("h", 1), now: early) }
        #expect(try show.decide(.hold("h", seats: ["1-1"]), now: onSale).count == 1)
    }

    @Test func `on a show that only has areas works the same`() throws {
        var show = ShowState(SampleShow.created(areas: [SampleShow.area("floor", 2)]))
        try show.hold("h", areas: ["floor": 2])
        #expect(throws: Rejection.seatsUnavailable([.area(AreaID("floor"), available: 0)])) {
            try show.decide(.hold("h2", areas: ["floor": 1]), now: .at(1))
        }
        #expect(throws: Rejection.unknownSeat("1-1")) { try show.decide(.hold("h2", seats: ["1-1"]), now: .at(1)) }
    }

    @Test func `never ends before the end of time when the show says so`() throws {
        var show = ShowState(SampleShow.created(rows: ["A"], holdSeconds: .max))
        #expect(try show.hold("h", seats: ["1-1"]).expiresAt == Timestamp(microseconds: .max))
    }
}
