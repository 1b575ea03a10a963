@testable import Domain
import Testing

@Suite struct `At the door` {
    private var show = ShowState(
        SampleShow.created(rows: ["AA", "BB"], areas: [SampleShow.area("floor", 9), SampleShow.area("pit", 9)]))

    init() throws { try show.buy("o", by: "ann", seats: ["1-1", "2-1"], areas: ["floor": 2, "pit": 1]) }

    private mutating func scan(
        _ ticket: String, _ direction: DoorPass.Direction = .entry, gate: String = "", areas: Set<String>? = nil,
        generation: Int = 1, at now: Timestamp
    ) throws(Rejection) -> TicketScanned? {
        let scan = TicketScan(generation: generation, direction: direction, gate: gate, areas: areas)
        let events = try show.run(.ticket(.scan(scan), TicketID(ticket), by: UserID("door")), at: now)
        guard case .ticket(.scanned(let scanned))? = events.last else { return nil }
        return scanned
    }

    private func expect(
        _ rejection: Rejection, _ ticket: String, _ direction: DoorPass.Direction = .entry, areas: Set<String>? = nil,
        at now: Timestamp, _ place: SourceLocation = #_sourceLocation
    ) {
        let scan = TicketScan(generation: 1, direction: direction, areas: areas)
        show.expect(rejection, from: .ticket(.scan(scan), ticket, by: "door"), at: now, place)
    }

