import Contract
import Domain
import Following
import OpenPayments
import Projection
import Sales
import SeededRandom
import SwiftProtobuf
import Testing
import Waitlists
@testable import Availability
@testable import Deadlines
@testable import MyHolds

/// What every projection owes.
@Suite("Any projection")
struct ProjectionTests {
    static let seeds: Range<UInt64> = 0..<40

    @Test("Written and read back it is the same, and goes on the same", arguments: seeds) func snapshots(seed: UInt64)
        throws
    {
        try check(Availability.self, seed)
        try check(MyHolds.self, seed)
        try check(Deadlines.self, seed)
        try check(OpenPayments.self, seed)
        try check(Waitlists.self, seed, waits: true)
        try check(Sales.self, seed, waits: true)
        try check(MyHolds.self, seed, waits: true)
        try check(Deadlines.self, seed, waits: true)
    }

    @Test("Written by hand, it has SwiftProtobuf's bytes", arguments: seeds) func writtenByHand(seed: UInt64) throws {
        let events = History(seed: seed, commands: 150).events
        var (availability, holds) = (Availability(), MyHolds())
        try availability.fold(events)
        try holds.fold(events)
        let (seats, live) = (availability.encoded, holds.encoded)
        #expect(canonicalBytes(of: try Holdfast_V1_AvailabilitySnapshot(serializedBytes: seats)) == seats)
        #expect(canonicalBytes(of: try Holdfast_V1_MyHoldsSnapshot(serializedBytes: live)) == live)
    }

    private func check<P: Projection>(_: P.Type, _ seed: UInt64, waits: Bool = false) throws {
        let events = History(seed: seed, commands: 150, waits: waits).events
        var whole = P()
        try whole.fold(events)
        let copy = try P(encoded: whole.encoded)
        #expect(copy.encoded == whole.encoded)
        #expect(copy.lines == whole.lines)

        var random = SeededGenerator(seed: seed)
        let cut = Int.random(in: 0...events.count, using: &random)
        var first = P()
        try first.fold(Array(events[..<cut]))
        var second = try P(encoded: first.encoded)
        try second.fold(Array(events[cut...]))
        #expect(second.encoded == whole.encoded)
        #expect(second.lines == whole.lines)
        #expect(canonicalDigest(of: second.encoded) == canonicalDigest(of: whole.encoded))
    }

    @Test("Equal folds have equal bytes and lines, though they were hashed otherwise", arguments: [7]) func canonical(
        seed: UInt64
    ) throws {
        let events = History(seed: seed, commands: 300, waits: true).events
        var all: Set<[UInt8]> = []
        var lines: Set<[String]> = []
        for _ in 0..<5 {
            // Every dictionary has a seed of its own: their orders differ between the copies.
            var (availability, holds, expiries) = (Availability(), MyHolds(), Deadlines())
            var (payments, waitlists) = (OpenPayments(), Waitlists())
            try waitlists.fold(events)
            var sales = Sales()
            try sales.fold(events)
            try availability.fold(events)
            try holds.fold(events)
            try expiries.fold(events)
            try payments.fold(events)
            all.insert(
                availability.encoded + holds.encoded + expiries.encoded + payments.encoded + waitlists.encoded
                    + sales.encoded)
            lines.insert(
                availability.lines + holds.lines + expiries.lines + payments.lines + waitlists.lines + sales.lines)
        }
        #expect(all.count == 1)
        #expect(lines.count == 1)
    }

    @Test("Damaged bytes are refused or read as something; they crash nothing", arguments: 0..<6) func damaged(
        seed: UInt64
    ) throws {
        let events = History(seed: seed, commands: 60).events
        try fuzz(Availability.self, events, seed)
        try fuzz(MyHolds.self, events, seed)
        try fuzz(Deadlines.self, events, seed)
        try fuzz(OpenPayments.self, events, seed)
        try fuzz(Sales.self, events, seed)
        try fuzz(Waitlists.self, History(seed: seed, commands: 60, waits: true).events, seed)
    }

