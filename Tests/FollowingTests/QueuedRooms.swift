import Domain
import EventLog
import Projection
import SeededRandom

/// What a seeded log of waiting rooms says: with a draw and without, with people who join, leave, claim, miss and come
/// back, decided by the domain's own decider.
struct QueuedRooms {
    struct Room {
        let show: ShowID
        let seed: [UInt8]
        var state = WaitingRoomState()
        var closedAt: Int64?
        var entries: [(id: EntryID, user: UserID)] = []
    }

    private(set) var events: [(event: RoomEvent, context: EventContext)] = []
    private(set) var rooms: [Room] = []
    private(set) var seconds: Int64 = 0

    private var random: SeededGenerator
    private var commandCount: UInt64 = 0
    private let users = (0..<40).map { UserID("user-\($0)") }

    init(seed: UInt64, commands: Int) {
        random = SeededGenerator(seed: seed)
        for number in 0..<3 { setUp(number) }
        for _ in 0..<commands {
            seconds += Int64.random(in: 0...2, using: &random)
            command()
        }
    }

    var now: Timestamp { Timestamp(microseconds: 0).adding(seconds: seconds) }

    private mutating func setUp(_ number: Int) {
        let seed = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
        rooms.append(Room(show: ShowID("show-\(number)"), seed: seed))
        configure(rooms.count - 1)
    }

    private mutating func configure(_ room: Int) {
        let opensAt = Timestamp(microseconds: 0).adding(seconds: 100)
        let settings = RoomSettings(
            prequeueFrom: room == 2 ? nil : Timestamp(microseconds: 0).adding(seconds: 5), opensAt: opensAt,
            admitPerMinute: Int.random(in: 6...120, using: &random), maxActive: Int.random(in: 1...12, using: &random),
            sessionMinutes: 1, claimSeconds: 10)
        // They are in range.
        guard let valid = try? ValidRoomSettings(settings) else { return }
        run(
            room,
            .configure(
                valid, showID: rooms[room].show, instanceCommitment: Draw.sha256(rooms[room].seed)))
    }

    private mutating func command() {
        let room = Int.random(in: rooms.indices, using: &random)
        commandCount += 1
        let entry = rooms[room].entries.suffix(30).randomElement(using: &random)
        let admitted = rooms[room].entries.filter { rooms[room].state.inlet.isLive($0.id) }
            .randomElement(using: &random)
        switch random.next() % 24 {
        case 0...8:
            let user = users.randomElement(using: &random) ?? users[0]
            let id = EntryID(on: rooms[room].show, placedBy: CommandID(high: 1, low: commandCount))
            if run(room, .join(id, user)) { rooms[room].entries.append((id, user)) }
        case 9: if let entry { run(room, .leave(entry.id, entry.user)) }
        case 10...12: if let entry = admitted ?? entry { run(room, .claim(entry.id, entry.user)) }
        case 13: if let entry { run(room, .claim(entry.id, entry.user, claimedAt: now.adding(seconds: -8))) }
        case 14, 15: if let entry = admitted ?? entry { run(room, .finish(entry.id)) }
        case 16: run(room, random.next() % 6 == 0 ? .pause(reason: "Breathe") : .resume)
        case 17: if random.next() % 4 == 0 { configure(room) }
        case 18:
            if let closedAt = rooms[room].closedAt {
                run(room, .sealDraw(position: closedAt, hash: Draw.sha256([UInt8(truncatingIfNeeded: closedAt)])))
            }
        case 19: run(room, .reveal(party: DrawCommitment.instance, seed: rooms[room].seed))
        default: run(room, .advance(limit: Int.random(in: 1...8, using: &random)))
        }
    }

    /// Whether it was accepted.
    @discardableResult
    private mutating func run(_ room: Int, _ command: RoomCommand) -> Bool {
        let decided: [RoomEvent]
        do throws(Rejection) { decided = try rooms[room].state.decide(command, now: now) } catch { return false }
        for event in decided {
            let position = Int64(events.count + 1)
            rooms[room].state.evolve(event)
            rooms[room].state.didRecord(event, at: position)
            if case .phaseChanged(let changed) = event, changed.phase == .drawing { rooms[room].closedAt = position }
            events.append(
                (event, EventContext(position: position, stream: rooms[room].show.roomStream, recordedAt: now)))
        }
        return true
    }
}

/// Every room's line as a plain list that is counted through anew for every question.
struct SortedLines {
    struct Entry {
        let id: EntryID
        let user: UserID
        let show: ShowID
        var number: Int?
        var isEntrant = false
        var status = EntryStatus.waiting
    }

    private(set) var entries: [Entry] = []
    private(set) var phases: [ShowID: RoomPhase] = [:]
    private var draws: [ShowID: DrawRecord] = [:]

    mutating func apply(_ event: RoomEvent, in context: EventContext) {
        let show = ShowID(context.stream.id)
        draws[show, default: DrawRecord()].apply(event, waiting: 0)
        switch event {
        case .configured(let event): phases[show] = event.phase
        case .phaseChanged(let event):
            phases[show] = event.phase
            if event.phase == .drawing { change(show) { $0.isEntrant = $0.status == .waiting } }
        case .joined(let event):
            entries.append(Entry(id: event.entryID, user: event.userID, show: show, number: event.number))
        case .drawHeld:
            let entrants = entries.filter { $0.show == show && $0.isEntrant }.map(\.id)
            guard let draw = draws[show], let seal = draw.seal else { return }
            for (rank, index) in Draw.order(of: entrants, key: draw.key, hash: seal.hash).enumerated() {
                change(show) { if $0.id == entrants[index] { $0.number = rank + 1 } }
            }
        case .admitted(let event): for entry in event.entries { set(entry.entryID, .admitted) }
        case .claimed(let event): set(event.entryID, .active)
        case .ended(let event): for entry in event.entries { set(entry.entryID, EntryStatus(event.how)) }
        case .drawSealed, .seedRevealed, .beaconRecorded, .partyForfeited: break
        }
    }

    /// Those who wait with smaller numbers, or are to get one.
    func ahead(of entry: Entry) -> Int? {
        guard entry.status == .waiting, let number = entry.number else { return nil }
        return entries.count { other in
            other.show == entry.show && other.status == .waiting
                && (other.number.map { $0 < number } ?? other.isEntrant)
        }
    }

    func count(_ show: ShowID, _ status: EntryStatus) -> Int {
        entries.count { $0.show == show && $0.status == status }
    }

    private mutating func set(_ id: EntryID, _ status: EntryStatus) {
        for index in entries.indices where entries[index].id == id { entries[index].status = status }
    }

    private mutating func change(_ show: ShowID, _ change: (inout Entry) -> Void) {
        for index in entries.indices where entries[index].show == show { change(&entries[index]) }
    }
}
