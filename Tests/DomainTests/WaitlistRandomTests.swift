@testable import Domain
import SeededRandom
import Testing

@Suite struct `Whatever is asked of a show with a waiting list` {
    /// The list that the audit keeps is the oracle: everybody in the order in which they joined, and all of them asked.
    @Test(arguments: 1...60)
    func `nobody is passed over, no place has two owners, and no refusal changes anything`(seed: UInt64) throws {
        var commands = RandomCommands(seed: 40_000 + seed, waits: true)
        var state = ShowState(commands.show)
        var ledger = Ledger(commands.show)
        var audit = FairnessAudit()
        try audit.apply(.created(commands.show), at: 1)
        var records: [OrderID: OrderRecord] = [:]
        for _ in 0..<350 {
            let (command, clock) = commands.next(on: state)
            let before = state.snapshot
            do {
                let events = try state.decide(command, now: clock)
                #expect(state.snapshot == before)
                var performed = state
                #expect(try performed.perform(command, now: clock).map(\.event) == events)
                for event in events {
                    state.evolve(event)
                    ledger.apply(event)
                    state.didRecord(event, at: ledger.position)
                    for id in OrderRecord.ids(in: event) {
                        if case .order(.started(let started)) = event {
                            records[id] = OrderRecord(started, show: SampleShow.id, at: ledger.position)
                        }
                        records[id]?.apply(event, at: ledger.position)
                    }
                    try audit.apply(event, at: ledger.position)
                }
                try audit.endCommand()
                if !events.isEmpty {
                    #expect(audit.waiting == state.waiting)
                    for event in events { performed.didRecord(event, at: 0) }
                    #expect(performed.waitlist == state.waitlist)
                }
            } catch let rejection as Rejection {
                #expect(Rejection.Code.ofShows.contains(rejection.code))
                #expect(state.snapshot == before)
            }
            ledger.check(state)
        }
    }

    @Test func `everything that can happen does`() throws {
        var kinds: [String: Int] = [:]
        var (passed, behind, accepted) = (0, 0, 0)
        for seed: UInt64 in 1...100 {
            var commands = RandomCommands(seed: 41_000 + seed, waits: true)
            var state = ShowState(commands.show)
            for _ in 0..<400 {
                let (command, now) = commands.next(on: state)
                guard
                    case .success(let events) = Result(catching: { () throws(Rejection) in
                        try state.run(command, at: now)
                    })
                else { continue }
                for kind in events.kinds { kinds[kind, default: 0] += 1 }
                passed += events.offers.count { !$0.passed.isEmpty }
                behind += state.waitlist.isBehind ? 1 : 0
                for case .order(.sold(let sold)) in events where sold.holdID.rawValue.hasPrefix("w") { accepted += 1 }
            }
        }
        for kind in ["Joined", "Left", "Offered", "Closed", "Scheduled"] {
            #expect(kinds["waitlist\(kind)", default: 0] >= 20, "\(kind)")
        }
        #expect(passed >= 20)
        #expect(accepted >= 20)
    }

    @Test(arguments: 1...30)
    func `what was folded in can be taken back, to the same state`(seed: UInt64) throws {
        var commands = RandomCommands(seed: 42_000 + seed, waits: true)
        var random = SeededGenerator(seed: seed)
        var state = ShowState(commands.show)
        var position: Int64 = 0
        for _ in 0..<80 {
            var undos: [ShowState.Undo] = []
            var events: [ShowEvent] = []
            var states = [state.snapshot]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let (command, now) = commands.next(on: state)
                do {
                    for (event, undo) in try state.perform(command, now: now) {
                        events.append(event)
                        undos.append(undo)
                    }
                    states.append(state.snapshot)
                } catch {
                    #expect(state.snapshot == states.last, "\(error)")
                }
            }
            guard random.next() % 2 == 0 else {
                for event in events {
                    position += 1
                    state.didRecord(event, at: position)
                }
                continue
            }
            for undo in undos.reversed() { state.revert(undo) }
            #expect(state.snapshot == states[0])
        }
    }

    @Test(arguments: 1...20)
    func `a fold of the events is the same list`(seed: UInt64) throws {
        var commands = RandomCommands(seed: 43_000 + seed, waits: true)
        var state = ShowState(commands.show)
        var events: [ShowEvent] = []
        for _ in 0..<250 {
            let (command, now) = commands.next(on: state)
            do {
                for (event, _) in try state.perform(command, now: now) {
                    events.append(event)
                    state.didRecord(event, at: Int64(events.count))
                }
            } catch {
                continue
            }
        }
        var fold = ShowState(commands.show)
        for (index, event) in events.enumerated() {
            fold.evolve(event)
            fold.didRecord(event, at: Int64(index) + 1)
        }
        var live = state.snapshot
        live.layout = fold.snapshot.layout
        #expect(live == fold.snapshot)
    }

    @Test(arguments: 1...20)
    func `every number stays in its queue`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var (set, model) = (NumberSet(), Set<Int>())
        for _ in 0..<6_000 {
            let number = Int.random(in: 0...3_000, using: &random)
            if random.next() % 3 == 0 {
                set.remove(number)
                model.remove(number)
            } else {
                set.insert(number)
                model.insert(number)
            }
            #expect(set.first == model.min() && set.count == model.count)
        }
        #expect(Array(set.all) == model.sorted())
        #expect((0...3_000).allSatisfy { set.contains($0) == model.contains($0) })
    }
}