    private func fuzz<P: Projection>(_: P.Type, _ events: [(event: ShowEvent, context: EventContext)], _ seed: UInt64)
        throws
    {
        var random = SeededGenerator(seed: seed)
        var whole = P()
        try whole.fold(events)
        let bytes = whole.encoded
        for _ in 0..<150 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) where !damaged.isEmpty {
                let index = Int.random(in: damaged.indices, using: &random)
                switch random.next() % 3 {
                case 0: damaged[index] = UInt8.random(in: 0...255, using: &random)
                case 1: damaged.remove(at: index)
                default: damaged.insert(UInt8.random(in: 0...255, using: &random), at: index)
                }
            }
            guard case .success(var strange) = Result(catching: { try P(encoded: damaged) }) else { continue }
            for (event, context) in events.suffix(20) {
                // Whether it makes sense there is another question.
                _ = Result { try strange.fold(event, in: context) }
            }
            _ = (strange.encoded, strange.lines)
        }
    }
}

@Suite("Availability")
struct AvailabilityTests {
    @Test("Every seat and area is what the events say, at every event", arguments: 0..<60) func model(seed: UInt64)
        throws
    {
        let history = History(seed: seed, commands: 200)
        var projection = Availability()
        var model = SeatLedger()
        for (event, context) in history.events {
            try projection.apply(event, in: context)
            model.apply(event, in: context)
            let show = try #require(projection.shows[context.show])
            model.check(show)
        }
        #expect(projection.order == history.shows.map(\.showID))
        for show in projection.shows.values { model.check(show) }
    }

    /// A show of six seats and two areas with one hold on it, of seats 1 and 2 and two units of the second area.
    private static let show = ShowCreated(
        showID: ShowID("show"), name: "A night", artist: "Somebody", venue: Venue(name: "Hall", city: "Gent"),
        startsAt: Timestamp(microseconds: 1).adding(seconds: 1_000_000), onSaleAt: nil, currency: "EUR",
        prices: ["A": 1], holdSeconds: 60,
        maxSeatsPerHold: 6, seatingPlan: .sample(rows: [3, 3]),
        areas: ["left", "right"].map { Area(areaID: AreaID($0), name: $0, capacity: 3, category: "A") },
        createdAt: Timestamp(microseconds: 0))

    private static func placed(_ seats: [Int], _ areas: [(String, Int)] = [], hold: String = "hold") -> ShowEvent {
        .hold(
            .placed(
                HoldPlaced(
                    holdID: HoldID(hold), userID: UserID("ann"),
                    seats: seats.map { HeldSeat(index: $0, guid: "\($0)") },
                    areas: areas.map { AreaQuantity(areaID: AreaID($0.0), quantity: $0.1) }, total: 0, currency: "EUR",
                    placedAt: Timestamp(microseconds: 1), expiresAt: Timestamp(microseconds: 2))))
    }

    private static func released(_ seats: [Int], _ areas: [(String, Int)] = []) -> ShowEvent {
        .hold(
            .released(
                HoldEnded(
                    holdID: HoldID("hold"), userID: UserID("ann"), seatIndexes: seats,
                    areas: areas.map { AreaQuantity(areaID: AreaID($0.0), quantity: $0.1) },
                    endedAt: Timestamp(microseconds: 2))))
    }

    private static func sold(_ seats: [Int], wasHeld: Bool = true, resold: [Int] = [], _ areas: [(String, Int)] = [])
        -> ShowEvent
    {
        .order(
            .sold(
                SeatsSold(
                    orderID: OrderID("o"), holdID: HoldID("hold"), userID: UserID("ann"),
                    seats: seats.map { HeldSeat(index: $0, guid: "\($0)") },
                    areas: areas.map { AreaQuantity(areaID: AreaID($0.0), quantity: $0.1) }, wasHeld: wasHeld,
                    resold: resold.map {
                        ResoldSeat(
                            seatIndex: $0, ticketID: TicketID(1, of: OrderID("p")), sellerID: UserID("bob"),
                            refundID: RefundID("p-r1"), amount: 1, paymentID: "pay")
                    }, total: 2, currency: "EUR", paymentID: "pay", soldAt: Timestamp(microseconds: 2))))
    }

