import Domain
import Testing

@Suite struct `A show behind a waiting room` {
    private static let entry = EntryID("show-1")

    private static func admission(
        _ entry: EntryID = entry, of user: String = "ann", claimUntil: Int64? = nil, until: Int64 = 900
    ) -> Admission {
        Admission(
            entryID: entry, userID: UserID(user), claimUntil: claimUntil.map { .at($0) }, sessionUntil: .at(until))
    }

    private static func hold(
        _ id: String, _ seat: String, by user: String = "ann", _ admission: Admission? = nil
    ) -> ShowCommand {
        .placeHold(
            PlaceHold(
                holdID: HoldID(id), userID: UserID(user), selection: .named(seats: [seat], areas: []),
                admission: admission))
    }

    private static func adding(_ seat: String, to hold: String, _ admission: Admission?) -> ShowCommand {
        .changeHold(
            ChangeHold(holdID: HoldID(hold), userID: UserID("ann"), addedSeats: [seat], admission: admission))
    }

    private var show: ShowState {
        get throws {
            var show = ShowState(SampleShow.created(rows: ["AAAAAA", "FFFFFF"]))
            try show.run(.requireAdmission(true), at: .at(1))
            return show
        }
    }

    @Test func `says once that admissions are required, and no more`() throws {
        var show = ShowState(SampleShow.created(rows: ["AA"]))
        let events = try show.run(.requireAdmission(true), at: .at(2))
        #expect(events == [.admission(.ruleChanged(AdmissionRuleChanged(isRequired: true, at: .at(2))))])
        #expect(try show.run(.requireAdmission(true)).isEmpty)
        #expect(try show.run(.requireAdmission(false)).count == 1)
        #expect(try show.run(.requireAdmission(false)).isEmpty)
        try show.run(.cancelShow)
        #expect(throws: Rejection.showCancelled) { try show.run(.requireAdmission(true)) }
        #expect(throws: Rejection.showNotFound) { try ShowState().decide(.requireAdmission(true), now: .at(1)) }
    }

