@testable import Domain
import SeededRandom
import Testing

@Suite struct `An on-sale of ten thousand` {
    /// Some leave, some never claim, some buy; two workers propose what is due, by clocks that differ.
    @Test func `admits everybody in turn, at the pace, never more at a time than there are slots`() throws {
        var random = SeededGenerator(seed: 4_711)
        var state = WaitingRoomState()
        var (audit, position) = (RoomAudit(), Int64(0))
        var log: [RoomEvent] = []
        var most = 0
        func run(_ command: RoomCommand, at seconds: Double) throws {
            for event in try state.decide(command, now: SampleRoom.at(seconds)) {
                state.evolve(event)
                position += 1
                state.didRecord(event, at: position)
                try audit.next(event, at: position)
                log.append(event)
            }
            most = max(most, state.inlet.admissions.count)
        }
        let settings = SampleRoom.settings {
            ($0.admitPerMinute, $0.maxActive, $0.sessionMinutes, $0.claimSeconds) = (30_000, 4_000, 2, 10)
        }
        try run(try SampleRoom.configure(settings), at: 0)
        for index in 0..<9_000 {
            try run(.join(EntryID("e\(index)"), UserID("u\(index)")), at: 100 + Double(index) / 100)
        }
        for index in stride(from: 0, to: 9_000, by: 100) {
            try run(.leave(EntryID("e\(index)"), UserID("u\(index)")), at: 190)
        }
        for index in 9_000..<10_000 { try run(.join(EntryID("e\(index)"), UserID("u\(index)")), at: 200) }
        let closed = try #require(state.closedAt)
        try run(.sealDraw(position: closed, hash: SampleRoom.logHash), at: 201)
        try run(.reveal(party: DrawCommitment.instance, seed: SampleRoom.instanceSeed), at: 201)

        var seconds = 201.0
        while state.inlet.waiting > 0 || !state.inlet.admissions.isEmpty {
            try #require(seconds < 2_000)
            seconds += 0.5
            try run(.advance(limit: 1_000), at: seconds - Double(random.next() % 3))
            let admitted = log.suffix(2).flatMap { [$0].admitted }
            for entry in admitted {
                switch random.next() % 4 {
                case 0: break
                case 1: try run(.claim(entry.entryID, entry.userID), at: seconds)
                default:
                    try run(.claim(entry.entryID, entry.userID), at: seconds)
                    try run(.finish(entry.entryID), at: seconds)
                }
            }
            if random.next() % 5 == 0 {
                let gone = Int(random.next() % 9_000)
                try run(.leave(EntryID("e\(gone)"), UserID("u\(gone)")), at: seconds)
            }
        }

        // The oracle: who came before the opening sorted by rank, then whoever came later.
        let entrants = (0..<9_000).filter { !$0.isMultiple(of: 100) }.map { "e\($0)" }
        let ranked = entrants.map { id in
            (LedgerDraw.hmac(SampleRoom.instanceSeed, SampleRoom.logHash + Array(id.utf8)), id)
        }
        let drawn = ranked.sorted { $0.0.lexicographicallyPrecedes($1.0) }.map(\.1)
        let line = drawn + (9_000..<10_000).map { "e\($0)" }
        let left = Set(log.ended(.left).map(\.rawValue))
        #expect(log.admitted.map(\.entryID.rawValue) == line.filter { !left.contains($0) })
        #expect(most <= 4_000)
        #expect(log.ended(.missed).count > 1_000)
        #expect(log.ended(.expired).count > 1_000)
        let pace = (log.last?.at.microseconds ?? 0) - SampleRoom.at(201).microseconds
        #expect(Int64(log.admitted.count) * 60_000_000 <= (pace + 1_000_000) * 30_000)
        #expect(try #require(audit.published).order == drawn)
    }
}
