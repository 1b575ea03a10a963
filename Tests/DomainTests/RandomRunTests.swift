@testable import Domain
import SeededRandom
import Testing

@Suite struct `Whatever is asked of a show` {
    @Test(arguments: 1...60)
    func `no place has two owners, none is lost, and a refusal is justified`(seed: UInt64) throws {
        var commands = RandomCommands(seed: seed)
        var state = ShowState(commands.show)
        var ledger = Ledger(commands.show)
        var accepted = 0
        for _ in 0..<250 {
            let (command, clock) = commands.next()
            let now = max(clock, state.lastDecidedAt)
            let version = state.version
            do {
                let events = try state.run(command, at: clock)
                for event in events { ledger.apply(event) }
                #expect(state.version == version + Int64(events.count))
                accepted += events.isEmpty ? 0 : 1
            } catch {
                judge(error, command, ledger, now)
                #expect(state.version == version)
            }
            ledger.check(state)
        }
        #expect(accepted > 0)
    }

    private func judge(_ rejection: Rejection, _ command: ShowCommand, _ ledger: Ledger, _ now: Timestamp) {
        switch (rejection, command) {
        case (.notOnSale(let until), .placeHold): #expect(now < until)
        case (.holdNotFound, .releaseHold(let id, let user)):
            let hold = ledger.holds[id]
            #expect(hold == nil || hold?.userID != user || (hold?.expiresAt ?? now) <= now)
        case (.seatsUnavailable(let conflicts), .placeHold(let hold)):
            #expect(!conflicts.isEmpty)
            switch hold.selection {
            case .named(let seats, let areas): #expect(!ledger.canHave(seats: seats, areas: areas, at: now))
            case .best(let quantity, let category):
                let available = ledger.available(category: category, at: now)
                #expect(available < quantity)
                #expect(conflicts == [.quantity(available: available)])
            }
        case (.tooManySeats(let limit), .placeHold): #expect(limit == ledger.show.maxSeatsPerHold)
        case (.emptyHold, .placeHold), (.duplicateSeat, .placeHold), (.unknownSeat("nowhere"), .placeHold),
            (.unknownArea("nowhere"), .placeHold), (.unknownCategory, .placeHold):
            break
        default: Issue.record("\(rejection) of \(command)")
        }
    }

    /// The sequencer decides ahead of the log and takes back what did not get in.
    @Test(arguments: 1...40)
    func `what was folded in can be taken back, to the same state`(seed: UInt64) throws {
        var commands = RandomCommands(seed: 10_000 + seed)
        var random = SeededGenerator(seed: seed)
        var state = ShowState(commands.show)
        for _ in 0..<60 {
            let before = state.snapshot
            var undos: [ShowState.Undo] = []
            var states = [before]
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let (command, now) = commands.next()
                do {
                    for event in try state.decide(command, now: now) {
                        undos.append(state.evolve(event))
                        states.append(state.snapshot)
                    }
                } catch {
                    continue
                }
            }
            // Some batches fail, some succeed.
            guard random.next() % 2 == 0 else { continue }
            for undo in undos.reversed() {
                states.removeLast()
                state.revert(undo)
                #expect(state.snapshot == states.last)
            }
            #expect(state.snapshot == before)
        }
    }

    @Test func `a show's creation can be taken back`() {
        var state = ShowState.initial
        let undo = state.evolve(.created(SampleShow.created(rows: ["AA"])))
        state.revert(undo)
        #expect(state.snapshot == ShowState.initial.snapshot)
    }

    @Test(arguments: 1...20)
    func `a fold of the events is the same state, and the same command gives the same answer`(seed: UInt64) throws {
        var commands = RandomCommands(seed: 20_000 + seed)
        var state = ShowState(commands.show)
        var events: [ShowEvent] = []
        for _ in 0..<100 {
            let (command, now) = commands.next()
            let first = Result { () throws(Rejection) in try state.decide(command, now: now) }
            #expect(first == Result { () throws(Rejection) in try state.decide(command, now: now) })
            guard case .success(let decided) = first else { continue }
            for event in decided { state.evolve(event) }
            events += decided
        }
        var fold = ShowState(commands.show)
        for event in events { fold.evolve(event) }
        var live = state.snapshot
        live.layout = fold.snapshot.layout
        #expect(live == fold.snapshot)
    }
}

@Suite struct `Events that no decider made` {
    /// A log may hold what another version or another hand wrote: nonsense must not end the process.
    @Test(arguments: 1...40)
    func `are folded in without a trap, and taken back`(seed: UInt64) {
        var random = SeededGenerator(seed: 30_000 + seed)
        var commands = RandomCommands(seed: seed)
        var state = random.next() % 4 == 0 ? ShowState.initial : ShowState(commands.show)
        for _ in 0..<100 {
            let before = state.snapshot
            let undo = state.evolve(nonsense(&random))
            if random.next() % 3 == 0 {
                state.revert(undo)
                #expect(state.snapshot == before)
            }
            let (command, now) = commands.next()
            do {
                _ = try state.decide(command, now: now)
            } catch {
                continue
            }
        }
    }

    private func nonsense(_ random: inout SeededGenerator) -> ShowEvent {
        let seats = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            random.next() % 8 == 0 ? Int(UInt32.max) : Int.random(in: 0...40, using: &random)
        }
        let areas = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            AreaQuantity(
                areaID: AreaID("area-\(random.next() % 4)"),
                quantity: random.next() % 8 == 0 ? Int(UInt32.max) : Int.random(in: 0...9, using: &random))
        }
        let hold = HoldID("n\(random.next() % 20)")
        let at = Timestamp(microseconds: random.next() % 10 == 0 ? .min : Int64.random(in: 0...100_000_000, using: &random))
        if random.next() % 2 == 0 {
            let end = HoldEnded(holdID: hold, userID: UserID("ann"), seatIndexes: seats, areas: areas, endedAt: at)
            return random.next() % 2 == 0 ? .holdReleased(end) : .holdExpired(end)
        }
        return .holdPlaced(
            HoldPlaced(
                holdID: hold, userID: UserID("ann"), seats: seats.map { HeldSeat(index: $0, guid: "?") }, areas: areas,
                total: .max, currency: "EUR", placedAt: at, expiresAt: at.adding(seconds: 5)))
    }
}