extension FairnessAudit {
    fileprivate var waiting: [String] { entries.filter { !$0.isOffered }.map(\.joined.entryID.rawValue) }
}

@Suite struct `The audit of fairness` {
    /// What happened to a show, command by command.
    private struct Log {
        var commands: [[ShowEvent]] = []

        /// The first unfair grant.
        var verdict: FairnessAudit.Unfair? {
            var audit = FairnessAudit()
            var position: Int64 = 0
            do throws(FairnessAudit.Unfair) {
                for events in commands {
                    for event in events {
                        position += 1
                        try audit.apply(event, at: position)
                    }
                    try audit.endCommand()
                }
            } catch {
                return error
            }
            return nil
        }
    }

    /// Four seats, held; three people wait for one each, and one for two. The last command frees a seat.
    private func log() throws -> Log {
        let created = SampleShow.created(rows: ["AAAA"], holdSeconds: 3_600)
        var show = ShowState(created)
        var log = Log(commands: [[.created(created)]])
        let commands: [ShowCommand] =
            (1...4).map { .hold("h\($0)", by: "owner", seats: ["1-\($0)"]) } + [
                .join("pair", by: "p", 2), .join("w1", by: "a", 1), .join("w2", by: "b", 1), .join("w3", by: "c", 1),
                .release("h2", by: "owner"),
            ]
        for command in commands { log.commands.append(try show.run(command, at: .at(5))) }
        return log
    }

    @Test func `finds nothing where everything is fair`() throws {
        #expect(try log().verdict == nil)
    }

    @Test func `finds an offer to somebody later`() throws {
        var log = try log()
        let last = log.commands.count - 1
        log.commands[last] = log.commands[last].map { event in
            switch event {
            case .waitlist(.offered(var offered)):
                (offered.entryID, offered.userID) = (WaitlistEntryID("w2"), UserID("b"))
                offered.holdID = HoldID("w2")
                return .waitlist(.offered(offered))
            case .hold(.placed(var placed)):
                (placed.holdID, placed.userID) = (HoldID("w2"), UserID("b"))
                placed.offerOf = WaitlistEntryID("w2")
                return .hold(.placed(placed))
            default: return event
            }
        }
        #expect(try #require(log.verdict).entry == WaitlistEntryID("w1"))
    }

    @Test func `finds somebody who is skipped`() throws {
        var log = try log()
        log.commands[log.commands.count - 1].removeLast(2)
        let verdict = try #require(log.verdict)
        #expect(verdict.entry == WaitlistEntryID("w1"))
        #expect(verdict.position == 11)
    }

    @Test func `finds a freed place that somebody else takes`() throws {
        var log = try log()
        let last = log.commands.count - 1
        guard case .hold(.placed(var stolen))? = log.commands[last].last else {
            throw UnexpectedEvents(log.commands[last])
        }
        (stolen.holdID, stolen.userID, stolen.offerOf) = (HoldID("mine"), UserID("x"), nil)
        log.commands[last] = [log.commands[last][0], .hold(.placed(stolen))]
        #expect(try #require(log.verdict).entry == WaitlistEntryID("w1"))
    }

    @Test func `finds an offer of what nobody waits for`() throws {
        var log = try log()
        let last = log.commands.count - 1
        guard case .waitlist(.offered(var offered)) = log.commands[last][1],
            case .hold(.placed(var placed)) = log.commands[last][2]
        else { throw UnexpectedEvents(log.commands[last]) }
        (offered.entryID, offered.userID, offered.holdID) = (WaitlistEntryID("pair"), UserID("p"), HoldID("pair"))
        (placed.holdID, placed.userID, placed.offerOf) = (HoldID("pair"), UserID("p"), WaitlistEntryID("pair"))
        log.commands[last] = [log.commands[last][0], .waitlist(.offered(offered)), .hold(.placed(placed))]
        #expect(try #require(log.verdict).entry == WaitlistEntryID("pair"))
    }

    @Test func `finds a list that is closed for no reason`() throws {
        var log = try log()
        log.commands.append([.waitlist(.closed(WaitlistClosed(reason: .saleEnded, closedAt: .at(6))))])
        #expect(log.verdict != nil)
        log.commands[log.commands.count - 1] = [
            .waitlist(.closed(WaitlistClosed(wish: WaitlistWish(quantity: 2), reason: .noSuchPlaces, closedAt: .at(6))))
        ]
        #expect(log.verdict != nil)
    }

    @Test func `finds somebody who gets free places while offers are due`() throws {
        var log = try log()
        let last = log.commands.count - 1
        guard case .hold(.placed(var placed))? = log.commands[last].last else {
            throw UnexpectedEvents(log.commands[last])
        }
        (placed.holdID, placed.userID, placed.offerOf) = (HoldID("mine"), UserID("x"), nil)
        log.commands[last] = [
            log.commands[last][0],
            .waitlist(.scheduled(WaitlistScheduled(dueAt: .at(5), isBehind: true, scheduledAt: .at(5)))),
        ]
        #expect(log.verdict == nil)
        log.commands.append([.hold(.placed(placed))])
        #expect(log.verdict != nil)
    }
}
