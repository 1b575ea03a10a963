@testable import Domain
import Testing

@Suite struct `Ending a hold` {
    private var show = ShowState(SampleShow.created(rows: ["AAAA"], areas: [SampleShow.area("floor", 4)]))

    private func ended(_ hold: HoldPlaced, at time: Timestamp) -> HoldEnded {
        HoldEnded(
            holdID: hold.holdID, userID: hold.userID, seatIndexes: hold.seats.map(\.index), areas: hold.areas,
            endedAt: time)
    }

    @Test mutating func `its owner lets it go, and its places are free again`() throws {
        let hold = try show.hold("h", by: "ann", seats: ["1-2", "1-1"], areas: ["floor": 4])
        #expect(
            try show.run(.releaseHold(HoldID("h"), by: UserID("ann")), at: .at(9)) == [
                .hold(.released(ended(hold, at: .at(9))))
            ])
        #expect(show.nextDeadline == nil)
        #expect(show.holds.isEmpty)
        try show.hold("h2", by: "bob", seats: ["1-1", "1-2"], areas: ["floor": 4])
    }

    @Test mutating func `nobody else can, and isn't told that it exists`() throws {
        try show.hold("h", by: "ann", seats: ["1-1"])
        for (hold, user) in [("h", "bob"), ("h", ""), ("h", "Ann"), ("other", "ann")] {
            #expect(throws: Rejection.holdNotFound) {
                try show.decide(.releaseHold(HoldID(hold), by: UserID(user)), now: .at(2))
            }
        }
    }

    @Test mutating func `happens once`() throws {
        try show.hold("h", by: "ann", seats: ["1-1"])
        try show.run(.releaseHold(HoldID("h"), by: UserID("ann")))
        #expect(throws: Rejection.holdNotFound) {
            try show.decide(.releaseHold(HoldID("h"), by: UserID("ann")), now: .at(2))
        }
    }

    @Test mutating func `is too late when its time is over`() throws {
        let hold = try show.hold("h", by: "ann", seats: ["1-1"])
        #expect(throws: Rejection.holdNotFound) {
            try show.decide(.releaseHold(HoldID("h"), by: UserID("ann")), now: hold.expiresAt)
        }
        let last = Timestamp(microseconds: hold.expiresAt.microseconds - 1)
        #expect(try show.decide(.releaseHold(HoldID("h"), by: UserID("ann")), now: last).count == 1)
    }
}

@Suite struct `Expiry` {
    private var show = ShowState(
        SampleShow.created(rows: ["AAAA"], areas: [SampleShow.area("floor", 4), SampleShow.area("pit", 2)]))

    private func ended(_ events: [ShowEvent]) -> [String] {
        events.compactMap { event in
            if case .hold(.expired(let ended)) = event { ended.holdID.rawValue } else { nil }
        }
    }

