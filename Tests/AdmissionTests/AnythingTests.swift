import Domain
import EventLog
import Following
import Inlets
import SeededRandom
import Sequencing
import TestSupport
import Testing

@Suite("Whatever happens to people, processes and clocks", .timeLimit(.minutes(2)))
struct AnythingTests {
    private static let settings: RoomSettings = {
        var settings = RoomSettings(opensAt: BoxOffice.opensAt, admitPerMinute: 30, maxActive: 3)
        settings.claimSeconds = 10
        settings.sessionMinutes = 1
        return settings
    }()

    /// People come, go, hold and buy; the clock jumps; processes come and go, two at a time now and then.
    private struct Visitors {
        var random: SeededGenerator
        var count = 0
        var nextSeat = 1

        mutating func act(at office: BoxOffice) async throws {
            let someone = "p\(random.next() % UInt64(max(1, count)))"
            switch random.next() % 8 {
            case 0...2:
                try await office.join("p\(count)")
                count += 1
            case 3 where count > 0: try await office.room(.leave(BoxOffice.entry(someone), UserID(someone)))
            case 4...5: office.clock.advance(seconds: Int64(random.next() % 12))
            default:
                guard let admitted = office.admittedNow.randomElement(using: &random),
                    let admission = office.admission(of: admitted)
                else { return }
                nextSeat += 1
                // Its time may be over.
                let held = try await office.hold(nextSeat - 1, by: admitted, with: admission)
                if held.outcome == .accepted, random.next() % 2 == 0 {
                    try await office.pay(nextSeat - 1, held, by: admitted)
                }
            }
        }
    }

    @Test("Everybody is admitted in turn, once, and never too many", arguments: 1...2 as ClosedRange<UInt64>)
    func anything(seed: UInt64) async throws {
        try await BoxOffice.open { office in
            try await office.configure(Self.settings)
            var visitors = Visitors(random: SeededGenerator(seed: seed))
            for life in 0..<3 {
                let start = visitors
                let end = Ends(start)
                try await office.admitting {
                    var visitors = start
                    for _ in 0..<12 {
                        try await visitors.act(at: office)
                        try await office.settled()
                    }
                    if life % 2 == 1 {
                        try await office.admitting { [visitors] in
                            var visitors = visitors
                            for _ in 0..<12 {
                                try await visitors.act(at: office)
                                try await office.settled()
                            }
                            await end.put(visitors)
                        }
                    } else {
                        await end.put(visitors)
                    }
                }
                visitors = await end.visitors
                // Nobody brings the room on meanwhile.
                for _ in 0..<4 { try await visitors.act(at: office) }
            }
            try await office.admitting {
                try await eventually("nothing is left to do") {
                    office.clock.advance(seconds: 1)
                    return try await Self.isOver(office)
                }
            }
            try await Self.expectInTurn(office)
        }
    }

    private actor Ends {
        private(set) var visitors: Visitors
        init(_ visitors: Visitors) { self.visitors = visitors }
        func put(_ visitors: Visitors) { self.visitors = visitors }
    }

    private static func isOver(_ office: BoxOffice) async throws -> Bool {
        let head = await office.log.head().position
        return office.view.read { view, place in
            guard place.position == head, let room = view.rooms[BoxOffice.show] else { return false }
            return room.inlet.waiting == 0 && room.inlet.admissions.isEmpty && room.unclaimed.isEmpty
                && room.completed.isEmpty && room.returned.isEmpty
        }
    }

    /// A list of who waits, and a set of who is in.
    private static func expectInTurn(_ office: BoxOffice) async throws {
        var waiting: [EntryID] = []
        var inside: Set<EntryID> = []
        var admitted = 0
        var bought: Set<EntryID> = []
        var done: Set<EntryID> = []
        for event in try await office.events {
            switch event {
            case RoomEvent.joined(let joined): waiting.append(joined.entryID)
            case RoomEvent.admitted(let event):
                for entry in event.entries {
                    #expect(waiting.first == entry.entryID)
                    waiting.removeFirst()
                    #expect(inside.insert(entry.entryID).inserted)
                }
                admitted += event.entries.count
                let seconds = event.at.microseconds / 1_000_000 - BoxOffice.opensAt.microseconds / 1_000_000
                #expect(Int64(admitted) <= 1 + seconds * Int64(settings.admitPerMinute) / 60)
                #expect(inside.count <= settings.maxActive)
            case RoomEvent.ended(let event):
                for entry in event.entries {
                    if event.how == .left {
                        waiting.removeAll { $0 == entry.entryID }
                    } else {
                        #expect(inside.remove(entry.entryID) != nil)
                    }
                    if event.how == .done { done.insert(entry.entryID) }
                }
            case ShowEvent.order(.sold(let sold)): if let entry = sold.admission { bought.insert(entry) }
            default: break
            }
        }
        #expect(waiting.isEmpty && inside.isEmpty)
        #expect(admitted > 5)
        #expect(!bought.isEmpty)
        // A process that was away when an order completed may come back after the session.
        #expect(done.intersection(bought).count * 2 > bought.count)
    }
}