    @Test func `gives no hold without an admission, of another person, or of another show`() throws {
        let show = try show
        let elsewhere = Self.admission(EntryID("elsewhere-1"))
        for admission in [nil, Self.admission(of: "bob"), elsewhere, Self.admission(EntryID("nothing"))] {
            #expect(throws: Rejection.admissionRequired) {
                try show.decide(Self.hold("h", "1-1", admission), now: .at(2))
            }
        }
    }

    @Test func `records whose admission a hold is placed with`() throws {
        var show = try show
        let placed = try show.run(Self.hold("h", "1-1", Self.admission()), at: .at(2))
        guard case .hold(.placed(let hold))? = placed.first else {
            Issue.record("\(placed)")
            return
        }
        #expect(hold.admission == Self.entry)
        #expect(show.holds[HoldID("h")] != nil)
    }

    @Test func `records none where none is required`() throws {
        var show = ShowState(SampleShow.created(rows: ["AA"]))
        let placed = try show.run(Self.hold("h", "1-1", Self.admission()), at: .at(2))
        let same = try ShowState(SampleShow.created(rows: ["AA"])).decide(.hold("h", seats: ["1-1"]), now: .at(2))
        #expect(placed == same)
    }

    @Test func `takes a first hold until the claim is over, and others until the session is`() throws {
        var show = try show
        let late = Self.admission(claimUntil: 10)
        #expect(throws: Rejection.admissionExpired) { try show.decide(Self.hold("h", "1-1", late), now: .at(10)) }
        try show.run(Self.hold("h", "1-1", late), at: .at(9))
        try show.run(Self.hold("i", "1-2", late), at: .at(899))
        #expect(throws: Rejection.admissionExpired) { try show.decide(Self.hold("j", "1-3", late), now: .at(900)) }
        // A claim of another entry is none of this one.
        let other = Self.admission(EntryID("show-2"), claimUntil: 10)
        #expect(throws: Rejection.admissionExpired) { try show.decide(Self.hold("j", "1-3", other), now: .at(899)) }
    }

    @Test func `asks for an admission where a hold grows, and only there`() throws {
        var show = try show
        try show.run(Self.hold("h", "1-1", Self.admission()), at: .at(2))
        #expect(throws: Rejection.admissionRequired) { try show.decide(Self.adding("1-2", to: "h", nil), now: .at(3)) }
        let changed = try show.run(Self.adding("1-2", to: "h", Self.admission(EntryID("show-7"))), at: .at(3))
        guard case .hold(.changed(let change))? = changed.first else {
            Issue.record("\(changed)")
            return
        }
        #expect(change.hold.admission == EntryID("show-7"))
        let drop = ChangeHold(holdID: HoldID("h"), userID: UserID("ann"), droppedSeats: ["1-2"])
        try show.run(.changeHold(drop), at: .at(4))
        try show.run(.extendHold(HoldID("h"), by: UserID("ann")), at: .at(5))
        try show.run(.releaseHold(HoldID("h"), by: UserID("ann")), at: .at(6))
    }

    @Test func `ends an admission when its order is completed`() throws {
        var show = try show
        try show.run(Self.hold("h", "2-1", Self.admission()), at: .at(2))
        try show.run(Self.hold("i", "2-2", Self.admission()), at: .at(2))
        let sold = try show.run(
            .startPurchase(
                StartPurchase(
                    orderID: OrderID("o"), holdID: HoldID("h"), userID: UserID("ann"),
                    fencingToken: show.holds[HoldID("h")]?.fencingToken ?? 0, paymentMethod: "card")), at: .at(3))
        #expect(sold.sale?.admission == Self.entry)
        #expect(throws: Rejection.admissionExpired) {
            try show.decide(Self.hold("j", "1-1", Self.admission()), now: .at(4))
        }
        // What was held with it before can still be bought.
        let second = try show.run(
            .startPurchase(
                StartPurchase(
                    orderID: OrderID("p"), holdID: HoldID("i"), userID: UserID("ann"),
                    fencingToken: show.holds[HoldID("i")]?.fencingToken ?? 0, paymentMethod: "card")), at: .at(5))
        #expect(second.sale != nil)
    }

    @Test func `ends an admission when its person is done, once`() throws {
        var show = try show
        try show.run(Self.hold("h", "1-1", Self.admission()), at: .at(2))
        let ended = try show.run(.endAdmission(Self.entry), at: .at(3))
        #expect(ended == [.admission(.ended(AdmissionEnded(entryID: Self.entry, at: .at(3))))])
        #expect(try show.run(.endAdmission(Self.entry), at: .at(4)).isEmpty)
        #expect(throws: Rejection.admissionExpired) {
            try show.decide(Self.hold("i", "1-2", Self.admission()), now: .at(4))
        }
        #expect(throws: Rejection.showNotFound) { try show.run(.endAdmission(EntryID("elsewhere-1"))) }
        // Whoever queues again comes with another entry.
        try show.run(Self.hold("i", "1-2", Self.admission(EntryID("show-2"))), at: .at(5))
    }

    @Test func `lets everybody hold again when the room has ended`() throws {
        var show = try show
        try show.run(.requireAdmission(false), at: .at(2))
        try show.hold("h", seats: ["1-1"], at: .at(3))
    }

    @Test func `takes a purchase of before with it`() throws {
        var show = ShowState(SampleShow.created(rows: ["FF"]))
        let before = try show.hold("h", seats: ["1-1"], at: .at(1))
        #expect(before.admission == nil)
        try show.run(.requireAdmission(true), at: .at(2))
        let sold = try show.run(
            .startPurchase(
                StartPurchase(
                    orderID: OrderID("o"), holdID: HoldID("h"), userID: UserID("ann"),
                    fencingToken: show.holds[HoldID("h")]?.fencingToken ?? 0, paymentMethod: "card")), at: .at(3))
        #expect(sold.sale != nil && sold.sale?.admission == nil)
    }
}
