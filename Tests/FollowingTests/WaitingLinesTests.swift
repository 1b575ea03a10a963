import Contract
import Domain
import Projection
import SeededRandom
import SwiftProtobuf
import Testing
@testable import WaitingLines

@Suite("The lines of the waiting rooms")
struct WaitingLinesTests {
    static let seeds: Range<UInt64> = 0..<12

    @Test("Every place is what counting through a sorted list gives, and never goes back", arguments: seeds)
    func places(seed: UInt64) throws {
        let history = QueuedRooms(seed: seed, commands: 900)
        var lines = WaitingLines()
        var model = SortedLines()
        var before: [EntryID: Int] = [:]
        var statuses: Set<EntryStatus> = []
        for (index, (event, context)) in history.events.enumerated() {
            try lines.apply(event, in: context)
            model.apply(event, in: context)
            guard index % 9 == 0 || index == history.events.count - 1 else { continue }
            for entry in model.entries {
                let place = try #require(lines.place(of: entry.id, on: entry.show, of: entry.user, at: history.now))
                let ahead = model.ahead(of: entry)
                statuses.insert(place.status)
                #expect(place.ahead == ahead && place.number == entry.number && place.status == entry.status)
                if let ahead {
                    #expect(ahead <= before[entry.id] ?? .max)
                    before[entry.id] = ahead
                }
            }
            for show in model.phases.keys { check(show, lines, model) }
        }
        // It was about something.
        #expect(statuses.isSuperset(of: [.waiting, .admitted, .active]))
        #expect(history.rooms.prefix(2).allSatisfy { room in lines.read(room.show) { $0.draw.isHeld } == true })
    }

    private func check(_ show: ShowID, _ lines: WaitingLines, _ model: SortedLines) {
        let counts = lines.read(show) { room in
            #expect(room.phase == model.phases[show])
            return [room.waiting, room.admitted, room.active]
        }
        #expect(counts == [.waiting, .admitted, .active].map { model.count(show, $0) })
        let numbered = model.entries.filter { $0.show == show && $0.isEntrant && $0.number != nil }
        let drawn = numbered.sorted { ($0.number ?? 0) < ($1.number ?? 0) }.map(\.id)
        #expect(lines.read(show) { $0.drawn(from: 0, limit: .max) } == drawn)
    }

    @Test("A person sees their own live entries of all rooms, and nobody else's", arguments: seeds.prefix(3))
    func owners(seed: UInt64) throws {
        let history = QueuedRooms(seed: seed, commands: 500)
        var lines = WaitingLines()
        var model = SortedLines()
        for (event, context) in history.events {
            try lines.apply(event, in: context)
            model.apply(event, in: context)
        }
        for user in Set(model.entries.map(\.user)) {
            let live = model.entries.filter { $0.user == user && $0.status.isLive }
            #expect(lines.livePlaces(of: user, at: history.now).map(\.entryID) == live.map(\.id))
        }
        let entry = try #require(model.entries.first)
        let stranger = try #require(model.entries.first { $0.user != entry.user }).user
        #expect(lines.place(of: entry.id, on: entry.show, of: stranger, at: history.now) == nil)
        #expect(lines.place(of: entry.id, on: ShowID("show-2"), of: entry.user, at: history.now) == nil)
        #expect(lines.livePlaces(of: UserID("nobody"), at: history.now).isEmpty)
    }

    @Test("Written and read back it is the same, and goes on the same", arguments: seeds) func snapshots(seed: UInt64)
        throws
    {
        let events = QueuedRooms(seed: seed, commands: 400).events
        var whole = WaitingLines()
        for (event, context) in events { try whole.apply(event, in: context) }
        let bytes = whole.encoded
        #expect(canonicalBytes(of: try Holdfast_V1_WaitingLinesSnapshot(serializedBytes: bytes)) == bytes)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<4 {
            let cut = Int.random(in: 0...events.count, using: &random)
            var first = WaitingLines()
            for (event, context) in events[..<cut] { try first.apply(event, in: context) }
            var second = try WaitingLines(encoded: first.encoded)
            #expect(second.encoded == first.encoded && second.lines == first.lines)
            for (event, context) in events[cut...] { try second.apply(event, in: context) }
            #expect(second.encoded == bytes && second.lines == whole.lines)
        }
    }

    @Test("Damaged bytes are refused or read as something; they crash nothing", arguments: 0..<4) func damaged(
        seed: UInt64
    ) throws {
        let events = QueuedRooms(seed: seed, commands: 150).events
        var random = SeededGenerator(seed: seed)
        let cut = Int.random(in: 20...events.count, using: &random)
        var whole = WaitingLines()
        for (event, context) in events[..<cut] { try whole.apply(event, in: context) }
        let bytes = whole.encoded
        for _ in 0..<200 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let index = Int.random(in: damaged.indices, using: &random)
                switch random.next() % 3 {
                case 0: damaged[index] = UInt8.random(in: 0...255, using: &random)
                case 1: damaged.remove(at: index)
                default: damaged.insert(UInt8.random(in: 0...255, using: &random), at: index)
                }
            }
            guard case .success(var strange) = Result(catching: { try WaitingLines(encoded: damaged) }) else {
                continue
            }
            for (event, context) in events[cut...] {
                // Whether it makes sense there is another question.
                _ = Result { try strange.apply(event, in: context) }
            }
            _ = (strange.encoded, strange.lines)
        }
    }
}

