@testable import Domain
import Testing

@Suite struct `Whatever is asked of a waiting room` {
    private static func fold(_ events: [RoomEvent]) -> RoomLedger {
        var ledger = RoomLedger()
        for event in events { ledger.apply(event) }
        return ledger
    }

    @Test(arguments: 1...40)
    func `nobody is admitted ahead of somebody before them, nor too many`(seed: UInt64) throws {
        var commands = RandomRoomCommands(seed: seed)
        var state = WaitingRoomState()
        var ledger = RoomLedger()
        var (position, ahead): (Int64, [EntryID: Int]) = (0, [:])
        for step in 0..<300 {
            let (command, clock) = try commands.next(on: state)
            let before = RoomPicture(state)
            switch Result(catching: { () throws(Rejection) in try state.decide(command, now: clock) }) {
            case .success(let events):
                if step % 7 == 0 {
                    let undos = events.map { state.evolve($0) }
                    for undo in undos.reversed() { state.revert(undo) }
                    #expect(RoomPicture(state) == before, "\(command) is not taken back")
                    #expect(try state.decide(command, now: clock) == events)
                }
                for event in events {
                    state.evolve(event)
                    position += 1
                    state.didRecord(event, at: position)
                    ledger.apply(event)
                }
            case .failure(let rejection):
                #expect(RoomPicture(state) == before)
                judge(rejection, command, ledger, max(clock, ledger.lastAt))
            }
            try #require(ledger.faults.isEmpty, "seed \(seed), step \(step), \(command)")
            try #require(RoomPicture(state) == RoomPicture(ledger, of: state), "seed \(seed), step \(step), \(command)")
            // Nobody's place in the line goes back. While it is drawn, those who came later don't know theirs.
            guard state.inlet.phase != .drawing else { continue }
            for (index, entry) in ledger.line.enumerated() {
                #expect(index <= ahead.updateValue(index, forKey: entry.id) ?? .max)
            }
        }
    }

    /// After everything that is due is recorded, there is nothing to do before the time that the inlet names; and at that time
    /// there is.
    @Test(arguments: 1...40)
    func `what is due is known beforehand`(seed: UInt64) throws {
        var commands = RandomRoomCommands(seed: seed)
        var state = WaitingRoomState()
        for _ in 0..<300 {
            let (command, clock) = try commands.next(on: state)
            let events = (try? state.decide(command, now: clock)) ?? []
            for event in events { state.evolve(event) }
            guard state.inlet.settings != nil else { continue }
            let now = max(clock, state.inlet.core.lastAt)
            #expect(drain(&state, now) < 20)
            guard let due = state.inlet.nextDue(after: now) else { continue }
            #expect(due > now)
            #expect(try state.decide(.advance(limit: 100), now: Timestamp(microseconds: due.microseconds - 1)) == [])
            #expect(try state.decide(.advance(limit: 100), now: due) != [])
        }
    }

    /// Advances until nothing is due. Returns how often.
    private func drain(_ state: inout WaitingRoomState, _ now: Timestamp) -> Int {
        for round in 0..<20 {
            let events = (try? state.decide(.advance(limit: 100), now: now)) ?? []
            if events.isEmpty { return round }
            for event in events { state.evolve(event) }
        }
        return 20
    }

