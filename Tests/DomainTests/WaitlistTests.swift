@testable import Domain
import Testing

@Suite struct `A waiting list` {
    /// Two rows of four, all of them held by ann under h1 to h8.
    private static func soldOut(
        rows: [String] = ["AAAA", "AAAA"], _ edit: (inout ShowCreated) -> Void = { _ in }
    ) throws -> ShowState {
        var created = SampleShow.created(rows: rows, holdSeconds: 3_600)
        edit(&created)
        var show = ShowState(created)
        for (row, seats) in rows.enumerated() {
            for seat in seats.indices {
                let name = "\(row + 1)-\(seats.distance(from: seats.startIndex, to: seat) + 1)"
                try show.hold(name, by: "owner", seats: [name])
            }
        }
        return show
    }

    private func free(_ show: inout ShowState, _ holds: String..., at now: Timestamp = .at(5)) throws -> [ShowEvent] {
        try holds.flatMap { try show.run(.release($0, by: "owner"), at: now) }
    }

    @Test func `offers what comes free to whoever has waited longest, in the same append`() throws {
        var show = try Self.soldOut()
        let joined = try show.run(.join("w1", by: "ann", 1))
        guard case .waitlist(.joined(let first))? = joined.first else { throw UnexpectedEvents(joined) }
        #expect((first.number, first.place) == (1, 1))
        try show.run(.join("w2", by: "bob", 1))
        let events = try free(&show, "1-2")
        #expect(events.kinds == ["holdReleased", "waitlistOffered", "holdPlaced"])
        #expect(events.offers.map(\.entry) == ["w1"])
        #expect(events.offers.map(\.places) == [["1-2"]])
        guard case .hold(.placed(let hold))? = events.last else { throw UnexpectedEvents(events) }
        #expect(hold.userID == UserID("ann"))
        #expect(hold.expiresAt == .at(5 + 900))
        #expect(hold.total == 9_000)
        #expect(show.waiting == ["w2"])
        #expect(try show.status("1-2") == .held)
    }

    @Test func `offers at once what nobody ahead could have`() throws {
        var show = try Self.soldOut()
        _ = try free(&show, "1-1")
        let events = try show.run(.join("w1", 1), at: .at(6))
        #expect(events.kinds == ["waitlistJoined", "waitlistOffered", "holdPlaced"])
        #expect(show.nextDeadline == .at(906))
    }

    @Test func `passes a larger group only when what is free can't serve it, and says so`() throws {
        var show = try Self.soldOut()
        try show.run(.join("four", by: "a", 4))
        try show.run(.join("two", by: "b", 2))
        try show.run(.join("two more", by: "c", 2))
        try show.run(.join("one", by: "d", 1))
        #expect(try free(&show, "1-1").offers.map(\.entry) == ["one"])
        #expect(try free(&show, "1-3").offers.isEmpty)
        let events = try free(&show, "1-2")
        #expect(events.offers.map(\.entry) == ["two"])
        #expect(events.offers.map(\.places) == [["1-2", "1-3"]])
        #expect(events.offers.map(\.passed) == [["four"]])
        #expect(show.waiting == ["four", "two more"])
    }

    @Test func `seats groups apart only when they don't mind`() throws {
        var show = try Self.soldOut()
        try show.run(.join("together", by: "a", 2))
        try show.run(.join("apart", by: "b", 2, together: false))
        #expect(try free(&show, "1-1").offers.isEmpty)
        let events = try free(&show, "2-3")
        #expect(events.offers.map(\.entry) == ["apart"])
        #expect(events.offers.map(\.passed) == [["together"]])
    }

    @Test func `asks only those whose wish the place is part of`() throws {
        var show = try Self.soldOut(rows: ["AAAA", "BBBB"])
        try show.run(.join("a", by: "a", 1, .category("A")))
        try show.run(.join("row", by: "b", 1, .row("2", zone: nil)))
        try show.run(.join("zone", by: "c", 1, .zone("zone 2")))
        try show.run(.join("b", by: "d", 1, .category("B")))
        #expect(try free(&show, "2-1").offers.map(\.entry) == ["row"])
        #expect(try free(&show, "2-2").offers.map(\.entry) == ["zone"])
        #expect(try free(&show, "2-3").offers.map(\.entry) == ["b"])
        #expect(try free(&show, "1-3").offers.map(\.entry) == ["a"])
        #expect(try free(&show, "2-4").offers.isEmpty)
    }

