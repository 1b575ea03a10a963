import Domain
import Testing

@Suite struct `Creating a show` {
    @Test func `is stamped by the decider, whatever the command says`() throws {
        let show = SampleShow.created(rows: ["AA"])
        var stamped = show
        stamped.createdAt = .at(77)
        #expect(try ShowState().decide(.create(ValidShow(unchecked: show)), now: .at(77)) == [.created(stamped)])
    }

    @Test func `happens once`() {
        let state = ShowState(SampleShow.created(rows: ["AA"]))
        #expect(throws: Rejection.showExists) {
            try state.decide(.create(ValidShow(unchecked: SampleShow.created(rows: ["B"]))), now: .at(1))
        }
    }

    @Test func `comes before everything else`() throws {
        #expect(throws: Rejection.showNotFound) {
            try ShowState().decide(.hold("h", seats: ["1-1"]), now: .at(1))
        }
        #expect(throws: Rejection.showNotFound) { try ShowState().decide(.best("h", 1), now: .at(1)) }
        #expect(throws: Rejection.holdNotFound) {
            try ShowState().decide(.releaseHold(HoldID("h"), by: UserID("ann")), now: .at(1))
        }
        #expect(try ShowState().decide(.expireHolds(limit: 10), now: .at(1)).isEmpty)
    }

    @Test func `is priced in a currency of ISO 4217, which says how many decimals it has`() throws {
        let digits = ["EUR": 2, "JPY": 0, "UGX": 0, "ISK": 0, "KWD": 3, "TND": 3, "MGA": 2, "CLF": 4, "XOF": 0]
        for (code, number) in digits { #expect(Currency(code)?.minorUnitDigits == number, "\(code)") }
        for wrong in ["ZZZ", "eur", "EUR ", "", "XXX", "XTS", "XAU", "DEM", "ÉUR", "\u{FF25}UR"] {
            #expect(Currency(wrong) == nil, "\(wrong)")
            var show = SampleShow.created(rows: ["AA"])
            show.currency = wrong
            #expect(throws: InvalidShow.self, "\(wrong)") { try show.validate() }
        }
        var show = SampleShow.created(rows: ["AA"])
        show.currency = "ZZZ"
        #expect(
            throws: InvalidShow(.show, "currency must be an active ISO 4217 code such as EUR, not ZZZ.", at: "currency")
        ) {
            try show.validate()
        }
        #expect(Currency.all.count == 165)
    }

    @Test func `counts seats and area units as its capacity`() {
        #expect(SampleShow.created(rows: ["AA", "B"], areas: [SampleShow.area("floor", 40)]).capacity == 43)
        #expect(SampleShow.created(areas: [SampleShow.area("floor", 40), SampleShow.area("pit", 2)]).capacity == 42)
    }

    @Test func `numbers seats in plan order, across zones and rows`() {
        let plan = SampleShow.plan(["AB", "A", "BBB"])
        #expect(plan.seatCount == 6)
        #expect(plan.seats.map(\.guid) == ["1-1", "1-2", "2-1", "3-1", "3-2", "3-3"])
    }
}
