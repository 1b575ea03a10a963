@testable import Domain
import Testing

@Suite struct `A waiting room` {
    private typealias Room = SampleRoom
    private let a = UserID("a")
    private let b = UserID("b")
    private let entryA = EntryID("e-a")
    private let entryB = EntryID("e-b")
    private let entryC = EntryID("e-c")

    private func refusal(_ command: RoomCommand, in room: SampleRoom, at seconds: Double) -> Rejection? {
        do {
            _ = try room.state.decide(command, now: Room.at(seconds))
            return nil
        } catch { return error }
    }

    /// A room without a prequeue in which a, b and c wait from second 201 on.
    private func openRoom(_ change: (inout RoomSettings) -> Void = { _ in }) throws -> SampleRoom {
        var room = try SampleRoom(
            Room.settings {
                $0.prequeueFrom = nil
                change(&$0)
            })
        try room.join(["a", "b", "c"], at: 201)
        return room
    }

    // MARK: Phases

    @Test func `knows no command before it is set up`() {
        let state = WaitingRoomState()
        #expect(throws: Rejection(.queueNotFound)) { try state.decide(.advance(limit: 1), now: Room.at(0)) }
        #expect(throws: Rejection(.queueNotFound)) { try state.decide(.join(entryA, a), now: Room.at(0)) }
    }

    @Test func `opens by the clock, whoever asks first`() throws {
        var room = try SampleRoom()
        #expect(refusal(.join(entryA, a), in: room, at: 99.9)?.time == Room.at(100))
        #expect(try room.run(.join(entryA, a), at: 100).phases == [.prequeue])
        #expect(try room.run(.join(entryB, b), at: 200).phases == [.drawing])
        #expect(try room.run(.advance(limit: 9), at: 300).isEmpty)
        #expect(room.ledger.faults.isEmpty)
    }

    @Test func `without entrants needs no draw`() throws {
        var room = try SampleRoom(Room.settings { $0.draw = Room.terms })
        try room.run(.join(entryA, a), at: 100)
        try room.run(.leave(entryA, a), at: 101)
        #expect(try room.run(.advance(limit: 9), at: 200).phases == [.open])
        #expect(try room.run(.join(entryB, b), at: 201) == [.joined(joined(entryB, b, 1, 201))])
    }

    @Test func `without a prequeue goes from closed to open`() throws {
        var room = try SampleRoom(Room.settings { $0.prequeueFrom = $0.opensAt })
        #expect(refusal(.join(entryA, a), in: room, at: 199)?.time == Room.at(200))
        #expect(try room.run(.join(entryA, a), at: 200).phases == [.open])
    }

    @Test func `that was to open in the past opens at once`() throws {
        let room = try SampleRoom(Room.settings { ($0.prequeueFrom, $0.opensAt) = (Room.at(-20), Room.at(-10)) })
        #expect(room.events.phases == [.open])
    }

    @Test func `holds a paused line, and tells why`() throws {
        var room = try openRoom()
        try room.run(.pause(reason: "doors"), at: 202)
        #expect(try room.run(.pause(reason: "doors"), at: 203).isEmpty)
        #expect(room.state.inlet.core.reason == "doors")
        #expect(try room.run(.advance(limit: 9), at: 210).isEmpty)
        try room.join(["d"], at: 211)
        try room.run(.resume, at: 212)
        #expect(room.state.inlet.core.reason == nil)
        #expect(try room.run(.advance(limit: 9), at: 212).admitted.map(\.entryID) == [entryA])
        #expect(room.ledger.faults.isEmpty)
    }

    @Test func `that has ended stays so`() throws {
        var room = try openRoom()
        try room.run(.end(reason: nil), at: 205)
        #expect(try room.run(.end(reason: "again"), at: 206).isEmpty)
        for command in [RoomCommand.join(EntryID("x"), a), .resume, .pause(reason: "r")] {
            #expect(refusal(command, in: room, at: 207)?.code == .queueEnded)
        }
        #expect(try refusal(Room.configure(Room.settings()), in: room, at: 207)?.code == .queueEnded)
        #expect(try room.run(.advance(limit: 9), at: 999).isEmpty)
        #expect(room.state.inlet.nextDue(after: Room.at(999)) == nil)
    }

