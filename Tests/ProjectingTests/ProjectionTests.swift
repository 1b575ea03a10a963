import Availability
import Domain
@testable import HoldExpiries
@testable import MyHolds
import Projecting
import SeededRandom
import Testing

/// What every projection owes.
@Suite("Any projection")
struct ProjectionTests {
    static let seeds: Range<UInt64> = 0..<40

    @Test("Written and read back it is the same, and goes on the same", arguments: seeds) func snapshots(seed: UInt64) throws {
        try check(Availability.self, seed)
        try check(MyHolds.self, seed)
        try check(HoldExpiries.self, seed)
    }

    private func check<P: Projection>(_: P.Type, _ seed: UInt64) throws {
        let events = History(seed: seed, commands: 150).events
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
        #expect(Snapshot.digest(of: second.encoded) == Snapshot.digest(of: whole.encoded))
    }

    @Test("Equal folds have equal bytes and lines, though they were hashed otherwise", arguments: [7]) func canonical(seed: UInt64) throws {
        let events = History(seed: seed, commands: 300).events
        var all: Set<[UInt8]> = []
        var lines: Set<[String]> = []
        for _ in 0..<5 {
            // Every dictionary has a seed of its own: their orders differ between the copies.
            var (availability, holds, expiries) = (Availability(), MyHolds(), HoldExpiries())
            try availability.fold(events)
            try holds.fold(events)
            try expiries.fold(events)
            all.insert(availability.encoded + holds.encoded + expiries.encoded)
            lines.insert(availability.lines + holds.lines + expiries.lines)
        }
        #expect(all.count == 1)
        #expect(lines.count == 1)
    }

    @Test("Damaged bytes are refused or read as something; they crash nothing", arguments: 0..<6) func damaged(seed: UInt64) throws {
        let events = History(seed: seed, commands: 60).events
        try fuzz(Availability.self, events, seed)
        try fuzz(MyHolds.self, events, seed)
        try fuzz(HoldExpiries.self, events, seed)
    }

    private func fuzz<P: Projection>(_: P.Type, _ events: [(event: ShowEvent, context: EventContext)], _ seed: UInt64) throws {
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
                _ = Result { try strange.apply(event, in: context) }
            }
            _ = (strange.encoded, strange.lines)
        }
    }
}

@Suite("Availability")
struct AvailabilityTests {
    @Test("Every seat and area is what the events say, at every event", arguments: 0..<60) func model(seed: UInt64) throws {
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
        startsAt: Timestamp(microseconds: 1), onSaleAt: nil, currency: "EUR", prices: ["A": 1], holdSeconds: 60,
        maxSeatsPerHold: 6, seatingPlan: .sample(rows: [3, 3]),
        areas: ["left", "right"].map { Area(areaID: AreaID($0), name: $0, capacity: 3, category: "A") },
        createdAt: Timestamp(microseconds: 0))

    private static func placed(_ seats: [Int], _ areas: [(String, Int)] = [], hold: String = "hold") -> ShowEvent {
        .holdPlaced(
            HoldPlaced(
                holdID: HoldID(hold), userID: UserID("ann"), seats: seats.map { HeldSeat(index: $0, guid: "\($0)") },
                areas: areas.map { AreaQuantity(areaID: AreaID($0.0), quantity: $0.1) }, total: 0, currency: "EUR",
                placedAt: Timestamp(microseconds: 1), expiresAt: Timestamp(microseconds: 2)))
    }

    private static func released(_ seats: [Int], _ areas: [(String, Int)] = []) -> ShowEvent {
        .holdReleased(
            HoldEnded(
                holdID: HoldID("hold"), userID: UserID("ann"), seatIndexes: seats,
                areas: areas.map { AreaQuantity(areaID: AreaID($0.0), quantity: $0.1) }, endedAt: Timestamp(microseconds: 2)))
    }