    private static func returned(_ seats: [Int], resale: [Int] = [], _ areas: [(String, Int)] = []) -> ShowEvent {
        .order(
            .returned(
                TicketsReturned(
                    orderID: OrderID("o"), userID: UserID("ann"), tickets: [1], seatIndexes: seats, resaleSeats: resale,
                    areas: areas.map { AreaQuantity(areaID: AreaID($0.0), quantity: $0.1) }, reason: .requested,
                    refundID: RefundID("o-r1"), amount: 1, paymentID: "pay", returnedAt: Timestamp(microseconds: 3))))
    }

    private static func swapped(
        _ seats: [(old: Int, new: Int)], blocked: [Int] = [], allocated: [Int] = []
    ) -> ShowEvent {
        .order(
            .swapped(
                TicketsSwapped(
                    orderID: OrderID("o"), userID: UserID("ann"),
                    swaps: seats.enumerated().map { index, seat in
                        .init(
                            ticket: index + 1, oldSeat: seat.old, seat: HeldSeat(index: seat.new, guid: "\(seat.new)"),
                            fare: Fare(price: 1), generation: 2)
                    }, blockedSeats: blocked, allocatedSeats: allocated, refundID: RefundID("o-r1"), amount: 0,
                    paymentID: "pay", swappedBy: UserID("box"), swappedAt: Timestamp(microseconds: 3))))
    }

    private static func allocated(_ blocked: [Int]) -> ShowEvent {
        .allocations(
            AllocationsChanged(
                allocations: [
                    Allocation(name: "house", channel: nil, label: "", seats: blocked, areas: [], releasesAt: nil)
                ], blockedSeats: blocked, freedSeats: [], blockedUnits: [], changedAt: Timestamp(microseconds: 3)))
    }

    private static func listed(_ seat: Int) -> ShowEvent { changed(.listed(seatIndex: seat, price: 1)) }
    private static func unlisted(_ seat: Int) -> ShowEvent { changed(.unlisted(seatIndex: seat)) }
    private static let cancelled = ShowEvent.cancelled(
        ShowCancelled(orders: 1, cancelledAt: Timestamp(microseconds: 4)))

    private static func changed(_ change: TicketChanged.Change) -> ShowEvent {
        .ticket(
            .changed(
                TicketChanged(
                    ticketID: TicketID(1, of: OrderID("o")), orderUserID: UserID("ann"), ownerID: UserID("ann"),
                    change: change,
                    changedAt: Timestamp(microseconds: 3))))
    }

    @Test("A seat goes from held to sold, on offer, held by its buyer, and back") func resale() throws {
        var projection = Availability()
        var position: Int64 = 0
        func apply(_ event: ShowEvent) throws -> (digits: String, held: Int, sold: Int) {
            position += 1
            try projection.apply(
                event,
                in: EventContext(position: position, show: Self.show.showID, recordedAt: Timestamp(microseconds: 1)))
            let show = try #require(projection.shows[Self.show.showID])
            #expect(show.version == position)
            return (String(decoding: show.statuses, as: UTF8.self), show.counts.held, show.counts.sold)
        }
        func bought(_ seats: [Int], resale: [Int]) -> ShowEvent {
            .hold(
                .placed(
                    HoldPlaced(
                        holdID: HoldID("h2"), userID: UserID("eve"),
                        seats: seats.map { HeldSeat(index: $0, guid: "\($0)") },
                        resaleSeats: resale, areas: [], total: 0, currency: "EUR", placedAt: Timestamp(microseconds: 1),
                        expiresAt: Timestamp(microseconds: 2))))
        }
        let back = ShowEvent.hold(
            .expired(
                HoldEnded(
                    holdID: HoldID("h2"), userID: UserID("eve"), seatIndexes: [1, 3], resaleSeats: [1], areas: [],
                    endedAt: Timestamp(microseconds: 2))))
        #expect(try apply(.created(Self.show)) == ("000000", 0, 0))
        #expect(try apply(Self.placed([1, 2], [("right", 2)])) == ("011000", 4, 0))
        #expect(try apply(Self.sold([1, 2], [("right", 2)])) == ("022000", 0, 4))
        #expect(try apply(Self.listed(1)) == ("042000", 0, 4))
        #expect(try apply(bought([1, 3], resale: [1])) == ("012100", 2, 3))
        #expect(try apply(back) == ("042000", 0, 4))
        #expect(try apply(bought([1, 3], resale: [1])) == ("012100", 2, 3))
        #expect(try apply(Self.sold([1, 3], resold: [1])) == ("022200", 0, 5))
        #expect(try apply(Self.listed(1)) == ("042200", 0, 5))
        #expect(try apply(Self.sold([1, 4], wasHeld: false, resold: [1])) == ("022220", 0, 6))
        #expect(try apply(Self.listed(1)) == ("042220", 0, 6))
        #expect(try apply(Self.unlisted(1)) == ("022220", 0, 6))
        #expect(try apply(Self.listed(1)) == ("042220", 0, 6))
        #expect(try apply(Self.cancelled) == ("042220", 0, 6))
        #expect(try apply(Self.returned([1, 2], resale: [1], [("right", 1)])) == ("000220", 0, 3))
        #expect(projection.shows[Self.show.showID]?.cancellation?.refunded == 0)
    }