    // MARK: Settings

    @Test func `changes its pace at any time, and its times only while they lie ahead`() throws {
        var room = try SampleRoom(Room.settings { $0.draw = Room.terms })
        try room.join(["a"], at: 100)
        func change(_ room: SampleRoom, at seconds: Double, _ change: (inout RoomSettings) -> Void) throws -> String? {
            var settings = try #require(room.state.inlet.settings)
            change(&settings)
            return refusal(try Room.configure(settings), in: room, at: seconds)?.subject
        }
        #expect(try change(room, at: 101) { $0.admitPerMinute = 1_000 } == nil)
        #expect(try change(room, at: 101) { $0.opensAt = Room.at(150) } == nil)
        #expect(try change(room, at: 101) { $0.prequeueFrom = Room.at(99) } == "prequeueFrom")
        #expect(try change(room, at: 101) { $0.draw?.beacon = nil } == "draw")
        try room.draw(at: 200)
        #expect(try change(room, at: 201) { $0.opensAt = Room.at(300) } == "opensAt")
        #expect(try change(room, at: 201) { $0.maxActive = 1 } == nil)
    }

    @Test func `that opens earlier opens with the change`() throws {
        var room = try SampleRoom()
        let changed = try room.run(Room.configure(Room.settings { $0.opensAt = Room.at(120) }), at: 130)
        #expect(changed.phases == [.prequeue, .open])
        #expect(room.ledger.faults.isEmpty)
    }

    // MARK: Entries

    @Test func `gives a person as many entries as it allows`() throws {
        var room = try openRoom { $0.entriesPerUser = 2 }
        try room.run(.join(EntryID("e-a2"), a), at: 202)
        let refused = refusal(.join(EntryID("e-a3"), a), in: room, at: 203)
        #expect(refused == Rejection(.alreadyInQueue, subject: "e-a"))
        try room.run(.leave(entryA, a), at: 204)
        #expect(try room.run(.join(EntryID("e-a3"), a), at: 205) == [.joined(joined(EntryID("e-a3"), a, 5, 205))])
        #expect(refusal(.join(EntryID("e-a4"), a), in: room, at: 206)?.subject == "e-a2")
        #expect(refusal(.join(entryA, a), in: room, at: 206)?.code == .alreadyInQueue)
    }

    @Test func `asks everybody who joins for work where it has a challenge`() throws {
        var room = try SampleRoom(Room.settings { $0.challengeBits = 12 })
        let challenge = try #require(room.state.inlet.core.configured?.challenge)
        #expect(challenge.bits == 12)
        // As `printf '\1%.0s' {1..32} | sha256sum | head -c 32` says it.
        #expect(challenge.salt == "72cd6e8422c407fb6d098690f1130b7d")
        func nonce(_ user: UserID) throws -> String {
            try #require((0..<1_000_000).lazy.map(String.init).first { challenge.isMet(by: $0, of: user) })
        }
        let answer = try nonce(a)
        for wrong in [nil, "", "x", try nonce(b), answer + "0", String(repeating: "1", count: 65)] {
            let refused = refusal(.join(entryA, a, nonce: wrong), in: room, at: 100)
            #expect(refused == Rejection(.challengeUnmet, subject: challenge.salt, limit: 12), "\(wrong ?? "none")")
        }
        #expect(try room.run(.join(entryA, a, nonce: answer), at: 100).last == .joined(joined(entryA, a, nil, 100)))
        // The known answer of the documentation.
        let known = WorkChallenge(bits: 12, salt: "000102030405060708090a0b0c0d0e0f")
        #expect(known.isMet(by: "30", of: UserID("alice")))
    }