    @Test mutating func `a scan says where the place is`() throws {
        let seat = try scan("o-2", gate: "north", at: .at(20))
        #expect(
            seat?.place == TicketPlace(seat: "2-1", seatNumber: "1", row: "2", block: "zone 2", category: "B"))
        #expect(seat?.pass == DoorPass(direction: .entry, at: .at(20), gate: "north"))
        #expect(seat?.scannerID == UserID("door"))
        let unit = try scan("o-3", at: .at(20))
        #expect(unit?.place == TicketPlace(area: AreaID("floor"), block: "floor", category: "S"))
    }

    @Test mutating func `a scan and the books say what the ticket was sold as`() throws {
        var created = SampleShow.created(rows: ["A"], areas: [SampleShow.area("floor", 9)])
        for category in ["A", "S"] {
            created.prices[category] = nil
            created.ticketTypes[category] = [TicketType(name: "adult", price: 20), TicketType(name: "child", price: 9)]
        }
        show = ShowState(created)
        var events: [ShowEvent] = [.created(created)]
        let wanted = TicketTypeChoice.named(
            seats: ["1-1": "child"], areas: [AreaID("floor"): ["child": 1]])
        let floor = AreaQuantity(areaID: AreaID("floor"), quantity: 2)
        events += try show.run(
            .placeHold(
                PlaceHold(
                    holdID: HoldID("h"), userID: UserID("ann"), selection: .named(seats: ["1-1"], areas: [floor]),
                    ticketTypes: wanted)))
        events += try show.run(.start("o", hold: "h", token: show.token(of: "h")), at: .at(2))
        events += try show.run(.pay(.authorized("p"), "o"), at: .at(3))
        #expect(try (1...3).map { try scan("o-\($0)", at: .at(20))?.place?.ticketType } == ["child", "child", "adult"])
        var books = ShowBooks()
        for (index, event) in events.enumerated() { books.apply(event, of: SampleShow.id, at: Int64(index) + 1) }
        #expect(
            books.sales.map { [$0.category, $0.ticketType] } == [["A", "child"], ["S", "adult"], ["S", "child"]])
    }

    @Test mutating func `a second scan is told when and where the first was`() throws {
        _ = try scan("o-1", gate: "north", at: .at(20))
        expect(.ticketAlreadyScanned(at: .at(20), gate: "north"), "o-1", at: .at(30))
    }

    @Test mutating func `who left may come back, and is in only once`() throws {
        expect(.ticketUnusable(.notScanned), "o-1", .exit, at: .at(19))
        _ = try scan("o-1", gate: "north", at: .at(20))
        _ = try scan("o-1", .exit, gate: "south", at: .at(30))
        #expect(try show.ticket("o-1").status == .outside)
        expect(.ticketUnusable(.outside), "o-1", .exit, at: .at(31))
        // Used is used: whoever is outside has nothing to sell, give away or hand back.
        for step: TicketStep in [.offer(to: UserID("bob")), .list] {
            show.expect(.ticketUnusable(.outside), from: .ticket(step, "o-1"), at: .at(32))
        }
        show.expect(.ticketUnusable(.outside), from: .refund("o", [1]), at: .at(32))
        _ = try scan("o-1", gate: "east", at: .at(40))
        expect(.ticketAlreadyScanned(at: .at(40), gate: "east"), "o-1", at: .at(41))
        #expect(try show.ticket("o-1").passes.map(\.at) == [.at(20), .at(30), .at(40)])
    }

    @Test mutating func `a place that the scanner does not cover is refused, and not used`() throws {
        expect(.ticketWrongArea("zone 2"), "o-2", areas: ["zone 1", "floor"], at: .at(20))
        expect(.ticketWrongArea("pit"), "o-5", areas: ["zone 1", "floor"], at: .at(20))
        #expect(try show.ticket("o-2").status == .valid)
        #expect(try scan("o-1", areas: ["zone 1", "floor"], at: .at(20)) != nil)
        #expect(try scan("o-3", areas: ["zone 1", "floor"], at: .at(20)) != nil)
        show.expect(.ticketWrongArea("zone 1"), from: .ticket(.undoScan(areas: ["floor"]), "o-1"), at: .at(21))
    }

    @Test mutating func `a scan by mistake is taken back, and leaves no trace in what the ticket is good for`() throws {
        show.expect(.ticketUnusable(.notScanned), from: .ticket(.undoScan(areas: nil), "o-1"), at: .at(19))
        _ = try scan("o-1", gate: "north", at: .at(20))
        _ = try scan("o-1", .exit, at: .at(30))
        for status: TicketStatus in [.scanned, .valid] {
            let events = try show.ticket(.undoScan(areas: nil), "o-1", by: "chief", at: .at(40))
            guard case .ticket(.scanUndone(let undone))? = events.last else { throw UnexpectedEvents(events) }
            #expect(undone.status == status && undone.supervisorID == UserID("chief"))
            #expect(try show.ticket("o-1").status == status)
        }
        #expect(try show.run(.refund("o", [1]), at: .at(50)).returns.first?.amount == 9_000)
        show.expect(.ticketUnusable(.returned), from: .ticket(.undoScan(areas: nil), "o-1"), at: .at(51))
    }

    @Test mutating func `a ticket's ways through the door are bounded`() throws {
        for time in 1...Int64(ShowState.passesMax) {
            _ = try scan("o-1", time % 2 == 1 ? .entry : .exit, at: .at(20 + time))
        }
        expect(.ticketUnusable(.tooManyScans), "o-1", at: .at(900))
    }
}

@Suite struct `Scans that come in later` {
    private var show = ShowState(SampleShow.created(rows: ["AAA"], areas: [SampleShow.area("floor", 9)]))

    init() throws { try show.buy("o", by: "ann", seats: ["1-1", "1-2"], areas: ["floor": 2], at: .at(10)) }

    private func scan(
        _ ticket: String, _ direction: DoorPass.Direction = .entry, at seconds: Int64, gate: String = "north"
    ) -> ScanUpload.Scan {
        ScanUpload.Scan(
            ticketID: TicketID(ticket), code: .generation(1), direction: direction, at: .at(seconds), gate: gate)
    }

