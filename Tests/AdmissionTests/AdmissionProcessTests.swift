import Admission
import Domain
import EventLog
import Following
import Inlets
import Projection
import Sequencing
import TestSupport
import Testing

@Suite("The admission process", .timeLimit(.minutes(2)))
struct AdmissionProcessTests {
    private static func open(perMinute: Int = 600, slots: Int = 2) -> RoomSettings {
        RoomSettings(opensAt: BoxOffice.opensAt, admitPerMinute: perMinute, maxActive: slots)
    }

    @Test("It admits people in turn, and the next one when an order is completed or somebody is done")
    func inTurn() async throws {
        try await BoxOffice.open { office in
            try await office.configure(Self.open())
            try await office.join("ann", "bob", "cat", "dan")
            try await office.admitting {
                try await office.eventuallyAdmitted(["ann", "bob"])
                office.clock.advance(seconds: 1)
                try await office.buy(1, by: "ann")
                try await office.eventuallyAdmitted(["ann", "bob", "cat"])
                #expect(try await office.ended == ["ann": .done])
                try await office.room(.leave(BoxOffice.entry("bob"), UserID("bob")))
                try await office.eventuallyAdmitted(["ann", "bob", "cat", "dan"])
                // The show learns it too, of who gave an admission back; a completed order it knew before the room did.
                try await eventually("the show ends bob's admission") {
                    try await office.events.contains {
                        guard case .admission(.ended(let ended))? = $0 as? ShowEvent else { return false }
                        return ended.entryID == BoxOffice.entry("bob")
                    }
                }
                let ends = try await office.events.count {
                    if case .admission(.ended)? = $0 as? ShowEvent { true } else { false }
                }
                #expect(ends == 1)
            }
        }
    }

    @Test("It has the show require admissions, and no longer when the room ends")
    func rule() async throws {
        try await BoxOffice.open { office in
            try await office.configure(Self.open())
            try await office.admitting {
                try await eventually("the show requires it") {
                    office.view.read { view, _ in view.requiring == [BoxOffice.show] }
                }
                try await office.room(.end(reason: nil))
                try await eventually("the show requires it no more") {
                    office.view.read { view, _ in view.requiring.isEmpty }
                }
            }
        }
    }

    @Test("A hold with an admission claims it; who holds nothing in time misses it, and others come in")
    func claims() async throws {
        try await BoxOffice.open { office in
            var settings = Self.open()
            settings.claimSeconds = 10
            settings.sessionMinutes = 1
            try await office.configure(settings)
            try await office.join("ann", "bob", "cat", "dan")
            try await office.admitting {
                try await office.eventuallyAdmitted(["ann", "bob"])
                try await eventually("the show requires it") {
                    office.view.read { view, _ in view.requiring == [BoxOffice.show] }
                }
                office.clock.advance(seconds: 9)
                #expect(try await office.hold(1, by: "ann").outcome == .accepted)
                try await eventually("ann's admission is claimed") {
                    try await office.roomEvents.contains {
                        if case .claimed(let claimed) = $0 { claimed.userID == UserID("ann") } else { false }
                    }
                }
                office.clock.advance(seconds: 1)
                #expect(try await office.hold(2, by: "bob").outcome == .rejected(.admissionExpired))
                office.clock.advance(seconds: Inlet.claimGraceSeconds)
                try await office.eventuallyAdmitted(["ann", "bob", "cat"])
                #expect(try await office.ended == ["bob": .missed])
                office.clock.advance(seconds: 60)
                try await office.eventuallyAdmitted(["ann", "bob", "cat", "dan"])
                #expect(try await office.ended["ann"] == .expired)
            }
        }
    }

    @Test("Two of them admit no more than one does, and another goes on where one stops")
    func two() async throws {
        try await BoxOffice.open { office in
            try await office.configure(Self.open(perMinute: 120, slots: 100))
            let names = (0..<12).map { "p\($0)" }
            for name in names { try await office.join(name) }
            try await office.admitting {
                try await office.admitting {
                    // A burst is a second's worth.
                    try await office.eventuallyAdmitted(Array(names.prefix(2)))
                    office.clock.advance(seconds: 1)
                    try await office.eventuallyAdmitted(Array(names.prefix(4)))
                }
                office.clock.advance(seconds: 1)
                try await office.eventuallyAdmitted(Array(names.prefix(6)))
            }
            office.clock.advance(seconds: 1)
            let before = try await office.admitted
            #expect(before == Array(names.prefix(6)))
            try await office.admitting {
                for count in stride(from: 8, through: 12, by: 2) {
                    try await office.eventuallyAdmitted(Array(names.prefix(count)))
                    office.clock.advance(seconds: 1)
                }
            }
        }
    }

    @Test("It closes the draw's set, seals it with the log's hash there, reveals the instance's seed and draws")
    func draw() async throws {
        try await BoxOffice.open { office in
            var settings = Self.open(perMinute: 600, slots: 10)
            settings.prequeueFrom = BoxOffice.opensAt
            settings.opensAt = BoxOffice.opensAt.adding(seconds: 100)
            try await office.configure(settings)
            let names = (0..<6).map { "p\($0)" }
            for name in names { try await office.join(name) }
            try await office.admitting {
                office.clock.advance(seconds: 100)
                try await eventually("all are admitted") { try await office.admitted.count == 6 }
            }
            let events = try await office.roomEvents
            let sealed = events.compactMap { if case .drawSealed(let sealed) = $0 { sealed } else { nil } }
            let seal = try #require(sealed.first)
            #expect(sealed.count == 1)
            let batches = await office.log.batches(after: .start, limit: .max)
            let closing = try #require(batches.first { $0.events.contains { $0.position == seal.position } })
            #expect(closing.hash == seal.hash)
            let entries = names.map(BoxOffice.entry)
            let order = Draw.order(of: entries, key: BoxOffice.seed, hash: seal.hash)
            #expect(try await office.admitted == order.map { names[$0] })
        }
    }