    @Test mutating func `ends what is overdue, longest overdue first, and no more than the limit`() throws {
        try show.hold("c", seats: ["1-3"], at: .at(3))
        try show.hold("a", seats: ["1-1"], at: .at(3))
        try show.hold("b", seats: ["1-2"], at: .at(4))
        try show.hold("d", seats: ["1-4"], at: .at(5))
        #expect(
            try show.decide(.expireHolds(limit: 10), now: Timestamp(microseconds: Timestamp.at(303).microseconds - 1))
                .isEmpty)
        #expect(ended(try show.decide(.expireHolds(limit: 10), now: .at(303))) == ["a", "c"])
        #expect(ended(try show.decide(.expireHolds(limit: 10), now: .at(304))) == ["a", "c", "b"])
        #expect(ended(try show.run(.expireHolds(limit: 2), at: .at(305))) == ["a", "c"])
        #expect(ended(try show.run(.expireHolds(limit: 2), at: .at(305))) == ["b", "d"])
        #expect(try show.run(.expireHolds(limit: 2), at: .at(305)).isEmpty)
        #expect(try show.decide(.expireHolds(limit: 0), now: .at(305)).isEmpty)
        #expect(show.nextDeadline == nil)
    }

    @Test mutating func `says what the hold had`() throws {
        try show.hold("h", by: "ann", seats: ["1-2", "1-1"], areas: ["floor": 2])
        #expect(
            try show.decide(.expireHolds(limit: 1), now: .at(400)) == [
                .hold(
                    .expired(
                        HoldEnded(
                            holdID: HoldID("h"), userID: UserID("ann"), seatIndexes: [0, 1],
                            areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 2)], endedAt: .at(400))))
            ])
    }

    @Test mutating func `needs no timer when an overdue seat is wanted: its end comes first`() throws {
        try show.hold("old", by: "ann", seats: ["1-1", "1-2"])
        try show.hold("else", by: "eve", seats: ["1-4"])
        let events = try show.run(.hold("new", by: "bob", seats: ["1-2", "1-3"]), at: .at(301))
        #expect(ended(events) == ["old"])
        guard case .hold(.placed(let placed))? = events.last else { throw UnexpectedEvents(events) }
        #expect(placed.guids == ["1-2", "1-3"])
        #expect(events.count == 2)
        // What was not in the way is left to the timer.
        #expect(show.holds[HoldID("else")] != nil)
        #expect(show.holds[HoldID("old")] == nil)
    }

    @Test mutating func `ends only as many holds of an area as are in the way`() throws {
        try show.hold("a", areas: ["floor": 2], at: .at(1))
        try show.hold("b", areas: ["floor": 1, "pit": 2], at: .at(2))
        try show.hold("c", areas: ["floor": 1], at: .at(3))
        #expect(ended(try show.decide(.hold("n", areas: ["floor": 1]), now: .at(400))) == ["a"])
        #expect(ended(try show.decide(.hold("n", areas: ["floor": 3]), now: .at(400))) == ["a", "b"])
        #expect(ended(try show.decide(.hold("n", areas: ["floor": 4]), now: .at(400))) == ["a", "b", "c"])
        #expect(ended(try show.decide(.hold("n", areas: ["pit": 1]), now: .at(400))) == ["b"])
        #expect(ended(try show.decide(.hold("n", seats: ["1-1"]), now: .at(400))).isEmpty)
    }

    @Test mutating func `counts for the best places too`() throws {
        try show.hold("a", seats: ["1-1"], at: .at(1))
        try show.hold("b", seats: ["1-4"], at: .at(2))
        let events = try show.run(.best("n", 3), at: .at(301))
        #expect(ended(events) == ["a"])
        guard case .hold(.placed(let placed))? = events.last else { throw UnexpectedEvents(events) }
        #expect(placed.guids == ["1-1", "1-2", "1-3"])
    }

    @Test mutating func `does not free a place before its time`() throws {
        try show.hold("a", seats: ["1-1"], at: .at(1))
        let last = Timestamp(microseconds: Timestamp.at(301).microseconds - 1)
        #expect(throws: Rejection.seatsUnavailable([.seat("1-1", .held)])) {
            try show.decide(.hold("n", seats: ["1-1"]), now: last)
        }
        #expect(try show.decide(.hold("n", seats: ["1-1"]), now: .at(301)).count == 2)
    }
}

@Suite struct `A clock that went back` {
    @Test func `counts as standing still`() throws {
        var show = ShowState(SampleShow.created(rows: ["AAA"], onSaleAt: .at(100)))
        try show.hold("a", seats: ["1-1"], at: .at(100))
        // The sale has started, and nothing is decided earlier than what was decided before.
        let hold = try show.hold("b", seats: ["1-2"], at: .at(-5_000))
        #expect(hold.placedAt == .at(100))
        #expect(hold.expiresAt == .at(400))
        try show.run(.expireHolds(limit: 5), at: .at(400))
        #expect(try show.hold("c", seats: ["1-3"], at: .at(1)).placedAt == .at(400))
        #expect(show.lastDecidedAt == .at(400))
    }

    @Test func `does not bring an expired hold back`() throws {
        var show = ShowState(SampleShow.created(rows: ["AA"]))
        try show.hold("a", by: "ann", seats: ["1-1"], at: .at(0))
        try show.hold("b", seats: ["1-2"], at: .at(300))
        #expect(throws: Rejection.holdNotFound) {
            try show.decide(.releaseHold(HoldID("a"), by: UserID("ann")), now: .at(10))
        }
        #expect(try show.decide(.expireHolds(limit: 5), now: .at(10)).count == 1)
    }
}

@Suite struct `A show whose holds come and go` {
    @Test func `remembers no more of them than are there`() throws {
        var show = ShowState(SampleShow.created(rows: ["AA"]))
        for index in 0..<5_000 {
            try show.hold("h\(index)", by: "ann", seats: ["1-1"])
            try show.run(.releaseHold(HoldID("h\(index)"), by: UserID("ann")))
        }
        try show.hold("last", seats: ["1-1"], at: .at(7))
        #expect(show.nextDeadline == .at(307))
        #expect(show.expiryCount <= 2 * show.holds.count + 64)
    }
}