    @Test func `goes on with the next in line when an offer is declined or runs out`() throws {
        var show = try Self.soldOut { $0.offerSeconds = 60 }
        for (entry, user) in [("w1", "a"), ("w2", "b"), ("w3", "c")] { try show.run(.join(entry, by: user, 1)) }
        _ = try free(&show, "1-1")
        let declined = try show.run(.release("w1", by: "a"), at: .at(10))
        #expect(declined.kinds == ["holdReleased", "waitlistOffered", "holdPlaced"])
        #expect(declined.offers.map(\.entry) == ["w2"])
        #expect(show.nextDeadline == .at(70))
        let expired = show.recordOverdue(at: .at(70))
        #expect(expired.offers.map(\.entry) == ["w3"])
        let left = try show.run(.leave("w3", by: "c"), at: .at(80))
        #expect(left.kinds == ["holdReleased"])
        #expect(show.waitlist.isEmpty)
        show.expect(.waitlistEntryNotFound, from: .leave("w1", by: "a"), at: .at(81))
    }

    @Test func `records what is overdue first, whatever the command is`() throws {
        var show = try Self.soldOut { $0.holdSeconds = 100 }
        try show.run(.join("w1", by: "a", 2))
        // All holds are over; nobody has said so.
        let events = try show.run(.best("mine", by: "b", 2), at: .at(200))
        #expect(events.offers.map(\.entry) == ["w1"])
        #expect(events.offers.map(\.places) == [["1-1", "1-2"]])
        guard case .hold(.placed(let mine))? = events.last else { throw UnexpectedEvents(events) }
        #expect(mine.guids == ["1-3", "1-4"])
        #expect(mine.offerOf == nil)
    }

    @Test func `takes nobody's place: what it can't use is anybody's`() throws {
        var show = try Self.soldOut()
        try show.run(.join("two", by: "a", 2))
        _ = try free(&show, "1-1")
        #expect(try show.run(.hold("mine", by: "b", seats: ["1-1"]), at: .at(6)).count == 1)
    }

    @Test func `makes so many offers in one append, and keeps the rest for those who wait`() throws {
        var show = ShowState(
            SampleShow.created(areas: [SampleShow.area("floor", 100)], limit: 100, holdSeconds: 3_600))
        try show.hold("all", by: "owner", areas: ["floor": 100])
        for index in 0..<80 { try show.run(.join("w\(index)", by: "u\(index)", 1)) }
        let first = try show.run(.release("all", by: "owner"), at: .at(5))
        #expect(first.offers.count == ShowState.offersPerAppendMax)
        guard case .waitlist(.scheduled(let scheduled))? = first.last else { throw UnexpectedEvents(first) }
        #expect(scheduled == WaitlistScheduled(dueAt: .at(5), isBehind: true, scheduledAt: .at(5)))
        #expect(show.nextDeadline == .at(5))
        // A command makes the next offers first; while some are left, nobody else gets anything.
        show.expect(.offeredToWaitlist, from: .hold("mine", by: "x", areas: ["floor": 1]), at: .at(6))
        let rest = show.recordOverdue(at: .at(7))
        #expect(rest.offers.count == 48)
        #expect(show.waiting.isEmpty)
        #expect(try show.run(.hold("mine", by: "x", areas: ["floor": 20]), at: .at(8)).count == 1)
    }

    @Test func `serves those who order, and gives an offer no more time`() throws {
        var show = try Self.soldOut()
        try show.run(.join("w1", 1))
        _ = try free(&show, "1-1")
        show.expect(.holdAtLimit(until: .at(905)), from: .extendHold(HoldID("w1"), by: UserID("ann")), at: .at(6))
        try show.start("o", hold: "w1", at: .at(7))
        show.expect(.purchaseInProgress, from: .leave("w1"), at: .at(8))
        try show.pay(.authorized("p"), "o", at: .at(9))
        #expect(show.waitlist.isEmpty)
        #expect(try show.status("1-1") == .sold)
        try show.pay(.captured, "o", at: .at(10))
        // What comes back goes to whoever waits then.
        try show.run(.join("w2", by: "bob", 1), at: .at(11))
        let refunded = try show.run(.refund("o"), at: .at(12))
        #expect(refunded.offers.map(\.entry) == ["w2"])
    }