    @Test("It ends the room of a cancelled show")
    func cancelled() async throws {
        try await BoxOffice.open { office in
            try await office.configure(Self.open())
            try await office.submit(ShowCommand.cancelShow, on: StreamID(BoxOffice.show))
            try await office.admitting {
                try await eventually("the room ends") {
                    office.view.read { view, _ in view.rooms[BoxOffice.show]?.hasEnded == true }
                }
            }
        }
    }

    @Test("Its view is its fold, and comes back from a snapshot as it was")
    func snapshots() async throws {
        try await BoxOffice.open { office in
            var settings = Self.open(perMinute: 6_000, slots: 3)
            settings.prequeueFrom = BoxOffice.opensAt
            settings.opensAt = BoxOffice.opensAt.adding(seconds: 100)
            settings.draw = DrawTerms(parties: [DrawCommitment(party: "press", commitment: Draw.sha256([1]))])
            try await office.configure(settings)
            try await office.join("ann", "bob", "cat", "dan")
            try await office.admitting {
                office.clock.advance(seconds: 100)
                try await eventually("the instance's seed is revealed") {
                    office.view.read { view, _ in view.rooms[BoxOffice.show]?.inlet.instanceIsRevealed == true }
                }
                try await office.room(.forfeit(party: "press"))
                try await eventually("three are admitted") { try await office.admitted.count == 3 }
                let first = try await office.admitted[0]
                try await office.room(.claim(BoxOffice.entry(first), UserID(first)))
            }
            let events = await office.log.events(after: 0, limit: .max).map(FollowedEvent.init)
            for count in 0...events.count {
                var whole = Inlets()
                for event in events.prefix(count) { try whole.fold(try event.event.get(), in: event.context) }
                var restored = try Inlets(encoded: whole.encoded)
                for event in events.dropFirst(count) {
                    try whole.fold(try event.event.get(), in: event.context)
                    try restored.fold(try event.event.get(), in: event.context)
                }
                #expect(restored.encoded == whole.encoded, "\(count) events")
                #expect(restored.rooms == whole.rooms)
            }
        }
    }
}

@Suite("What the admission process proposes next")
struct AdmissionMachineTests {
    private let show = BoxOffice.show

    private func view(_ events: [any DomainEvent]) throws -> Inlets {
        var view = Inlets()
        for (index, event) in events.enumerated() {
            let stream = event is RoomEvent ? show.roomStream : StreamID(show)
            try view.fold(
                event,
                in: EventContext(position: Int64(index + 1), stream: stream, recordedAt: BoxOffice.opensAt))
        }
        return view
    }

    private var configured: [any DomainEvent] {
        let settings = RoomSettings(opensAt: BoxOffice.opensAt, admitPerMinute: 60, maxActive: 1)
        return [
            RoomEvent.configured(
                RoomConfigured(
                    showID: show, settings: settings, instanceCommitment: [], phase: .closed, at: BoxOffice.opensAt)),
            RoomEvent.phaseChanged(RoomPhaseChanged(phase: .open, at: BoxOffice.opensAt)),
        ]
    }

    private var joined: RoomEvent {
        .joined(EntryJoined(entryID: BoxOffice.entry("ann"), userID: UserID("ann"), number: 1, at: BoxOffice.opensAt))
    }

    @Test("One round of a room at a time, and a rest after one that came to nothing") func rounds() throws {
        let view = try view(configured + [joined])
        var machine = AdmissionMachine()
        let first = machine.rounds(of: view, at: BoxOffice.opensAt, now: .zero)
        #expect(first.map(\.steps) == [[.require(true), .advance]])
        #expect(first.first?.position == 3)
        #expect(machine.rounds(of: view, at: BoxOffice.opensAt, now: .zero).isEmpty)
        machine.finished(show, .changed, refused: [], now: .zero)
        #expect(machine.rounds(of: view, at: BoxOffice.opensAt, now: .zero).count == 1)
        machine.finished(show, .failed, refused: [.require(true)], now: .zero)
        #expect(machine.rounds(of: view, at: BoxOffice.opensAt, now: .milliseconds(99)).isEmpty)
        let later = machine.rounds(of: view, at: BoxOffice.opensAt, now: AdmissionMachine.pause)
        #expect(later.map(\.steps) == [[.advance]])
        machine.finished(show, .unchanged, refused: [], now: AdmissionMachine.pause)
        let again = machine.rounds(of: view, at: BoxOffice.opensAt, now: AdmissionMachine.refusedPause)
        #expect(again.map(\.steps) == [[.require(true), .advance]])
    }

    @Test("Nothing of a room that has ended, but that its show is open to all") func ended() throws {
        let end = RoomEvent.phaseChanged(RoomPhaseChanged(phase: .ended, at: BoxOffice.opensAt))
        let rule = ShowEvent.admission(.ruleChanged(AdmissionRuleChanged(isRequired: true, at: BoxOffice.opensAt)))
        #expect(try view(configured + [joined, end]).steps(of: show, at: BoxOffice.opensAt, limit: 9).isEmpty)
        #expect(
            try view(configured + [rule, joined, end]).steps(of: show, at: BoxOffice.opensAt, limit: 9)
                == [.require(false)])
        let cancelled = ShowEvent.cancelled(ShowCancelled(orders: 0, cancelledAt: BoxOffice.opensAt))
        #expect(
            try view(configured + [rule, cancelled]).steps(of: show, at: BoxOffice.opensAt, limit: 9) == [.end])
    }
}