    @Test func `ends an admission that is over when its owner joins again`() throws {
        var room = try openRoom()
        try room.run(.advance(limit: 9), at: 201)
        let events = try room.run(.join(EntryID("e-a2"), a), at: 500)
        #expect(events.ended(.missed) == [entryA])
        #expect(events.last == .joined(joined(EntryID("e-a2"), a, 4, 500)))
        #expect(room.ledger.faults.isEmpty)
    }

    @Test func `is another's business for nobody`() throws {
        var room = try openRoom()
        try room.run(.advance(limit: 9), at: 202)
        #expect(refusal(.leave(entryA, b), in: room, at: 202)?.code == .entryNotFound)
        #expect(refusal(.claim(entryA, b), in: room, at: 202)?.code == .entryNotFound)
        #expect(refusal(.leave(EntryID("x"), b), in: room, at: 202)?.code == .entryNotFound)
        #expect(refusal(.finish(EntryID("x")), in: room, at: 202)?.code == .entryNotFound)
    }

    @Test func `is left once, and an admission given back frees its slot`() throws {
        var room = try openRoom { $0.maxActive = 1 }
        #expect(try room.run(.leave(entryB, b), at: 202).ended(.left) == [entryB])
        #expect(try room.run(.leave(entryB, b), at: 203).isEmpty)
        #expect(try room.run(.advance(limit: 9), at: 204).admitted.map(\.entryID) == [entryA])
        #expect(try room.run(.advance(limit: 9), at: 300).isEmpty)
        #expect(try room.run(.leave(entryA, a), at: 301).ended(.done) == [entryA])
        #expect(try room.run(.advance(limit: 9), at: 301).admitted.map(\.number) == [3])
    }

    // MARK: Admissions

    @Test func `is claimed once, in time`() throws {
        var room = try openRoom { $0.claimSeconds = 10 }
        #expect(refusal(.claim(entryA, a), in: room, at: 201)?.code == .notAdmitted)
        try room.run(.advance(limit: 9), at: 201)
        #expect(refusal(.claim(entryA, a), in: room, at: 211)?.code == .admissionExpired)
        let claimed = EntryClaimed(entryID: entryA, userID: a, sessionUntil: Room.at(1_101), at: Room.at(210.9))
        #expect(try room.run(.claim(entryA, a), at: 210.9) == [.claimed(claimed)])
        #expect(try room.run(.claim(entryA, a), at: 900).isEmpty)
        #expect(refusal(.claim(entryA, a), in: room, at: 1_101)?.code == .admissionExpired)
        #expect(try room.run(.advance(limit: 9), at: 1_101).ended(.expired) == [entryA])
        #expect(refusal(.claim(entryA, a), in: room, at: 1_102)?.code == .admissionExpired)
    }

    @Test func `takes a claim that was made in time after it counted as missed`() throws {
        var room = try openRoom { $0.claimSeconds = 10 }
        try room.run(.advance(limit: 9), at: 201)
        try room.run(.pause(reason: "r"), at: 202)
        #expect(try room.run(.advance(limit: 9), at: 215.9).isEmpty)
        #expect(try room.run(.advance(limit: 9), at: 216).ended(.missed) == [entryA])
        #expect(refusal(.claim(entryA, a), in: room, at: 217)?.code == .admissionExpired)
        #expect(refusal(.claim(entryA, a, claimedAt: Room.at(211)), in: room, at: 217)?.code == .admissionExpired)
        #expect(refusal(.claim(entryA, a, claimedAt: Room.at(200)), in: room, at: 217)?.code == .admissionExpired)
        #expect(try room.run(.claim(entryA, a, claimedAt: Room.at(210)), at: 217).count == 1)
        #expect(room.state.inlet.active == 1)
        #expect(try room.run(.advance(limit: 9), at: 1_101).ended(.expired) == [entryA])
        #expect(room.ledger.faults.isEmpty)
    }

