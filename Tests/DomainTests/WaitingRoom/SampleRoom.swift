@testable import Domain

/// A room with its clock, its log and the ledger that checks every event.
struct SampleRoom {
    static let show = ShowID("0123456789abcdef")
    static let instanceSeed = [UInt8](repeating: 1, count: Draw.seedBytes)
    static let artistSeed = [UInt8](repeating: 2, count: Draw.seedBytes)
    static let logHash = [UInt8](repeating: 3, count: Draw.seedBytes)
    static let signature: [UInt8] = [4, 5, 6]

    private(set) var state = WaitingRoomState()
    private(set) var ledger = RoomLedger()
    private(set) var events: [RoomEvent] = []

    /// `seconds` after the time at which the samples begin.
    static func at(_ seconds: Double) -> Timestamp {
        Timestamp(microseconds: 1_000_000_000_000 + Int64((seconds * 1_000_000).rounded()))
    }

    /// A prequeue from second 100, an opening at second 200.
    static func settings(_ change: (inout RoomSettings) -> Void = { _ in }) -> RoomSettings {
        var settings = RoomSettings(prequeueFrom: at(100), opensAt: at(200), admitPerMinute: 60, maxActive: 1_000)
        change(&settings)
        return settings
    }

    static let terms = DrawTerms(
        parties: [DrawCommitment(party: "artist", commitment: Draw.sha256(artistSeed))],
        beacon: DrawBeacon(chain: String(repeating: "8a", count: 32), round: 7))

    static func configure(_ settings: RoomSettings) throws -> RoomCommand {
        .configure(try ValidRoomSettings(settings), showID: show, instanceCommitment: Draw.sha256(instanceSeed))
    }

    /// A room that is set up at second 0.
    init(_ settings: RoomSettings = SampleRoom.settings()) throws {
        try run(try Self.configure(settings), at: 0)
    }

    @discardableResult
    mutating func run(_ command: RoomCommand, at seconds: Double) throws -> [RoomEvent] {
        let decided = try state.decide(command, now: Self.at(seconds))
        for event in decided {
            state.evolve(event)
            events.append(event)
            state.didRecord(event, at: Int64(events.count))
            ledger.apply(event)
        }
        return decided
    }

    /// Lets these users join, one entry each, named after them.
    mutating func join(_ users: [String], at seconds: Double) throws {
        for user in users { try run(.join(EntryID("e-\(user)"), UserID(user)), at: seconds) }
    }

    /// Seals the draw, reveals what is committed, and holds it.
    mutating func draw(at seconds: Double) throws {
        try run(.advance(limit: 100), at: seconds)
        guard state.inlet.phase == .drawing, let closed = state.closedAt else { return }
        try run(.sealDraw(position: closed, hash: Self.logHash), at: seconds)
        try run(.reveal(party: DrawCommitment.instance, seed: Self.instanceSeed), at: seconds)
        if state.inlet.draw.parties.count > 1 {
            try run(.reveal(party: "artist", seed: Self.artistSeed), at: seconds)
            try run(Self.beacon, at: seconds)
        }
        try run(.advance(limit: 100), at: seconds)
    }

    static let beacon = RoomCommand.recordBeacon(round: 7, randomness: Draw.sha256(signature), signature: signature)
}

extension [RoomEvent] {
    /// The entries that were admitted, in their order.
    var admitted: [EntriesAdmitted.Entry] {
        flatMap { event -> [EntriesAdmitted.Entry] in
            if case .admitted(let admitted) = event { admitted.entries } else { [] }
        }
    }

    /// The entries that were ended in this way.
    func ended(_ how: EntriesEnded.How) -> [EntryID] {
        flatMap { event -> [EntryID] in
            if case .ended(let ended) = event, ended.how == how { ended.entries.map(\.entryID) } else { [] }
        }
    }

    var phases: [RoomPhase] { compactMap { if case .phaseChanged(let event) = $0 { event.phase } else { nil } } }
}
