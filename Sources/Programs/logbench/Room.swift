import ArgumentParser
import Domain
import Foundation

/// What a waiting room costs the node that decides it, without HTTP and log.
struct Room: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs the on-sale of a waiting room in memory; prints microseconds and bytes per entrant as JSON.",
        discussion: """
            All join before the opening, the draw is held, and everybody is admitted, claims and finishes. \
            RoomAudit checks every event, as `replay draw verify` does with a log.
            """)

    @Option(help: "People who join (1 to 10000000).") var entrants = 1_000_000
    @Option(help: "Entries that one advance handles at most (1 to 100000).") var limit = 1_000

    func validate() throws {
        guard (1...10_000_000).contains(entrants), (1...100_000).contains(limit) else {
            throw ValidationError("--entrants or --limit is out of range.")
        }
    }

    private static let show = ShowID(createdBy: CommandID(high: 1, low: 2))
    private static let seed = [UInt8](repeating: 1, count: Draw.seedBytes)

    func run() throws {
        var sale = Sale()
        let settings = RoomSettings(
            prequeueFrom: Timestamp(microseconds: 0), opensAt: Timestamp(microseconds: 1_000_000),
            admitPerMinute: 1_000_000, maxActive: 1_000_000)
        let commitment = Draw.sha256(Self.seed)
        try sale.run(.configure(try ValidRoomSettings(settings), showID: Self.show, instanceCommitment: commitment))

        let before = try residentBytes()
        let join = try measure {
            for index in 0..<entrants { try sale.run(.join(Self.entry(index), Self.user(index))) }
        }
        let bytes = try residentBytes() - before

        sale.microseconds = 1_000_000
        try sale.run(.advance(limit: limit))
        let closed = sale.position
        try sale.run(.sealDraw(position: closed, hash: Self.seed))
        try sale.run(.reveal(party: DrawCommitment.instance, seed: Self.seed))
        let draw = try measure { try sale.run(.advance(limit: limit)) }

        let admit = try measure {
            while sale.state.inlet.waiting > 0 {
                sale.microseconds += 60_000
                for entry in try sale.run(.advance(limit: limit)) {
                    try sale.run(.claim(entry.entryID, entry.userID))
                    try sale.run(.finish(entry.entryID))
                }
            }
        }
        let (audited, audit) = try check(sale)
        guard audited == entrants else { throw ValidationError("\(audited) of \(entrants) were admitted.") }
        let each = Double(entrants) / 1_000_000
        print(
            "{\"entrants\": \(entrants), \"bytesPerEntrant\": \(bytes / entrants), \"joinMicroseconds\": \(join / each), "
                + "\"drawMicroseconds\": \(draw / each), \"admissionMicroseconds\": \(admit / each), "
                + "\"auditMicroseconds\": \(audit / each), \"drawSeconds\": \(draw)}")
    }

    private func measure(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return start.duration(to: .now) / .seconds(1)
    }

    /// Reads the whole on-sale again, as an auditor does.
    private func check(_ sale: Sale) throws -> (admitted: Int, seconds: Double) {
        var audit = RoomAudit()
        let seconds = try measure {
            for (index, event) in sale.log.enumerated() { try audit.next(event, at: Int64(index + 1)) }
        }
        try audit.published?.verify()
        return (audit.admittedCount, seconds)
    }

    private static func entry(_ index: Int) -> EntryID {
        EntryID(on: show, placedBy: CommandID(high: 0x9E37_79B9_7F4A_7C15, low: UInt64(index)))
    }

    private static func user(_ index: Int) -> UserID { UserID("user-\(1_000_000_000_000_000_000 + index)") }

    /// The room, and its log apart from who joined, which is made anew: the log is not what is measured.
    private struct Sale {
        var state = WaitingRoomState()
        var position: Int64 = 0
        var microseconds: Int64 = 0
        private var others: [(after: Int, event: RoomEvent)] = []
        private var joinedCount = 0

        @discardableResult
        mutating func run(_ command: RoomCommand) throws -> [EntriesAdmitted.Entry] {
            var admitted: [EntriesAdmitted.Entry] = []
            for event in try state.decide(command, now: Timestamp(microseconds: microseconds)) {
                state.evolve(event)
                position += 1
                state.didRecord(event, at: position)
                if case .joined = event { joinedCount += 1 } else { others.append((joinedCount, event)) }
                if case .admitted(let event) = event { admitted += event.entries }
            }
            return admitted
        }

        var log: [RoomEvent] {
            var log: [RoomEvent] = []
            var joined = 0
            for (after, event) in others {
                while joined < after {
                    let at = Timestamp(microseconds: 0)
                    log.append(.joined(EntryJoined(entryID: Room.entry(joined), userID: Room.user(joined), at: at)))
                    joined += 1
                }
                log.append(event)
            }
            return log
        }
    }
}

/// Bytes of memory that the process has now.
private func residentBytes() throws -> Int {
    let sizes = try String(contentsOfFile: "/proc/self/statm", encoding: .ascii).split(separator: " ")
    guard sizes.count > 1, let pages = Int(sizes[1]) else { return 0 }
    return pages * 4_096
}