    @Test func `frees a slot when an order is completed`() throws {
        var room = try openRoom { $0.maxActive = 1 }
        try room.run(.advance(limit: 9), at: 201)
        try room.run(.claim(entryA, a), at: 202)
        #expect(try room.run(.finish(entryA), at: 203).ended(.done) == [entryA])
        #expect(try room.run(.finish(entryA), at: 204).isEmpty)
        #expect(try room.run(.finish(entryB), at: 204).isEmpty)
        #expect(try room.run(.advance(limit: 9), at: 204).admitted.map(\.entryID) == [entryB])
    }

    @Test func `fills slots of those who missed in the same step`() throws {
        var room = try openRoom {
            $0.maxActive = 1
            $0.claimSeconds = 10
        }
        try room.run(.advance(limit: 9), at: 201)
        let events = try room.run(.advance(limit: 9), at: 216)
        #expect(events.ended(.missed) == [entryA])
        #expect(events.admitted.map(\.entryID) == [entryB])
        #expect(room.ledger.faults.isEmpty)
    }

    @Test func `records at most as much as it is asked for`() throws {
        var room = try openRoom {
            $0.admitPerMinute = 600
            $0.claimSeconds = 10
        }
        #expect(try room.run(.advance(limit: 0), at: 202).isEmpty)
        #expect(try room.run(.advance(limit: -1), at: 202).isEmpty)
        #expect(try room.run(.advance(limit: 2), at: 202).admitted.map(\.number) == [1, 2])
        #expect(try room.run(.advance(limit: 2), at: 230).ended(.missed).count == 2)
        #expect(try room.run(.advance(limit: 2), at: 230).admitted.map(\.number) == [3])
    }

    // MARK: The pace

    @Test(arguments: [(1, 1), (60, 60), (90, 91), (600, 609), (6_000, 6_090)])
    func `admits a minute's worth a minute and one second's worth at the opening`(rate: Int, expected: Int) throws {
        let room = try SampleRoom(
            Room.settings {
                $0.prequeueFrom = nil
                ($0.admitPerMinute, $0.maxActive) = (rate, 1_000_000)
            })
        var state = room.state
        for event in try state.decide(.advance(limit: 1), now: Room.at(200)) { state.evolve(event) }
        for number in 1...(expected + 10) {
            state.evolve(
                .joined(
                    EntryJoined(
                        entryID: EntryID("e\(number)"), userID: UserID("u\(number)"), number: number, at: Room.at(200)))
            )
        }
        // Two workers, which both propose all they can.
        var admitted = 0
        for tick in 0..<600 {
            for _ in 0..<2 {
                let events = try state.decide(.advance(limit: 100_000), now: Room.at(200 + Double(tick) / 10))
                for event in events { state.evolve(event) }
                admitted += events.admitted.count
            }
        }
        #expect(admitted == expected)
    }

    @Test func `saves up no more than a second's worth while nobody waits`() throws {
        var room = try SampleRoom(
            Room.settings {
                $0.prequeueFrom = nil
                $0.admitPerMinute = 180
            })
        try room.run(.advance(limit: 1), at: 200)
        try room.join((1...20).map { "u\($0)" }, at: 5_000)
        #expect(try room.run(.advance(limit: 100), at: 5_000).admitted.count == 3)
        #expect(try room.run(.advance(limit: 100), at: 5_000.4).admitted.count == 1)
    }

    @Test func `takes a clock that goes back as one that stands still`() throws {
        var room = try openRoom()
        try room.run(.advance(limit: 9), at: 210)
        #expect(try room.run(.advance(limit: 9), at: 100).isEmpty)
        #expect(try room.run(.join(EntryID("x"), UserID("x")), at: 100).last?.at == Room.at(210))
        #expect(try room.run(.advance(limit: 9), at: 211).admitted.count == 1)
        #expect(room.ledger.faults.isEmpty)
    }

    // MARK: The draw