@Suite("What the lines of the waiting rooms refuse to fold")
struct WaitingLinesFaultTests {
    private let show = ShowID("show")
    private let at = Timestamp(microseconds: 1)

    private func lines(_ events: [RoomEvent]) throws -> WaitingLines {
        var lines = WaitingLines()
        for (index, event) in events.enumerated() {
            try lines.apply(
                event, in: EventContext(position: Int64(index + 1), stream: show.roomStream, recordedAt: at))
        }
        return lines
    }

    private var open: [RoomEvent] {
        [
            .configured(
                RoomConfigured(
                    showID: show, settings: RoomSettings(opensAt: at, admitPerMinute: 60, maxActive: 10),
                    instanceCommitment: [], phase: .closed, at: at)),
            .phaseChanged(RoomPhaseChanged(phase: .open, at: at)),
        ]
    }

    private func joined(_ number: Int?) -> RoomEvent {
        .joined(
            EntryJoined(entryID: EntryID("e\(number ?? 0)"), userID: UserID("u\(number ?? 0)"), number: number, at: at))
    }

    private func admitted(_ numbers: Int..., at time: Timestamp? = nil) -> RoomEvent {
        .admitted(
            EntriesAdmitted(
                entries: numbers.map {
                    EntriesAdmitted.Entry(entryID: EntryID("e\($0)"), userID: UserID("u\($0)"), number: $0)
                }, at: time ?? at, claimUntil: at.adding(seconds: 10), sessionUntil: at.adding(seconds: 60)))
    }

    private func ended(_ how: EntriesEnded.How, _ number: Int) -> RoomEvent {
        .ended(
            EntriesEnded(
                how: how, entries: [EntriesEnded.Entry(entryID: EntryID("e\(number)"), userID: UserID("u\(number)"))],
                at: at))
    }

    @Test("an entrant admitted twice, one passed over afterwards, a number that is not next") func faults() throws {
        let three = open + [joined(1), joined(2), joined(3)]
        _ = try lines(three + [admitted(1, 2), ended(.done, 1), admitted(3)])
        let faulty: [[RoomEvent]] = [
            [joined(1)], [joined(5)], [joined(nil)], [admitted(1), admitted(1)], [admitted(2), admitted(1)],
            [admitted(2, 1)], [ended(.missed, 1)], [admitted(1), ended(.left, 1)],
            [ended(.left, 1), ended(.left, 1)], [ended(.left, 4)],
            [.drawHeld(DrawHeld(keyDigest: [], entrantCount: 0, at: at))],
        ]
        for bad in faulty {
            #expect(throws: ProjectionFault.self) { try lines(three + bad) }
        }
        #expect(throws: ProjectionFault.self) { try lines([joined(1)]) }
    }

    @Test("A fault changes nothing") func unchanged() throws {
        var good = try lines(open + [joined(1), joined(2), joined(3)])
        let before = good.encoded
        let context = EventContext(position: 9, stream: show.roomStream, recordedAt: at)
        #expect(throws: ProjectionFault.self) { try good.apply(admitted(2, 2), in: context) }
        #expect(good.encoded == before)
    }

    @Test("The pace is that of the last minute, and estimates go by it") func pace() throws {
        let start = Timestamp(microseconds: 0).adding(seconds: 1_000)
        var events = open + (1...400).map { number in joined(number) }
        for second in 0..<90 {
            // One a second, and two in the last minute.
            let first = second < 30 ? second + 1 : 30 + 2 * (second - 30) + 1
            let numbers = second < 30 ? [first] : [first, first + 1]
            events += numbers.map { admitted($0, at: start.adding(seconds: Int64(second))) }
        }
        let lines = try lines(events)
        let now = start.adding(seconds: 89)
        #expect(lines.read(show) { $0.pace.perMinute(at: now) } == 120)
        #expect(lines.read(show) { $0.servedThrough } == 150)
        let place = try #require(lines.place(of: EntryID("e271"), on: show, of: UserID("u271"), at: now))
        #expect(place.ahead == 120 && place.place == 121)
        #expect(place.estimate == now.adding(seconds: 48)...now.adding(seconds: 76))
        // Nobody was admitted in the last minute: by what is set, 60 a minute.
        let later = now.adding(seconds: 100)
        #expect(lines.read(show) { $0.pace.perMinute(at: later) } == 0)
        #expect(
            lines.place(of: EntryID("e271"), on: show, of: UserID("u271"), at: later)?.estimate
                == later.adding(seconds: 96)...later.adding(seconds: 151))
    }
}
