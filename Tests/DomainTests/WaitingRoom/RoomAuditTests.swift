@testable import Domain
import Testing

@Suite struct `The audit of a room` {
    private func audit(_ events: [RoomEvent]) throws -> RoomAudit {
        var audit = RoomAudit()
        for (index, event) in events.enumerated() { try audit.next(event, at: Int64(index + 1)) }
        return audit
    }

    private func isRefused(_ events: [RoomEvent]) -> Bool { (try? audit(events)) == nil }

    @Test(arguments: 1...40)
    func `finds no fault with what the decider does`(seed: UInt64) throws {
        var commands = RandomRoomCommands(seed: seed)
        var state = WaitingRoomState()
        var (audit, position, admitted) = (RoomAudit(), Int64(0), 0)
        for _ in 0..<500 {
            let (command, clock) = try commands.next(on: state)
            for event in (try? state.decide(command, now: clock)) ?? [] {
                state.evolve(event)
                position += 1
                state.didRecord(event, at: position)
                try audit.next(event, at: position)
                admitted += [event].admitted.count
            }
        }
        #expect(audit.admittedCount == admitted)
        let published = try #require(audit.published)
        if state.order.isEmpty {
            #expect(throws: PublishedDraw.Fault.notHeld) { try published.verify() }
        } else {
            try published.verify()
            #expect(published.order == state.order.map { state.ids[Int($0)].rawValue })
        }
    }

    /// The on-sale of twelve people, who are admitted one by one.
    private func onSale() throws -> [RoomEvent] {
        var room = try SampleRoom(SampleRoom.settings { $0.draw = SampleRoom.terms })
        try room.join((1...10).map { "u\($0)" }, at: 110)
        try room.run(.join(EntryID("late"), UserID("late")), at: 200)
        try room.draw(at: 201)
        try room.run(.join(EntryID("later"), UserID("later")), at: 202)
        for second in 202...220 { try room.run(.advance(limit: 10), at: Double(second)) }
        #expect(room.events.admitted.count == 12)
        return room.events
    }

    @Test func `finds every pair that changed places`() throws {
        let events = try onSale()
        #expect(try audit(events).admittedCount == 12)
        let admissions = events.indices.filter { if case .admitted = events[$0] { true } else { false } }
        for first in admissions {
            for second in admissions where first < second {
                var swapped = events
                swapped.swapAt(first, second)
                #expect(isRefused(swapped))
            }
        }
    }

    @Test func `finds whatever is missing`() throws {
        let events = try onSale()
        for index in events.indices {
            var fewer = events
            let removed = fewer.remove(at: index)
            // Without the last admission nobody is overtaken.
            #expect(isRefused(fewer) || index == events.indices.last, "\(removed)")
        }
    }

    @Test func `finds a room that opened without its draw`() throws {
        let events = try onSale().filter { if case .drawHeld = $0 { false } else { true } }
        #expect(throws: RoomAudit.Fault.self) { try audit(events) }
    }
}

@Suite struct `A published draw` {
    private func draw(_ change: (inout PublishedDraw) -> Void = { _ in }) -> PublishedDraw {
        let entrants = (0..<20).map { EntryID("e\($0)") }
        var record = DrawRecord()
        record.parties = [
            DrawRecord.Party(
                name: "instance", commitment: Draw.sha256(SampleRoom.instanceSeed), seed: SampleRoom.instanceSeed),
            DrawRecord.Party(
                name: "artist", commitment: Draw.sha256(SampleRoom.artistSeed), seed: SampleRoom.artistSeed),
        ]
        record.beacon = SampleRoom.terms.beacon
        record.beaconValue = DrawRecord.BeaconValue(
            randomness: Draw.sha256(SampleRoom.signature), signature: SampleRoom.signature)
        record.seal = DrawRecord.Seal(position: 99, hash: SampleRoom.logHash)
        let order = Draw.order(of: entrants, key: record.key, hash: SampleRoom.logHash).map { entrants[$0] }
        var draw = PublishedDraw(
            show: SampleRoom.show, phase: .open, record: record, closedAt: 99, entrants: entrants, order: order)
        change(&draw)
        return draw
    }

    private func fault(_ change: (inout PublishedDraw) -> Void) -> PublishedDraw.Fault? {
        do {
            try draw(change).verify()
            return nil
        } catch { return error }
    }

    @Test func `verifies`() throws { try draw().verify() }

    @Test func `with anything changed does not`() {
        #expect(fault { $0.order?.swapAt(4, 5) }.map { "\($0)" }?.hasPrefix("number 5 is") == true)
        #expect(fault { $0.order?.removeLast() } == .count(20, 19))
        #expect(fault { $0.order = nil } == .notHeld)
        #expect(fault { $0.entrants.append("e0") } == .entrantTwice)
        #expect(fault { $0.entrants[3] = "x" } != nil)
        #expect(fault { $0.commitments[1].seed = $0.commitments[0].seed } == .seed("artist"))
        #expect(fault { $0.commitments[0].seed = nil } == .seed("instance"))
        #expect(fault { $0.commitments[0].seed = "zz" } == .seed("instance"))
        #expect(fault { $0.commitments[0].forfeited = true } != nil)
        #expect(fault { $0.commitments.swapAt(0, 1) } != nil)
        #expect(fault { $0.beacon?.randomness = $0.logHash } == .beacon)
        #expect(fault { $0.beacon?.signature = nil } == .beacon)
        #expect(fault { $0.beacon = nil } != nil)
        #expect(fault { $0.logHash = nil } == .logHash)
        #expect(fault { $0.logHash = $0.commitments[0].commitment } != nil)
        #expect(fault { $0.algorithm = "none" } == .algorithm("none"))
    }
}
