import Contract
import Domain
import EventLog
import SeededRandom
import Testing

@Suite struct `An event of a waiting room` {
    @Test(arguments: 1...40)
    func `survives the log`(seed: UInt64) throws {
        var random = RandomRoomEvents(seed: seed)
        for _ in 0..<50 {
            let event = random.next()
            let encoded = EncodedEvent(event)
            #expect(try WaitingRoomState.codec.decode(encoded) == event)
            #expect(try WaitingRoomState.codec.json(encoded).hasPrefix("{"))
        }
    }

    @Test func `has a name of its own`() {
        let names = Set(Sample.roomEvents.map { EncodedEvent($0.event).type })
        #expect(names == Set(WaitingRoomState.codec.rows.map(\.type)))
        let others = ShowState.codec.rows.map(\.type) + VenueState.codec.rows.map(\.type)
            + OrganisationState.codec.rows.map(\.type)
        #expect(names.isDisjoint(with: others))
    }

    @Test func `of an unknown kind is not read`() throws {
        var event = EncodedEvent(RoomEvent.phaseChanged(RoomPhaseChanged(phase: .open, at: Sample.at)))
        event.payload = [0x0A, 1, 0x78]
        #expect(throws: UnreadableEvent.self) { try WaitingRoomState.codec.decode(event) }
        let ended = EncodedEvent(type: "EntriesEnded", schemaVersion: 1, payload: [])
        #expect(throws: UnreadableEvent.self) { try WaitingRoomState.codec.decode(ended) }
    }

    /// What a damaged log may say: it changes what it can, and nothing traps.
    @Test(arguments: 1...40)
    func `that does not fit harms nothing`(seed: UInt64) throws {
        var random = RandomRoomEvents(seed: seed)
        var state = WaitingRoomState()
        for _ in 0..<200 {
            let event = random.next()
            let before = state.inlet
            let undo = state.evolve(event)
            state.revert(undo)
            #expect(state.inlet == before)
            state.evolve(event)
            state.didRecord(event, at: Int64(bitPattern: random.random.next()))
            let now = Timestamp(microseconds: Int64(bitPattern: random.random.next()))
            for command: RoomCommand in [
                .advance(limit: 3), .join(EntryID("e\(random.number(5))"), UserID("u\(random.number(5))")),
                .leave(EntryID("e\(random.number(5))"), UserID("u\(random.number(5))")),
                .claim(EntryID("e\(random.number(5))"), UserID("u\(random.number(5))")),
                .claim(EntryID("e\(random.number(20))"), UserID("u\(random.number(10))"), claimedAt: now),
            ] {
                _ = Result { try state.decide(command, now: now) }
            }
            _ = state.inlet.nextDue(after: now)
        }
    }
}

/// Seeded events of few entries and users with all that their types allow.
struct RandomRoomEvents {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func number(_ bound: UInt64) -> Int { Int(random.next() % bound) }

    mutating func next() -> RoomEvent {
        switch random.next() % 16 {
        case 0:
            let parties = (0..<number(3)).map { DrawCommitment(party: "p\($0)", commitment: bytes()) }
            let beacon = number(2) == 0 ? nil : DrawBeacon(chain: "c", round: random.next())
            return .configured(
                RoomConfigured(
                    showID: ShowID("s"),
                    settings: RoomSettings(
                        prequeueFrom: number(2) == 0 ? nil : time(), opensAt: time(), admitPerMinute: limit(),
                        maxActive: limit(), sessionMinutes: limit(), claimSeconds: limit(), entriesPerUser: limit(),
                        challengeBits: number(2) == 0 ? nil : limit(),
                        draw: parties.isEmpty && beacon == nil ? nil : DrawTerms(parties: parties, beacon: beacon)),
                    instanceCommitment: bytes(), phase: phase(), at: time()))
        case 1: return .phaseChanged(RoomPhaseChanged(phase: phase(), reason: number(2) == 0 ? nil : "r", at: time()))
        case 2...6:
            return .joined(
                EntryJoined(entryID: entry(), userID: user(), number: number(2) == 0 ? nil : place(), at: time()))
        case 7...8:
            return .admitted(
                EntriesAdmitted(
                    entries: (0..<number(4)).map { _ in
                        EntriesAdmitted.Entry(entryID: entry(), userID: user(), number: place())
                    }, at: time(), claimUntil: time(), sessionUntil: time()))
        case 9: return .claimed(EntryClaimed(entryID: entry(), userID: user(), sessionUntil: time(), at: time()))
        case 10:
            let how = EntriesEnded.How.allCases[number(4)]
            let entries = (0..<number(4)).map { _ in EntriesEnded.Entry(entryID: entry(), userID: user()) }
            return .ended(EntriesEnded(how: how, entries: entries, at: time()))
        case 11:
            return .drawSealed(
                DrawSealed(position: time().microseconds, hash: bytes(), entrantCount: place(), at: time()))
        case 12: return .seedRevealed(SeedRevealed(party: "p\(number(3))", seed: bytes(), at: time()))
        case 13:
            return .beaconRecorded(
                BeaconRecorded(round: random.next(), randomness: bytes(), signature: bytes(), at: time()))
        case 14: return .partyForfeited(PartyForfeited(party: "p\(number(3))", at: time()))
        default: return .drawHeld(DrawHeld(keyDigest: bytes(), entrantCount: place(), at: time()))
        }
    }

    private mutating func entry() -> EntryID { EntryID("e\(number(20))") }
    private mutating func user() -> UserID { UserID("u\(number(10))") }
    private mutating func phase() -> RoomPhase { RoomPhase.allCases[number(6)] }
    private mutating func time() -> Timestamp { Timestamp(microseconds: Int64(bitPattern: random.next())) }
    private mutating func bytes() -> [UInt8] { (0..<number(40)).map { UInt8($0) } }
    private mutating func limit() -> Int { number(2) == 0 ? 1 + number(5) : Int(UInt32.max) - number(2) }
    private mutating func place() -> Int { number(2) == 0 ? 1 + number(20) : Int(UInt32.max) - number(2) }
}