    @Test("Sold seats are swapped for free ones and for those of an allocation, and back") func swaps() throws {
        var projection = Availability()
        var position: Int64 = 0
        func apply(_ event: ShowEvent) throws -> String {
            position += 1
            try projection.apply(
                event,
                in: EventContext(position: position, show: Self.show.showID, recordedAt: Timestamp(microseconds: 1)))
            let show = try #require(projection.shows[Self.show.showID])
            #expect(show.version == position)
            return "\(String(decoding: show.statuses, as: UTF8.self)) \(show.counts.sold) \(show.counts.blocked)"
        }
        _ = try apply(.created(Self.show))
        _ = try apply(Self.placed([1, 2]))
        _ = try apply(Self.sold([1, 2]))
        #expect(try apply(Self.swapped([(1, 5), (2, 0)])) == "200002 2 0")
        #expect(try apply(Self.allocated([3, 4])) == "200332 2 2")
        #expect(try apply(Self.swapped([(5, 3)], allocated: [3])) == "200230 2 1")
        #expect(try apply(Self.swapped([(3, 4), (0, 1)], blocked: [3], allocated: [4])) == "020320 2 1")
        #expect(try apply(Self.returned([1])) == "000320 1 1")
    }

    @Test(
        "What makes no sense is refused, and changes nothing",
        arguments: [
            .created(show),
            placed([0, 6]), placed([0, .max]), placed([-1]), placed([0, 0]), placed([4, 3]), placed([0, 1]),
            placed([0], [("middle", 1)]), placed([0], [("left", 4)]), placed([0], [("left", 2), ("left", 2)]),
            placed([0], [("left", 1), ("right", 2)]), placed([0], [("left", .max)]), placed([0], [("left", -1)]),
            released([0, 1]), released([1, 6]), released([1, 1]), released([1], [("right", 3)]),
            released([1], [("left", 1)]),
            sold([0]), sold([1, 0]), sold([1], wasHeld: false), sold([0, 6], wasHeld: false), sold([1], [("right", 3)]),
            sold([1], resold: [0]), sold([0], wasHeld: false, resold: [0]), sold([0], wasHeld: false, [("right", 2)]),
            returned([0]), returned([1]), returned([], [("right", 1)]), returned([0], resale: [0]), listed(0),
            listed(1),
            swapped([(0, 3)]), swapped([(1, 2)]), swapped([(1, 3)]), swapped([(1, 1)]),
            swapped([(1, 3)], allocated: [3]),
            swapped([(6, 3)]), swapped([(1, -1)]), swapped([(1, 3)], blocked: [1]),
            listed(6), listed(-1), unlisted(0), unlisted(1), unlisted(.max),
        ] as [ShowEvent])
    func nonsense(event: ShowEvent) throws {
        var projection = Availability()
        func context(_ position: Int64) -> EventContext {
            EventContext(position: position, show: Self.show.showID, recordedAt: Timestamp(microseconds: 1))
        }
        try projection.apply(.created(Self.show), in: context(1))
        try projection.apply(Self.placed([1, 2], [("right", 2)]), in: context(2))
        let before = projection.encoded
        #expect(throws: ProjectionFault.self) { try projection.apply(event, in: context(3)) }
        #expect(projection.encoded == before)
        // And it can go on.
        try projection.apply(Self.released([1, 2], [("right", 2)]), in: context(3))
        #expect(projection.shows[Self.show.showID]?.counts == ShowAvailability.Counts())
    }