    @Test func `draws in the order that was announced`() throws {
        var room = try SampleRoom(Room.settings { $0.draw = Room.terms })
        try room.join((1...50).map { "u\($0)" }, at: 110)
        #expect(refusal(.reveal(party: "instance", seed: Room.instanceSeed), in: room, at: 150)?.code == .drawNotSealed)
        try room.run(.join(EntryID("late"), UserID("late")), at: 201)
        let closed = try #require(room.state.closedAt)
        let seal = RoomCommand.sealDraw(position: closed, hash: Room.logHash)
        #expect(refusal(Room.beacon, in: room, at: 201)?.code == .drawNotSealed)
        #expect(refusal(.sealDraw(position: 1, hash: Room.logHash), in: room, at: 201)?.code == .drawNotSealable)
        #expect(refusal(.sealDraw(position: closed, hash: [1]), in: room, at: 201)?.code == .drawNotSealable)
        try room.run(seal, at: 202)
        #expect(try room.run(seal, at: 203).isEmpty)
        #expect(refusal(.reveal(party: "artist", seed: Room.instanceSeed), in: room, at: 203)?.code == .wrongSeed)
        #expect(refusal(.reveal(party: "x", seed: Room.instanceSeed), in: room, at: 203)?.code == .unknownParty)
        try room.run(.reveal(party: "artist", seed: Room.artistSeed), at: 203)
        #expect(try room.run(.reveal(party: "artist", seed: Room.artistSeed), at: 203).isEmpty)
        #expect(refusal(.forfeit(party: "artist"), in: room, at: 203)?.code == .seedRevealed)
        try room.run(.reveal(party: "instance", seed: Room.instanceSeed), at: 204)
        #expect(try room.run(.advance(limit: 100), at: 205).isEmpty)
        try room.run(Room.beacon, at: 206)
        #expect(try room.run(Room.beacon, at: 206).isEmpty)
        #expect(room.state.inlet.nextDue(after: Room.at(206)) == Room.at(206))
        #expect(try room.run(.advance(limit: 100), at: 206).phases == [.open])
        for second in 207...260 { try room.run(.advance(limit: 100), at: Double(second)) }
        #expect(room.events.admitted.map(\.number) == Array(1...51))
        #expect(room.events.admitted.last?.entryID == EntryID("late"))
        #expect(room.ledger.faults.isEmpty)
    }

    @Test func `goes on without a party that does not reveal its seed, for all to see`() throws {
        var room = try SampleRoom(Room.settings { $0.draw = DrawTerms(parties: Room.terms.parties) })
        try room.join(["a", "b", "c"], at: 110)
        try room.run(.advance(limit: 1), at: 200)
        try room.run(.sealDraw(position: try #require(room.state.closedAt), hash: Room.logHash), at: 200)
        try room.run(.reveal(party: "instance", seed: Room.instanceSeed), at: 200)
        try room.run(.forfeit(party: "artist"), at: 300)
        #expect(try room.run(.forfeit(party: "artist"), at: 300).isEmpty)
        #expect(refusal(.reveal(party: "artist", seed: Room.artistSeed), in: room, at: 301)?.code == .seedForfeited)
        #expect(try room.run(.advance(limit: 1), at: 301).phases == [.open])
        #expect(room.ledger.faults.isEmpty)
    }

    @Test func `keeps the number of an entrant who leaves while it draws`() throws {
        var room = try SampleRoom()
        try room.join(["a", "b", "c"], at: 110)
        try room.run(.leave(entryB, b), at: 120)
        try room.run(.advance(limit: 1), at: 200)
        try room.run(.leave(entryA, a), at: 201)
        try room.draw(at: 202)
        for second in 203...210 { try room.run(.advance(limit: 9), at: Double(second)) }
        #expect(room.events.admitted.map(\.entryID) == [entryC])
        #expect(room.ledger.faults.isEmpty)
        #expect(room.ledger.entry(entryB)?.number == nil)
        #expect(room.ledger.entry(entryA)?.number != nil)
    }

    private func joined(_ entry: EntryID, _ user: UserID, _ number: Int?, _ seconds: Double) -> EntryJoined {
        EntryJoined(entryID: entry, userID: user, number: number, at: Room.at(seconds))
    }
}