    /// What never happens in the runs above is not tried by them.
    @Test func `everything that can happen does`() throws {
        var (kinds, codes): ([String: Int], [String: Int]) = ([:], [:])
        for seed: UInt64 in 1...60 {
            var commands = RandomRoomCommands(seed: seed)
            var state = WaitingRoomState()
            for position: Int64 in 1...500 {
                let (command, clock) = try commands.next(on: state)
                do {
                    for event in try state.decide(command, now: clock) {
                        state.evolve(event)
                        state.didRecord(event, at: position)
                        kinds[kind(event), default: 0] += 1
                    }
                } catch {
                    codes[error.code.name, default: 0] += 1
                }
            }
        }
        let expected =
            ["joined", "admitted", "claimed", "configured", "drawSealed", "seedRevealed", "beaconRecorded"]
            + ["partyForfeited", "drawHeld"] + RoomPhase.allCases.dropFirst().map { "phase \($0)" }
            + EntriesEnded.How.allCases.map { "ended \($0)" }
        for kind in expected { #expect(kinds[kind, default: 0] >= 5, "\(kind)") }
        let refusals: [Rejection.Code] = [
            .queueNotOpen, .queueEnded, .queueUnderWay, .alreadyInQueue, .entryNotFound, .notAdmitted,
            .admissionExpired, .drawNotSealable, .drawNotSealed, .wrongSeed, .wrongBeacon, .unknownParty,
            .seedRevealed, .seedForfeited, .challengeUnmet,
        ]
        for code in refusals { #expect(codes[code.name, default: 0] >= 3, "\(code)") }
    }

    private func kind(_ event: RoomEvent) -> String {
        switch event {
        case .joined: "joined"
        case .admitted: "admitted"
        case .claimed: "claimed"
        case .ended(let event): "ended \(event.how)"
        case .phaseChanged(let event): "phase \(event.phase)"
        case .configured: "configured"
        case .drawSealed: "drawSealed"
        case .seedRevealed: "seedRevealed"
        case .beaconRecorded: "beaconRecorded"
        case .partyForfeited: "partyForfeited"
        case .drawHeld: "drawHeld"
        }
    }

    // MARK: Refusals

    /// A refusal is justified by what the ledger knows.
    private func judge(_ rejection: Rejection, _ command: RoomCommand, _ ledger: RoomLedger, _ now: Timestamp) {
        let isJustified: Bool =
            switch (rejection.code, command) {
            case (.queueNotOpen, .join): ledger.phase == .closed && now < ledger.settings?.joinsFrom ?? now
            case (.queueNotOpen, .pause):
                [.closed, .prequeue, .drawing].contains(ledger.phase)
                    && (ledger.phase == .drawing || ledger.count(.waiting) > 0 || now < ledger.settings?.opensAt ?? now)
            case (.queueEnded, _): ledger.phase == .ended
            case (.queueUnderWay, .configure): ledger.phase != .closed || now >= ledger.settings?.joinsFrom ?? now
            case (.alreadyInQueue, .join(let entry, let user, _)):
                ledger.entry(entry) != nil || ledger.live(of: user).count >= ledger.settings?.entriesPerUser ?? 0
            case (.challengeUnmet, .join(_, _, let nonce)): ledger.settings?.challengeBits != nil && nonce == nil
            case (.entryNotFound, .leave(let entry, let user)), (.entryNotFound, .claim(let entry, let user, _)):
                ledger.entry(entry)?.user != user
            case (.entryNotFound, .finish(let entry)): ledger.entry(entry) == nil
            case (.notAdmitted, .claim(let entry, _, _)): ledger.entry(entry)?.status == .waiting
            case (.admissionExpired, .claim(let entry, _, let claimedAt)):
                ledger.entry(entry).map { hasExpired($0, claimedAt, now) } ?? false
            case (.drawNotSealable, .sealDraw), (.drawNotSealed, _), (.wrongSeed, .reveal), (.unknownParty, _),
                (.wrongBeacon, .recordBeacon), (.seedRevealed, .forfeit), (.seedForfeited, .reveal):
                true
            default: false
            }
        #expect(isJustified, "\(rejection) for \(command)")
    }

    private func hasExpired(_ entry: RoomLedger.Entry, _ claimedAt: Timestamp?, _ now: Timestamp) -> Bool {
        switch entry.status {
        case .waiting: false
        case .admitted, .missed:
            (claimedAt ?? now) >= entry.claimUntil || now >= entry.sessionUntil || entry.status == .missed
                || claimedAt.map { $0 < now } ?? false
        case .active: now >= entry.sessionUntil
        case .left, .done, .expired: true
        }
    }

    // MARK: Planted faults

    /// A log of an on-sale without fault.
    private func goodLog() throws -> [RoomEvent] {
        var room = try SampleRoom(SampleRoom.settings { $0.draw = SampleRoom.terms })
        try room.join(["a", "b", "c", "d"], at: 110)
        try room.draw(at: 201)
        try room.join(["e"], at: 202)
        for second in 202...206 { try room.run(.advance(limit: 10), at: Double(second)) }
        let first = room.events.admitted[0]
        try room.run(.claim(first.entryID, first.userID), at: 207)
        try room.run(.advance(limit: 10), at: 1_500)
        #expect(room.ledger.faults.isEmpty)
        #expect(room.events.admitted.count == 5)
        #expect(room.events.ended(.missed).count == 4)
        #expect(room.events.ended(.expired).count == 1)
        return room.events
    }

    private static let faults: [(name: String, plant: @Sendable (inout [RoomEvent]) -> Void)] = [
        ("two change places", { exchange(&$0, { $0.admissions[1] }, { $0.admissions[2] }) }),
        ("the first is left out", { $0.remove(at: $0.admissions[0]) }),
        ("somebody is admitted twice", { $0.insert($0[$0.admissions[0]], at: $0.admissions[1]) }),
        (
            "admissions come too fast",
            { events in
                for index in events.admissions {
                    events.change(index) {
                        $0.at = SampleRoom.at(202)
                        $0.claimUntil = SampleRoom.at(322)
                        $0.sessionUntil = SampleRoom.at(1_102)
                    }
                }
            }
        ),
        (
            "somebody is admitted under another's name",
            { events in
                events.change(events.admissions[0]) { $0.entries[0].userID = UserID("x") }
            }
        ),
        (
            "somebody gets longer",
            { events in
                events.change(events.admissions[0]) { $0.claimUntil = $0.sessionUntil }
            }
        ),
        ("a number changes", { events in events.change(events.admissions[3]) { $0.entries[0].number += 1 } }),
        (
            "a seed is known before the seal",
            { exchange(&$0, { $0.index("drawSealed") }, { $0.index("seedRevealed") }) }
        ),
        ("a party's seed is missing", { $0.remove(at: $0.index("seedRevealed")) }),
        ("the beacon is missing", { $0.remove(at: $0.index("beaconRecorded")) }),
        (
            "an entrant is added later",
            { events in
                events.insert(
                    .joined(EntryJoined(entryID: EntryID("x"), userID: UserID("x"), at: SampleRoom.at(201))),
                    at: events.index("drawSealed"))
            }
        ),
        ("an entrant is taken away", { $0.remove(at: $0.index("joined")) }),
        (
            "somebody joins twice",
            { events in
                events.insert(
                    .joined(EntryJoined(entryID: EntryID("x"), userID: UserID("a"), at: SampleRoom.at(110))),
                    at: events.index("joined") + 1)
            }
        ),
        (
            "a claim is missed too early",
            { events in
                guard
                    let index = events.firstIndex(where: {
                        if case .ended(let e) = $0 { e.how == .missed } else { false }
                    })
                else { return }
                let ended = events.remove(at: index)
                guard case .ended(var event) = ended else { return }
                event.at = SampleRoom.at(207)
                events.insert(.ended(event), at: index - 1)
            }
        ),
        (
            "somebody is admitted while the room is paused",
            { events in
                events.insert(
                    .phaseChanged(RoomPhaseChanged(phase: .paused, at: SampleRoom.at(202))), at: events.admissions[1])
            }
        ),
    ]

    @Test(arguments: faults.indices)
    func `a planted fault is found`(index: Int) throws {
        let good = try goodLog()
        #expect(Self.fold(good).faults.isEmpty)
        var bad = good
        Self.faults[index].plant(&bad)
        #expect(bad != good)
        #expect(!Self.fold(bad).faults.isEmpty, "\(Self.faults[index].name)")
    }

    private static func exchange(
        _ events: inout [RoomEvent], _ first: ([RoomEvent]) -> Int, _ second: ([RoomEvent]) -> Int
    ) {
        events.swapAt(first(events), second(events))
    }
}

extension [RoomEvent] {
    fileprivate var admissions: [Int] { indices.filter { if case .admitted = self[$0] { true } else { false } } }

    fileprivate func index(_ name: String) -> Int { firstIndex { "\($0)".hasPrefix(name + "(") } ?? endIndex }

    fileprivate mutating func change(_ index: Int, _ change: (inout EntriesAdmitted) -> Void) {
        guard case .admitted(var event) = self[index] else { return }
        change(&event)
        self[index] = .admitted(event)
    }
}