    @Test func `offers nobody more than their share, and remembers their turn`() throws {
        var show = try Self.soldOut(rows: ["AAAA", "AA"]) { $0.maxSeatsPerUser = 6 }
        try show.run(.join("w1", by: "a", 4))
        try show.run(.join("w2", by: "b", 1))
        // Somebody's own hold leaves no share for what they wait for.
        try show.run(.change(ShowChange([.maxSeatsPerUser(4)])), at: .at(2))
        try show.run(.change(ShowChange([.maxSeatsPerHold(6)])), at: .at(2))
        show.expect(.userLimit(4), from: .join("w3", by: "owner", 1), at: .at(3))
        #expect(try free(&show, "2-1").offers.map(\.entry) == ["w2"])
        #expect(try free(&show, "2-2").offers.isEmpty)
        try show.hold("one", by: "a", seats: ["2-2"], at: .at(6))
        for seat in ["1-1", "1-2", "1-3", "1-4"] { #expect(try free(&show, seat, at: .at(7)).offers.isEmpty) }
        #expect(try show.run(.release("one", by: "a"), at: .at(8)).offers.map(\.entry) == ["w1"])
    }

    @Test func `has one entry of each person, unless the show allows more`() throws {
        var show = try Self.soldOut()
        try show.run(.join("w1", 1))
        show.expect(.alreadyOnWaitlist("w1"), from: .join("w2", 2), at: .at(2))
        try show.run(.change(ShowChange([.waitlistEntriesPerUser(2)])), at: .at(3))
        try show.run(.join("w2", 2), at: .at(4))
        show.expect(.waitlistEntryNotFound, from: .leave("w2", by: "bob"), at: .at(5))
        #expect(try show.run(.leave("w2"), at: .at(5)).kinds == ["waitlistLeft"])
        #expect(try show.run(.leave("w1"), at: .at(5)).kinds == ["waitlistLeft", "waitlistScheduled"])
        #expect(show.waitlist.isEmpty)
    }

    @Test func `refuses what the show could never serve`() throws {
        let show = try Self.soldOut(rows: ["AAAA", "BB"])
        show.expect(.waitlistUnfillable, from: .join("w", 3, .category("B")), at: .at(2))
        show.expect(.waitlistUnfillable, from: .join("w", 1, accessible: true), at: .at(2))
        show.expect(.waitlistUnfillable, from: .join("w", 1, .areas([])), at: .at(2))
        show.expect(.unknownCategory("X"), from: .join("w", 1, .category("X")), at: .at(2))
        show.expect(.unknownZone("X"), from: .join("w", 1, .zone("X")), at: .at(2))
        show.expect(.unknownRow("X"), from: .join("w", 1, .row("X", zone: nil)), at: .at(2))
        show.expect(.unknownArea("X"), from: .join("w", 1, .areas([AreaID("X")])), at: .at(2))
        show.expect(.emptyHold, from: .join("w", 0), at: .at(2))
        show.expect(.tooManySeats(limit: 6), from: .join("w", 7), at: .at(2))
        show.expect(.emptyHold, from: .join("w", .min), at: .at(2))
        show.expect(.unknownTicketType("child"), from: .join("w", 1, types: ["child": 1]), at: .at(2))
    }

    @Test func `tells those whose wait is in vain`() throws {
        var show = try Self.soldOut(rows: ["AAAA", "BBBB"])
        try show.run(.join("four", by: "a", 4, .category("B")))
        try show.run(.join("one", by: "b", 1))
        let events = try show.run(.change(ShowChange([.maxSeatsPerHold(3)])), at: .at(3))
        let closed = WaitlistClosed(
            wish: WaitlistWish(quantity: 4, scope: .category("B")), reason: .noSuchPlaces, closedAt: .at(3))
        #expect(events.last == .waitlist(.closed(closed)))
        #expect(show.waiting == ["one"])
        // The sale ends at 10,000 seconds by itself.
        #expect(show.recordOverdue(at: .at(9_999)).kinds.suffix(2) == ["waitlistClosed", "waitlistScheduled"])
        #expect(show.waiting.isEmpty)
    }

    @Test func `ends with its show`() throws {
        var show = try Self.soldOut()
        try show.run(.join("w1", by: "a", 1))
        try show.run(.join("w2", by: "b", 1))
        _ = try free(&show, "1-1")
        let events = try show.run(.cancelShow, at: .at(6))
        #expect(events.kinds == ["showCancelled", "waitlistClosed", "waitlistScheduled"])
        #expect(show.waiting.isEmpty)
        #expect(show.recordOverdue(at: .at(7)).offers.isEmpty)
        #expect(show.waitlist.isEmpty)
    }

    @Test func `waits with a show that is postponed, and goes on with it`() throws {
        var show = try Self.soldOut()
        try show.run(.join("w1", 1))
        try show.run(.change(ShowChange([.isPostponed(true)])), at: .at(2))
        #expect(try free(&show, "1-1").offers.isEmpty)
        #expect(try show.run(.change(ShowChange([.isPostponed(false)])), at: .at(6)).offers.map(\.entry) == ["w1"])
    }

    @Test func `offers what an allocation gives back, and new seats`() throws {
        var show = ShowState(SampleShow.created(rows: ["AA"], areas: [SampleShow.area("floor", 2)]))
        let all = AllocationWish(
            name: "house", channel: "vip", label: "", seats: ["1-1", "1-2"],
            areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 2)], releasesAt: .at(50))
        try show.run(.allocate([all]), at: .at(1))
        try show.run(.join("w1", by: "a", 2, .areas([AreaID("floor")])), at: .at(2))
        try show.run(.join("w2", by: "b", 2), at: .at(2))
        try show.run(.join("w3", by: "c", 1), at: .at(2))
        // A channel's own places are no business of the list.
        let vip = ShowCommand.placeHold(
            PlaceHold(
                holdID: HoldID("vip"), userID: UserID("vip"), selection: .named(seats: ["1-1"], areas: []),
                channels: ["vip"]))
        #expect(try show.run(vip, at: .at(3)).offers.isEmpty)
        #expect(try show.run(.release("vip", by: "vip"), at: .at(4)).offers.isEmpty)
        #expect(show.recordOverdue(at: .at(50)).offers.map(\.entry) == ["w1", "w2"])
        let areas = [SampleShow.area("floor", 3)]
        #expect(try show.run(.change(ShowChange(areas: areas)), at: .at(60)).offers.map(\.entry) == ["w3"])
    }

    @Test func `seats a party with a wheelchair user on the seats that are kept for it`() throws {
        var created = SampleShow.created(rows: ["AAAA"], holdSeconds: 3_600)
        created.seatingPlan?.zones[1].rows[0].seats[0].isAccessible = true
        created.seatingPlan?.zones[1].rows[0].seats[1].isCompanion = true
        created.accessibleReleasedAt = .at(100)
        var show = ShowState(created)
        try show.hold("all", by: "owner", seats: ["1-1", "1-2", "1-3", "1-4"])
        try show.run(.join("w1", by: "a", 3))
        try show.run(.join("w2", by: "b", 2))
        let events = try show.run(.release("all", by: "owner"), at: .at(2))
        #expect(events.offers.map(\.entry) == ["w2"])
        #expect(events.offers.map(\.places) == [["1-3", "1-4"]])
        try show.run(.join("w3", by: "c", 1, accessible: true), at: .at(3))
        #expect(show.holds[HoldID("w3")]?.seats.map(\.guid) == ["1-1"])
        try show.run(.join("w4", by: "d", 1), at: .at(4))
        // From then on they are anybody's.
        #expect(show.recordOverdue(at: .at(100)).offers.map(\.entry) == ["w4"])
    }

    @Test func `sells an offer as the ticket types that were wished for`() throws {
        var created = SampleShow.created(rows: ["AA"])
        created.prices["A"] = nil
        created.ticketTypes["A"] = [
            TicketType(name: "adult", price: 100, fee: 5), TicketType(name: "child", price: 10),
        ]
        var show = ShowState(created)
        let events = try show.run(.join("w", 2, types: ["child": 1]))
        guard case .hold(.placed(let placed))? = events.last else { throw UnexpectedEvents(events) }
        #expect(placed.total == 115)
        #expect(placed.fares.all.map(\.ticketType).sorted() == ["adult", "child"])
    }

    @Test func `costs nothing where nobody waits`() throws {
        var (with, without) = (try Self.soldOut(), try Self.soldOut())
        try with.run(.join("w", 1), at: .at(2))
        try with.run(.leave("w"), at: .at(3))
        _ = try free(&without, "1-1")
        _ = try free(&with, "1-1")
        let commands: [ShowCommand] = [.hold("h", seats: ["1-1"]), .release("h"), .best("b", 1)]
        for command in commands {
            #expect(try with.run(command, at: .at(9)) == without.run(command, at: .at(9)))
        }
    }
}
