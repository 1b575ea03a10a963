@testable import Domain
import SeededRandom

/// Seeded commands to one room, by a clock that jumps, also back.
struct RandomRoomCommands {
    private(set) var random: SeededGenerator
    private(set) var seconds = 0.0
    private var entryCount = 0
    private let settings: RoomSettings

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let hasDraw = random.next() % 4 > 0
        let hasTerms = hasDraw && random.next() % 2 == 0
        let rate = [30, 60, 600, 6_000][Int(random.next() % 4)]
        let maxActive = [2, 5, 1_000][Int(random.next() % 3)]
        let entries = 1 + Int(random.next() % 2)
        settings = SampleRoom.settings {
            if !hasDraw { $0.prequeueFrom = nil }
            if hasTerms { $0.draw = SampleRoom.terms }
            $0.admitPerMinute = rate
            $0.maxActive = maxActive
            $0.sessionMinutes = 1
            $0.claimSeconds = 20
            $0.entriesPerUser = entries
        }
        self.random = random
    }

    private mutating func number(_ bound: UInt64) -> Int { Int(random.next() % bound) }

    mutating func next(on state: WaitingRoomState) throws -> (RoomCommand, Timestamp) {
        moveClock(state)
        return (try command(state), SampleRoom.at(seconds))
    }

    private mutating func moveClock(_ state: WaitingRoomState) {
        // Before the opening time passes quickly: otherwise there would be a queue of thousands.
        switch (state.inlet.phase, random.next() % 20) {
        case (.closed, 0...9): seconds += Double(number(20))
        case (.prequeue, 0...9): seconds += Double(number(6))
        case (_, 0): seconds -= Double(number(30))
        case (_, 1): seconds += Double(number(40))
        case (_, 2...12): seconds += Double(number(1_000)) / 1_000
        case (_, 13...15):
            guard let due = state.inlet.nextDue(after: SampleRoom.at(seconds)) else { break }
            seconds = Double(due.microseconds - SampleRoom.at(0).microseconds) / 1_000_000
        default: break
        }
    }

    private mutating func command(_ state: WaitingRoomState) throws -> RoomCommand {
        guard state.inlet.settings != nil else { return try SampleRoom.configure(settings) }
        let entry = entryCount == 0 ? EntryID("none") : EntryID("e\(number(UInt64(entryCount)))")
        let owner = state.ids.place(of: entry).map { state.users[Int(state.entries[$0].user)] } ?? UserID("u0")
        let user = number(10) == 0 ? UserID("u\(number(30))") : owner
        switch random.next() % 100 {
        case 0..<32:
            if number(20) > 0 { entryCount += 1 }
            let user = UserID("u\(number(30))")
            return .join(EntryID("e\(max(0, entryCount - 1))"), user, nonce: nonce(of: user, state))
        case 32..<60: return .advance(limit: number(8) == 0 ? 1 + number(3) : 100)
        case 60..<72:
            let claimedAt = number(3) == 0 ? SampleRoom.at(seconds - Double(number(30))) : nil
            return .claim(
                someAdmitted(state) ?? entry, ownerOf(someAdmitted(state), state) ?? user, claimedAt: claimedAt)
        case 72..<76: return .claim(entry, user, claimedAt: number(2) == 0 ? SampleRoom.at(seconds - 20) : nil)
        case 76..<82: return .leave(entry, user)
        case 82..<85: return .finish(entry)
        case 85: return .pause(reason: "r\(number(2))")
        case 86..<89: return .resume
        case 89: return try SampleRoom.configure(changed(state))
        case 90: return number(12) == 0 ? .end(reason: nil) : .advance(limit: 100)
        default: return drawCommand(state)
        }
    }

    /// Mostly one that meets the room's challenge.
    private mutating func nonce(of user: UserID, _ state: WaitingRoomState) -> String? {
        guard number(8) > 0 else { return nil }
        guard let challenge = state.inlet.core.configured?.challenge else { return nil }
        return (0...100_000).lazy.map(String.init).first { challenge.isMet(by: $0, of: user) }
    }

    private func someAdmitted(_ state: WaitingRoomState) -> EntryID? { state.inlet.admissions.keys.min() }

    private func ownerOf(_ entry: EntryID?, _ state: WaitingRoomState) -> UserID? {
        entry.flatMap(state.ids.place).map { state.users[Int(state.entries[$0].user)] }
    }

    private mutating func changed(_ state: WaitingRoomState) -> RoomSettings {
        var settings = state.inlet.settings ?? settings
        switch random.next() % 7 {
        case 0: settings.admitPerMinute = [30, 60, 600, 6_000][number(4)]
        case 1: settings.maxActive = 1 + number(10)
        case 2: settings.claimSeconds = [1, 20, 3_600][number(3)]
        case 3: settings.entriesPerUser = 1 + number(3)
        case 4: settings.challengeBits = settings.challengeBits == nil ? 8 : nil
        case 5: settings.opensAt = SampleRoom.at(Double(190 + number(20)))
        default: settings.draw = settings.hasPrequeue && number(2) == 0 ? SampleRoom.terms : nil
        }
        return settings
    }

    private mutating func drawCommand(_ state: WaitingRoomState) -> RoomCommand {
        switch random.next() % 10 {
        case 0..<3: .sealDraw(position: state.closedAt ?? 1, hash: SampleRoom.logHash)
        case 3: .sealDraw(position: 1, hash: SampleRoom.logHash)
        case 4, 5: .reveal(party: DrawCommitment.instance, seed: SampleRoom.instanceSeed)
        case 6: .reveal(party: "artist", seed: number(3) == 0 ? SampleRoom.instanceSeed : SampleRoom.artistSeed)
        case 7: .forfeit(party: number(4) == 0 ? DrawCommitment.instance : "artist")
        case 8: SampleRoom.beacon
        default: .recordBeacon(round: 8, randomness: SampleRoom.logHash, signature: [])
        }
    }
}
