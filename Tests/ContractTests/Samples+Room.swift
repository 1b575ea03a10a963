import Domain

extension Sample {
    private static let show = ShowID("0123456789abcdef")
    private static let entry = EntryID("0123456789abcdef-e")
    private static let fan = UserID("user-1")
    private static let later = Timestamp(microseconds: at.microseconds + 120_000_000)
    private static func bytes(_ first: UInt8) -> [UInt8] { (0..<32).map { first &+ $0 } }

    static let room = RoomConfigured(
        showID: show,
        settings: RoomSettings(
            prequeueFrom: Timestamp(microseconds: at.microseconds - 1), opensAt: at, admitPerMinute: 1_000_000,
            maxActive: 2_500, sessionMinutes: 20, claimSeconds: 90, entriesPerUser: 2,
            draw: DrawTerms(
                parties: [DrawCommitment(party: "artist", commitment: bytes(7))],
                beacon: DrawBeacon(chain: String(repeating: "8a", count: 32), round: 4_711))),
        instanceCommitment: bytes(1), phase: .paused, at: at)

    static let bareRoom = RoomConfigured(
        showID: show, settings: RoomSettings(opensAt: at, admitPerMinute: 1, maxActive: 1), instanceCommitment: [],
        phase: .closed, at: at)

    static let challengingRoom = RoomConfigured(
        showID: show, settings: RoomSettings(opensAt: at, admitPerMinute: 1, maxActive: 1, challengeBits: 18),
        instanceCommitment: bytes(1), phase: .open, at: at)

    static let roomEvents: [(golden: String, event: RoomEvent)] = [
        ("RoomConfigured.1", .configured(room)), ("RoomConfigured.1.bare", .configured(bareRoom)),
        ("RoomConfigured.1.challenge", .configured(challengingRoom)),
        ("RoomPhaseChanged.1", .phaseChanged(RoomPhaseChanged(phase: .paused, reason: "Störung", at: at))),
        ("RoomPhaseChanged.1.bare", .phaseChanged(RoomPhaseChanged(phase: .drawing, at: at))),
        ("EntryJoined.1", .joined(EntryJoined(entryID: entry, userID: fan, number: 4_711, at: at))),
        ("EntryJoined.1.prequeue", .joined(EntryJoined(entryID: entry, userID: fan, at: at))),
        (
            "EntriesAdmitted.1",
            .admitted(
                EntriesAdmitted(
                    entries: [
                        EntriesAdmitted.Entry(entryID: entry, userID: fan, number: 4_711),
                        EntriesAdmitted.Entry(entryID: EntryID("e"), userID: UserID("u"), number: 4_712),
                    ], at: at, claimUntil: later, sessionUntil: later.adding(seconds: 1)))
        ),
        ("EntryClaimed.1", .claimed(EntryClaimed(entryID: entry, userID: fan, sessionUntil: later, at: at))),
        (
            "EntriesEnded.1",
            .ended(EntriesEnded(how: .left, entries: [EntriesEnded.Entry(entryID: entry, userID: fan)], at: at))
        ),
        ("EntriesEnded.1.done", .ended(EntriesEnded(how: .done, entries: [], at: at))),
        ("EntriesEnded.1.missed", .ended(EntriesEnded(how: .missed, entries: [], at: at))),
        ("EntriesEnded.1.expired", .ended(EntriesEnded(how: .expired, entries: [], at: at))),
        ("DrawSealed.1", .drawSealed(DrawSealed(position: 4_711, hash: bytes(3), entrantCount: 1_000_000, at: at))),
        ("SeedRevealed.1", .seedRevealed(SeedRevealed(party: "instance", seed: bytes(5), at: at))),
        (
            "BeaconRecorded.1",
            .beaconRecorded(BeaconRecorded(round: 4_711, randomness: bytes(9), signature: bytes(11), at: at))
        ),
        ("PartyForfeited.1", .partyForfeited(PartyForfeited(party: "artist", at: at))),
        ("DrawHeld.1", .drawHeld(DrawHeld(keyDigest: bytes(13), entrantCount: 1_000_000, at: at))),
    ]
}