    @Test(
        "What makes no sense is refused, and changes nothing",
        arguments: [
            .created(show),
            placed([0, 6]), placed([0, .max]), placed([-1]), placed([0, 0]), placed([4, 3]), placed([0, 1]),
            placed([0], [("middle", 1)]), placed([0], [("left", 4)]), placed([0], [("left", 2), ("left", 2)]),
            placed([0], [("left", 1), ("right", 2)]), placed([0], [("left", .max)]), placed([0], [("left", -1)]),
            released([0, 1]), released([1, 6]), released([1, 1]), released([1], [("right", 3)]), released([1], [("left", 1)]),
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
        for event in [Self.placed([1]), Self.released([1]), .created(Self.show)] {
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
            [Self.placed([0])], [Self.placed([0, 1, 2, 3, 4, 5])], [Self.placed([0, 1, 2, 3, 4, 5]), Self.released([0, 1, 2, 3, 4, 5])],
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

    @Test("A hundred thousand seats are written out in no time worth mentioning", .timeLimit(.minutes(1))) func large() throws {
        var show = Self.show
        show.seatingPlan = .sample(rows: Array(repeating: 100, count: 1_000))
        var projection = Availability()
        let context = EventContext(position: 1, show: show.showID, recordedAt: Timestamp(microseconds: 1))
        try projection.apply(.created(show), in: context)
        #expect(projection.lines.count == 3)
        #expect(try Availability(encoded: projection.encoded).encoded == projection.encoded)
    }
}

/// Who has what, kept the slow and obvious way.
private struct SeatLedger {
    private var shows: [ShowID: ShowCreated] = [:]
    private var createdAt: [ShowID: Int64] = [:]
    private var holds: [ShowID: [HoldID: HoldPlaced]] = [:]
    private var changes: [ShowID: [(position: Int64, seats: [Int], areas: [AreaID])]] = [:]

    mutating func apply(_ event: ShowEvent, in context: EventContext) {
        switch event {
        case .created(let show):
            shows[context.show] = show
            createdAt[context.show] = context.position
        case .holdPlaced(let hold):
            holds[context.show, default: [:]][hold.holdID] = hold
            changes[context.show, default: []].append(
                (context.position, hold.seats.map(\.index), hold.areas.map(\.areaID)))
        case .holdReleased(let end), .holdExpired(let end):
            holds[context.show]?[end.holdID] = nil
            changes[context.show, default: []].append((context.position, end.seatIndexes, end.areas.map(\.areaID)))
        }
    }

    func check(_ view: ShowAvailability) {
        let id = view.details.showID
        guard let show = shows[id], let created = createdAt[id] else {
            Issue.record("no such show: \(id)")
            return
        }
        let live = holds[id, default: [:]].values
        let heldSeats = Set(live.flatMap { $0.seats.map(\.index) })
        let seatCount = show.seatingPlan?.seatCount ?? 0
        #expect(view.statuses == (0..<seatCount).map { UInt8(ascii: heldSeats.contains($0) ? "1" : "0") })
        var changedAt = Array(repeating: created, count: seatCount)
        var areaChangedAt = Dictionary(uniqueKeysWithValues: show.areas.map { ($0.areaID, created) })
        for change in changes[id, default: []] {
            for seat in change.seats { changedAt[seat] = change.position }
            for area in change.areas { areaChangedAt[area] = change.position }
        }
        #expect(view.changedAt == changedAt)
        #expect(view.version == changes[id]?.last?.position ?? created)
        #expect(view.seatCounts == ShowAvailability.Counts(held: heldSeats.count))
        var total = heldSeats.count
        for (area, state) in zip(show.areas, view.areas) {
            let held = live.reduce(0) { $0 + ($1.areas.first { $0.areaID == area.areaID }?.quantity ?? 0) }
            #expect(state.counts == ShowAvailability.Counts(held: held))
            #expect(held <= area.capacity)
            #expect(state.changedAt == areaChangedAt[area.areaID])
            total += held
        }
        #expect(view.counts == ShowAvailability.Counts(held: total))
        #expect(view.capacity == show.capacity)
    }
}

@Suite("Holds by user, and when they are over")
struct HoldProjectionTests {
    @Test("Everybody's holds are what the events say, in the order they were placed", arguments: 0..<60)
    func myHolds(seed: UInt64) throws {
        var projection = MyHolds()
        var model: [(placed: HoldPlaced, context: EventContext)] = []
        for (event, context) in History(seed: seed, commands: 200).events {
            try projection.apply(event, in: context)
            switch event {
            case .created: break
            case .holdPlaced(let placed): model.append((placed, context))
            case .holdReleased(let end), .holdExpired(let end): model.removeAll { $0.placed.holdID == end.holdID }
            }
            for user in ["ann", "bob", "eve", "nobody"].map({ UserID($0) }) {
                let expected = model.filter { $0.placed.userID == user }.map {
                    MyHolds.Hold(placed: $0.placed, show: $0.context.show, fencingToken: $0.context.position)
                }
                #expect(projection.holds(of: user) == expected)
                for hold in model {
                    #expect((projection.hold(hold.placed.holdID, of: user) != nil) == (hold.placed.userID == user))
                }
            }
            #expect(projection.holds.count == model.count)
        }
    }

    @Test("A hold that is placed twice, or ends and was never there, is refused and changes nothing") func nonsense() throws {
        let history = History(seed: 3, commands: 60).events
        var projection = MyHolds()
        try projection.fold(history)
        let before = projection.encoded
        let context = EventContext(position: 9_999, show: ShowID("show"), recordedAt: Timestamp(microseconds: 1))
        let live = try #require(projection.holds.values.first)
        #expect(throws: ProjectionFault.self) { try projection.apply(.holdPlaced(live.placed), in: context) }
        let end = HoldEnded(
            holdID: HoldID("none"), userID: UserID("ann"), seatIndexes: [], areas: [], endedAt: Timestamp(microseconds: 1))
        #expect(throws: ProjectionFault.self) { try projection.apply(.holdReleased(end), in: context) }
        #expect(throws: ProjectionFault.self) { try projection.apply(.holdExpired(end), in: context) }
        #expect(projection.encoded == before)
    }

    @Test("The overdue are found, with the longest overdue of each show", arguments: 0..<60) func overdue(seed: UInt64) throws {
        var projection = HoldExpiries()
        var model: [HoldID: (at: Timestamp, show: ShowID)] = [:]
        for (event, context) in History(seed: seed, commands: 200).events {
            try projection.apply(event, in: context)
            switch event {
            case .created: break
            case .holdPlaced(let placed): model[placed.holdID] = (placed.expiresAt, context.show)
            case .holdReleased(let end), .holdExpired(let end): model[end.holdID] = nil
            }
            for seconds: Int64 in [-10, 0, 1, 10, 60, 600] {
                let now = context.recordedAt.adding(seconds: seconds)
                let expected = Dictionary(grouping: model.values.filter { $0.at <= now }, by: \.show)
                    .compactMapValues { $0.map(\.at).min() }
                #expect(projection.overdue(at: now) == expected)
            }
        }
    }

    @Test("Holds that come and go long before their time don't pile up") func compaction() throws {
        var projection = HoldExpiries()
        for position in 1...5_000 {
            let context = EventContext(
                position: Int64(position), show: ShowID("show"), recordedAt: Timestamp(microseconds: Int64(position)))
            let hold = HoldID("hold-\(position / 2)")
            let event: ShowEvent =
                position % 2 == 0
                ? .holdPlaced(
                    HoldPlaced(
                        holdID: hold, userID: UserID("ann"), seats: [], areas: [], total: 0, currency: "EUR",
                        placedAt: context.recordedAt, expiresAt: Timestamp(microseconds: Int64(1_000_000 - position))))
                : .holdReleased(
                    HoldEnded(
                        holdID: hold, userID: UserID("ann"), seatIndexes: [], areas: [], endedAt: context.recordedAt))
            try projection.apply(event, in: context)
        }
        #expect(projection.live.count <= 1)
        #expect(projection.queueCount <= 2 * projection.live.count + 65)
    }
}