    @Test("Events of a show that is not there, or of another's stream, are refused") func wrongStream() throws {
        var projection = Availability()
        let elsewhere = EventContext(position: 1, show: ShowID("other"), recordedAt: Timestamp(microseconds: 1))
        let others = [Self.sold([1]), Self.returned([1]), Self.listed(1), Self.unlisted(1), Self.cancelled]
        for event in [Self.placed([1]), Self.released([1]), .created(Self.show)] + others {
            #expect(throws: ProjectionFault.self) { try projection.apply(event, in: elsewhere) }
        }
        #expect(projection.encoded.isEmpty)
    }

    @Test("Two maps that differ in anything differ in a line") func lines() throws {
        let one = EventContext(position: 1, show: Self.show.showID, recordedAt: Timestamp(microseconds: 1))
        var created = Availability()
        try created.apply(.created(Self.show), in: one)
        var states = [created]
        // Seats held, freed again, all changed, and changed at other times.
        let runs: [[ShowEvent]] = [
            [Self.placed([0])], [Self.placed([0, 1, 2, 3, 4, 5])],
            [Self.placed([0, 1, 2, 3, 4, 5]), Self.released([0, 1, 2, 3, 4, 5])],
            [Self.placed([0, 1, 2, 3, 4, 5]), Self.released([1])], [Self.placed([0]), Self.placed([1, 2, 3, 4, 5])],
            [Self.placed([0]), Self.placed([1, 2, 3, 4, 5]), Self.released([0])], [Self.placed([], [("left", 1)])],
            [Self.placed([], [("left", 1)]), Self.released([], [("left", 1)])],
        ]
        for run in runs {
            var state = created
            for (index, event) in run.enumerated() {
                try state.apply(
                    event, in: EventContext(position: Int64(index) + 2, show: one.show, recordedAt: one.recordedAt))
                states.append(state)
            }
        }
        for a in states {
            for b in states { #expect((a.encoded == b.encoded) == (a.lines == b.lines)) }
        }
    }

    @Test("Shows in one house have one seating plan between them") func sharedPlans() throws {
        var projection = Availability()
        for (position, (name, rows)) in [("a", [3, 3]), ("b", [3, 3]), ("c", [2, 4])].enumerated() {
            var show = Self.show
            show.showID = ShowID(name)
            show.seatingPlan = .sample(rows: rows)
            try projection.apply(
                .created(show),
                in: EventContext(position: Int64(position + 1), show: show.showID, recordedAt: show.createdAt))
        }
        for projection in [projection, try Availability(encoded: projection.encoded)] {
            let plans = try ["a", "b", "c"].map { try #require(projection.shows[ShowID($0)]).planPayload }
            let addresses = plans.map { plan in plan.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
            #expect(addresses[0] == addresses[1])
            #expect(addresses[0] != addresses[2])
            #expect(plans[0] != plans[2])
        }
    }

    @Test("A hundred thousand seats are written out in no time worth mentioning", .timeLimit(.minutes(1))) func large()
        throws
    {
        var show = Self.show
        show.seatingPlan = .sample(rows: Array(repeating: 100, count: 1_000))
        var projection = Availability()
        let context = EventContext(position: 1, show: show.showID, recordedAt: Timestamp(microseconds: 1))
        try projection.apply(.created(show), in: context)
        #expect(projection.lines.count == 3)
        #expect(try Availability(encoded: projection.encoded).encoded == projection.encoded)
    }
}

@Suite("Holds by user, and when they are over")
struct HoldProjectionTests {
    @Test(
        "Everybody's holds are what the events say, in the order they were placed or last extended", arguments: 0..<60)
    func myHolds(seed: UInt64) throws {
        var projection = MyHolds()
        var model: [MyHolds.Hold] = []
        for (event, context) in History(seed: seed, commands: 200).events {
            try projection.apply(event, in: context)
            switch event {
            case .created, .changed, .places, .allocations, .admission, .hold(.changed): break
            case .hold(.placed(let placed)):
                model.append(MyHolds.Hold(placed: placed, show: context.show, fencingToken: context.position))
            case .hold(.released(let end)), .hold(.expired(let end)): model.removeAll { $0.placed.holdID == end.holdID }
            case .order(.started(let started)):
                let index = try #require(model.firstIndex { $0.placed.holdID == started.holdID })
                model[index].orderID = started.orderID
                model[index].placed.expiresAt = started.expiresAt
                if started.extendsHold {
                    model[index].fencingToken = context.position
                    model.append(model.remove(at: index))
                }
            case .order(.sold(let sold)): model.removeAll { $0.placed.holdID == sold.holdID }
            case .order(.failed(let failed)):
                for index in model.indices where model[index].orderID == failed.orderID { model[index].orderID = nil }
            case .order, .ticket, .waitlist, .cancelled:
                break
            }
            for user in ["ann", "bob", "eve", "nobody"].map({ UserID($0) }) {
                #expect(projection.holds(of: user) == model.filter { $0.placed.userID == user })
                for hold in model {
                    #expect((projection.hold(hold.placed.holdID, of: user) != nil) == (hold.placed.userID == user))
                }
            }
            #expect(projection.live.count == model.count)
        }
    }

    @Test("A hold that is placed twice, or ends and was never there, is refused and changes nothing") func nonsense()
        throws
    {
        let history = History(seed: 3, commands: 60).events
        var projection = MyHolds()
        try projection.fold(history)
        let before = projection.encoded
        #expect(!projection.live.isEmpty)
        let context = EventContext(position: 9_999, show: ShowID("show"), recordedAt: Timestamp(microseconds: 1))
        let live = try #require(projection.live.first)
        #expect(throws: ProjectionFault.self) { try projection.apply(.hold(.placed(live.placed)), in: context) }
        let end = HoldEnded(
            holdID: HoldID("none"), userID: UserID("ann"), seatIndexes: [], areas: [],
            endedAt: Timestamp(microseconds: 1))
        #expect(throws: ProjectionFault.self) { try projection.apply(.hold(.released(end)), in: context) }
        #expect(throws: ProjectionFault.self) { try projection.apply(.hold(.expired(end)), in: context) }
        let started = PurchaseStarted(
            orderID: OrderID("o"), holdID: HoldID("none"), userID: UserID("ann"), paymentMethod: "card", total: 1,
            currency: "EUR", startedAt: Timestamp(microseconds: 1), expiresAt: Timestamp(microseconds: 2),
            extendsHold: true)
        #expect(throws: ProjectionFault.self) { try projection.apply(.order(.started(started)), in: context) }
        let sold = SeatsSold(
            orderID: OrderID("o"), holdID: HoldID("none"), userID: UserID("ann"), seats: [], areas: [], wasHeld: true,
            resold: [], total: 1, currency: "EUR", paymentID: "p", soldAt: Timestamp(microseconds: 1))
        #expect(throws: ProjectionFault.self) { try projection.apply(.order(.sold(sold)), in: context) }
        #expect(projection.encoded == before)
    }

    @Test("The overdue are found, with the longest overdue of each stream", arguments: 0..<60) func overdue(
        seed: UInt64
    )
        throws
    {
        var projection = Deadlines()
        var model: [HoldID: (at: Timestamp, stream: StreamID)] = [:]
        for (event, context) in History(seed: seed, commands: 200).events {
            try projection.fold(event, in: context)
            switch event {
            case .created, .changed, .places, .allocations, .admission, .hold(.changed): break
            case .hold(.placed(let placed)): model[placed.holdID] = (placed.expiresAt, context.stream)
            case .hold(.released(let end)), .hold(.expired(let end)): model[end.holdID] = nil
            case .order(.started(let started)):
                if started.extendsHold { model[started.holdID] = (started.expiresAt, context.stream) }
            case .order(.sold(let sold)): model[sold.holdID] = nil
            case .cancelled(let cancelled):
                for (hold, expiry) in model where expiry.stream == context.stream {
                    model[hold] = (min(expiry.at, cancelled.cancelledAt), expiry.stream)
                }
            case .order, .ticket, .waitlist:
                break
            }
            for seconds: Int64 in [-10, 0, 1, 10, 60, 600] {
                let now = context.recordedAt.adding(seconds: seconds)
                let expected = Dictionary(grouping: model.values.filter { $0.at <= now }, by: \.stream)
                    .compactMapValues { $0.map(\.at).min() }
                #expect(projection.overdue(at: now) == expected)
            }
        }
    }

    @Test("Holds that come and go long before their time don't pile up") func compaction() throws {
        var projection = Deadlines()
        for position in 1...5_000 {
            let context = EventContext(
                position: Int64(position), show: ShowID("show"), recordedAt: Timestamp(microseconds: Int64(position)))
            let hold = HoldID("hold-\(position / 2)")
            let event: ShowEvent =
                position % 2 == 0
                ? .hold(
                    .placed(
                        HoldPlaced(
                            holdID: hold, userID: UserID("ann"), seats: [], areas: [], total: 0, currency: "EUR",
                            placedAt: context.recordedAt,
                            expiresAt: Timestamp(microseconds: Int64(1_000_000 - position)))))
                : .hold(
                    .released(
                        HoldEnded(
                            holdID: hold, userID: UserID("ann"), seatIndexes: [], areas: [], endedAt: context.recordedAt
                        )))
            try projection.fold(event, in: context)
        }
        #expect(projection.live.count <= 1)
        #expect(projection.queueCount <= 2 * projection.live.count + 65)
    }
}

@Suite("The payments that are open")
struct OpenPaymentsTests {
    @Test("They are those of the orders whose records have work to do, at every event", arguments: 0..<60)
    func model(seed: UInt64) throws {
        var projection = OpenPayments()
        var records: [OrderID: OrderRecord] = [:]
        // Orders with tickets, by show, from its cancellation on.
        var left: [ShowID: Set<OrderID>] = [:]
        for (event, context) in History(seed: seed, commands: 200).events {
            try projection.apply(event, in: context)
            for id in OrderRecord.ids(in: event) {
                if case .order(.started(let started)) = event {
                    records[id] = OrderRecord(started, show: context.show, at: context.position)
                } else {
                    records[id]?.apply(event, at: context.position)
                }
            }
            if case .cancelled = event {
                left[context.show] = Set(records.values.filter { $0.showID == context.show }.map(\.orderID))
            }
            left[context.show] = left[context.show]?.filter {
                records[$0]?.tickets.contains(where: \.isSomebodys) == true
            }
            let open = records.filter { $0.value.work != nil }
            #expect(Set(projection.orders.keys) == Set(open.keys))
            for (id, record) in open {
                let known = try #require(projection.orders[id])
                #expect(known.work == record.work)
                #expect(known.refunds.filter { !$0.isDone } == record.refunds.filter { !$0.isDone })
                #expect(known.paymentID == record.paymentID)
                #expect(known.parkedBecause == record.parkedBecause)
            }
            #expect(projection.cancellations == left.mapValues(\.count).filter { $0.value > 0 })
        }
    }
}

extension OrderRecord.Ticket {
    fileprivate var isSomebodys: Bool { [.valid, .listed, .scanned, .outside].contains(status) }
}