    private mutating func upload(_ scans: [ScanUpload.Scan], areas: Set<String>? = nil, at now: Timestamp) throws
        -> [ScansUploaded.Result]
    {
        let events = try show.run(.uploadScans(ScanUpload(scans, areas: areas, by: UserID("phone"))), at: now)
        guard case .ticket(.scansUploaded(let report))? = events.last else { throw UnexpectedEvents(events) }
        #expect(report.uploadedAt == now && report.entries.map(\.ticketID) == scans.map(\.ticketID))
        #expect(events.count - 1 == report.entries.count { $0.result == .recorded })
        return report.entries.map(\.result)
    }

    @Test mutating func `count with the time that the device had`() throws {
        let results = try upload([scan("o-1", at: 20), scan("o-1", .exit, at: 30), scan("o-2", at: 25)], at: .at(100))
        #expect(results == [.recorded, .recorded, .recorded])
        #expect(try show.ticket("o-1").status == .outside)
        #expect(
            try show.ticket("o-2").passes == [DoorPass(direction: .entry, at: .at(25), gate: "north")])
        // The same again, after an answer that got lost.
        #expect(try upload([scan("o-1", at: 20), scan("o-1", .exit, at: 30)], at: .at(101)) == [.repeated, .repeated])
    }

    @Test mutating func `that a supervisor took back do not come back`() throws {
        #expect(try upload([scan("o-1", at: 20)], at: .at(100)) == [.recorded])
        try show.ticket(.undoScan(areas: nil), "o-1", by: "chief", at: .at(101))
        #expect(try upload([scan("o-1", at: 20), scan("o-1", at: 21)], at: .at(102)) == [.repeated, .recorded])
    }

    @Test mutating func `at two gates count where the earlier was, and the other is told`() throws {
        let earlier = DoorPass(direction: .entry, at: .at(20), gate: "south")
        let results = try upload([scan("o-1", at: 21), scan("o-1", at: 20, gate: "south")], at: .at(100))
        #expect(results == [.refused(.ticketAlreadyScanned, against: earlier), .recorded])
    }

    @Test mutating func `do not change what is on record`() throws {
        try show.ticket(.scan(generation: 1), "o-1", by: "door", at: .at(50))
        let recorded = DoorPass(direction: .entry, at: .at(50), gate: "")
        #expect(
            try upload([scan("o-1", at: 40), scan("o-1", .exit, at: 45), scan("o-1", .exit, at: 55)], at: .at(100)) == [
                .refused(.ticketAlreadyScanned, against: recorded), .refused(.scanOutOfOrder, against: recorded),
                .recorded,
            ])
        #expect(try show.ticket("o-1").status == .outside)
    }

    @Test mutating func `are refused one by one, each with its reason`() throws {
        try show.run(.refund("o", [2]), at: .at(15))
        let results = try upload(
            [
                scan("o-1", at: -1), scan("o-1", at: 161), scan("o-9", at: 20), scan("o-2", at: 20),
                scan("o-1", .exit, at: 20), scan("o-3", at: 20),
                ScanUpload.Scan(ticketID: nil, code: .refused(.invalidTicketCode), at: .at(20)),
                ScanUpload.Scan(ticketID: TicketID("o-1"), code: .generation(2), at: .at(20)), scan("o-1", at: 160),
            ], areas: ["zone 1", "zone 2"], at: .at(100))
        #expect(
            results == [
                .refused(.scanTimeBeforeShow), .refused(.scanTimeInFuture), .refused(.ticketNotFound),
                .refused(.ticketUnusable, subject: "returned"), .refused(.ticketUnusable, subject: "not-scanned"),
                .refused(.ticketWrongArea, subject: "floor"), .refused(.invalidTicketCode),
                .refused(.ticketUnusable, subject: "transferred"), .recorded,
            ])
    }

    @Test mutating func `after the show was cancelled let nobody in`() throws {
        try show.run(.cancelShow, at: .at(60))
        #expect(try upload([scan("o-1", at: 20)], at: .at(100)) == [.refused(.showCancelled)])
    }
}
