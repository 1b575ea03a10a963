@testable import Domain
import SeededRandom
import Testing

@Suite struct `Whatever is asked of a show` {
    @Test(arguments: 1...60)
    func `no place has two owners, none is lost, and a refusal is justified`(seed: UInt64) throws {
        var commands = RandomCommands(seed: seed)
        var state = ShowState(commands.show)
        var ledger = Ledger(commands.show)
        var records: [OrderID: OrderRecord] = [:]
        var accepted = 0
        for _ in 0..<400 {
            let (command, clock) = commands.next(on: state)
            let now = max(clock, state.lastDecidedAt)
            let before = state.snapshot
            do {
                let events = try state.decide(command, now: clock)
                ledger.checkAdmission(to: command, at: now)
                for event in events {
                    state.evolve(event)
                    ledger.apply(event)
                    state.didRecord(event, at: ledger.position)
                    fold(event, at: ledger.position, into: &records)
                    ledger.check(records)
                }
                // A report of scans of which none counts changes nothing but the time of the last decision, if that. A show may
                // be described as it was described before.
                let isReport = if case .ticket(.scansUploaded)? = events.last { true } else { false }
                let isDescription = if case .change = command { true } else { false }
                #expect(events.isEmpty == (state.snapshot == before) || isReport || isDescription)
                accepted += events.isEmpty ? 0 : 1
            } catch {
                judge(error, command, ledger, now)
                #expect(state.snapshot == before)
            }
            ledger.check(state)
        }
        #expect(accepted > 0)
    }

    /// What never happens in the runs above is not tried by them.
    @Test func `everything that can happen does`() throws {
        var kinds: [String: Int] = [:]
        var (resold, regranted, extended) = (0, 0, 0)
        for seed: UInt64 in 1...140 {
            var commands = RandomCommands(seed: seed)
            var state = ShowState(commands.show)
            for _ in 0..<700 {
                let (command, clock) = commands.next(on: state)
                guard
                    case .success(let events) = Result(catching: { () throws(Rejection) in
                        try state.run(command, at: clock)
                    })
                else { continue }
                for kind in events.kinds { kinds[kind, default: 0] += 1 }
                resold += events.sale?.resold.count ?? 0
                regranted += events.sale?.wasHeld == false ? 1 : 0
                extended += events.started?.extendsHold == true ? 1 : 0
            }
        }
        let expected = [
            "holdPlaced", "holdReleased", "holdExpired", "purchaseStarted", "seatsSold", "purchaseFailed",
            "paymentCaptured",
            "paymentVoided", "paymentRefunded", "paymentParked", "paymentResumed", "ticketsReturned", "ticketScanned",
            "ticketChanged", "ticketLeft", "scanUndone", "scansUploaded", "showCancelled", "paymentActionRequired",
            "providerRefunded",
            "disputeChanged", "paymentAccepted", "ticketsSuspended", "ticketsRestored",
            "showChanged", "placesChanged", "allocationsChanged", "holdChanged", "admissionRuleChanged",
            "admissionEnded", "ticketsSwapped",
        ]
        for kind in expected { #expect(kinds[kind, default: 0] >= 5, "\(kind)") }
        #expect(resold >= 5)
        #expect(regranted >= 5)
        #expect(extended >= 5)
    }

    private func fold(_ event: ShowEvent, at position: Int64, into records: inout [OrderID: OrderRecord]) {
        for id in OrderRecord.ids(in: event) {
            if case .order(.started(let started)) = event {
                #expect(records.updateValue(OrderRecord(started, show: SampleShow.id, at: position), forKey: id) == nil)
            } else {
                records[id]?.apply(event, at: position)
                #expect(records[id]?.position == position)
            }
        }
    }

    private func judge(_ rejection: Rejection, _ command: ShowCommand, _ ledger: Ledger, _ now: Timestamp) {
        let ledger = ledger.released(at: now)
        switch (rejection.code, command) {
        case (.notOnSale, .placeHold), (.notOnSale, .changeHold): #expect(now < rejection.time)
        case (.saleEnded, .placeHold), (.saleEnded, .changeHold): #expect(now >= rejection.time)
        case (.showPostponed, .placeHold), (.showPostponed, .changeHold): #expect(ledger.show.isPostponed)
        case (.admissionRequired, .placeHold(let hold)), (.admissionExpired, .placeHold(let hold)):
            #expect(ledger.refusal(hold.admission, of: hold.userID, at: now) == rejection)
        case (.admissionRequired, .changeHold(let change)), (.admissionExpired, .changeHold(let change)):
            #expect(ledger.refusal(change.admission, of: change.userID, at: now) == rejection)
        case (.showCancelled, .requireAdmission): #expect(ledger.isCancelled)
        case (.showNotFound, .endAdmission(let entry)): #expect(entry.show != ledger.show.showID)
        case (.userLimit, .placeHold(let hold)): #expect(ledger.isBeyondShare(hold.userID, at: now))
        case (.userLimit, .changeHold(let change)): #expect(ledger.isBeyondShare(change.userID, at: now))
        case (.unknownTicketType, .placeHold), (.tooManyOfType, .placeHold), (.notInHold, .placeHold),
            (.tooManyOfType, .changeHold):
            #expect(!ledger.show.ticketTypes.isEmpty || rejection.code == .unknownTicketType)
        case (_, .changeHold(let change)): #expect(ledger.isJustified(rejection, of: change, at: now), "\(rejection)")
        case (.holdNotFound, .extendHold(let id, let user)): #expect(ledger.isGone(id, for: user, at: now))
        case (.purchaseInProgress, .extendHold(let id, _)): #expect(ledger.holds[id]?.order != nil)
        case (.holdAtLimit, .extendHold(let id, _)): #expect(ledger.holds[id]?.placed.expiresAt == rejection.time)
        case (.showCancelled, .change), (.showCancelled, .allocate): #expect(ledger.isCancelled)
        case (.unchargeable, .change): #expect(rejection.subject == "EUR")
        case (.invalidChange, .change), (.invalidChange, .allocate): #expect(!rejection.subject.isEmpty)
        case (.placesInUse, .change), (.seatsUnavailable, .allocate): #expect(!rejection.conflicts.isEmpty)
        case (.unknownSeat, .allocate): break
        case (.holdNotFound, .releaseHold(let id, let user)):
            #expect(ledger.isGone(id, for: user, at: now))
        case (.purchaseInProgress, .releaseHold(let id, _)): #expect(ledger.holds[id]?.order != nil)
        case (.showCancelled, .placeHold), (.showCancelled, .cancelShow): #expect(ledger.isCancelled)
        case (.seatsUnavailable, .placeHold(let hold)):
            #expect(!rejection.conflicts.isEmpty)
            switch hold.selection {
            case .named(let seats, let areas):
                #expect(
                    !hold.channels.isEmpty || !ledger.canHave(seats: seats, areas: areas, by: hold.userID, at: now),
                    "\(rejection) of \(seats) \(areas)")
            case .best(let wanted):
                guard hold.channels.isEmpty else { break }
                let available = ledger.available(wanted, at: now)
                #expect(available < wanted.quantity)
                #expect(rejection.conflicts == [.quantity(available: available)])
            }
        case (.tooManySeats, .placeHold): #expect(rejection.limit == Int64(ledger.show.maxSeatsPerHold))
        case (.unknownArea, .placeHold): #expect(rejection.subject == "nowhere")
        case (.unknownSeat, .placeHold): #expect(!ledger.seats.contains { $0.guid == rejection.subject })
        case (.emptyHold, .placeHold), (.duplicateSeat, .placeHold), (.unknownCategory, .placeHold): break
        case (.unknownZone, .placeHold):
            #expect(ledger.show.seatingPlan?.zones.contains { $0.name == rejection.subject } != true)
        case (.unknownRow, .placeHold(let hold)):
            guard case .best(let wanted) = hold.selection else {
                Issue.record("\(rejection) of \(command)")
                return
            }
            let zones = (ledger.show.seatingPlan?.zones ?? []).filter { ($0.name == wanted.zone ?? $0.name) }
            #expect(!zones.contains { $0.rows.contains { $0.number == rejection.subject } })
        case (.leavesSingleSeat, .placeHold(let hold)):
            #expect(ledger.show.orphans == .enforce)
            #expect(ledger.leavesNone(rejection, insteadOf: hold))
        case (_, .startPurchase(let start)): #expect(ledger.isJustified(rejection, of: start, at: now), "\(rejection)")
        case (_, .payment(let step, let id)):
            #expect(ledger.isJustified(rejection, of: step, id), "\(rejection) of \(step)")
        case (_, .refund(let id, let numbers, let user)):
            #expect(ledger.isJustified(rejection, refunding: numbers, of: id, by: user), "\(rejection)")
        case (_, .swap(let swap)): #expect(ledger.isJustified(rejection, of: swap, at: now), "\(rejection)")
        case (_, .ticket(let step, let id, let user)):
            #expect(ledger.isJustified(rejection, of: step, id, by: user, at: now), "\(rejection) of \(step)")
        case (.showNotFound, .uploadScans): break
        default: Issue.record("\(rejection) of \(command)")
        }
    }

    /// The sequencer decides ahead of the log and takes back what did not get in.
    @Test(arguments: 1...40)
    func `what was folded in can be taken back, to the same state`(seed: UInt64) throws {
        var commands = RandomCommands(seed: 10_000 + seed)
        var random = SeededGenerator(seed: seed)
        var state = ShowState(commands.show)
        var position: Int64 = 0
        for _ in 0..<120 {
            let before = state.snapshot
            var undos: [ShowState.Undo] = []
            var events: [ShowEvent] = []
            var states = [before]
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let (command, now) = commands.next(on: state)
                do {
                    for event in try state.decide(command, now: now) {
                        undos.append(state.evolve(event))
                        events.append(event)
                        states.append(state.snapshot)
                    }
                } catch {
                    continue
                }
            }
            // Some batches fail; those that succeed have their sequence numbers from then on.
            guard random.next() % 2 == 0 else {
                for event in events {
                    position += 1
                    state.didRecord(event, at: position)
                }
                continue
            }
            for undo in undos.reversed() {
                states.removeLast()
                state.revert(undo)
                #expect(state.snapshot == states.last)
            }
            #expect(state.snapshot == before)
        }
    }

    @Test func `a show's creation can be taken back`() {
        var state = ShowState()
        let undo = state.evolve(.created(SampleShow.created(rows: ["AA"])))
        state.revert(undo)
        #expect(state.snapshot == ShowState().snapshot)
    }

    @Test(arguments: 1...20)
    func `a fold of the events is the same state, and the same command gives the same answer`(seed: UInt64) throws {
        var commands = RandomCommands(seed: 20_000 + seed)
        var state = ShowState(commands.show)
        var events: [ShowEvent] = []
        for _ in 0..<250 {
            let (command, now) = commands.next(on: state)
            let first = Result { () throws(Rejection) in try state.decide(command, now: now) }
            #expect(first == Result { () throws(Rejection) in try state.decide(command, now: now) })
            guard case .success(let decided) = first else { continue }
            for event in decided {
                state.evolve(event)
                events.append(event)
                state.didRecord(event, at: Int64(events.count))
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
}

@Suite struct `Events that no decider made` {
    /// A log may hold what another version or another hand wrote: nonsense must not end the process.
    @Test(arguments: 1...40)
    func `are folded in without a trap, and taken back`(seed: UInt64) {
        var random = SeededGenerator(seed: 30_000 + seed)
        var commands = RandomCommands(seed: seed)
        var state = random.next() % 4 == 0 ? ShowState() : ShowState(commands.show)
        var records: [OrderID: OrderRecord] = [:]
        for index in 0..<200 {
            let before = state.snapshot
            let event = nonsense(&random)
            for id in OrderRecord.ids(in: event) {
                if case .order(.started(let started)) = event {
                    records[id] = OrderRecord(started, show: SampleShow.id, at: 1)
                }
                records[id]?.apply(event, at: 1)
                _ = records[id]?.work
            }
            let undo = state.evolve(event)
            state.didRecord(event, at: Int64(index))
            if random.next() % 3 == 0 {
                state.revert(undo)
                #expect(state.snapshot == before)
            }
            let (command, now) = commands.next(on: state)
            do {
                _ = try state.decide(command, now: now)
            } catch {
                continue
            }
        }
    }

    private func nonsense(_ random: inout SeededGenerator) -> ShowEvent {
        func number(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }
        func wild(_ limit: Int) -> Int {
            number(8) == 0 ? [Int(UInt32.max), -1, .max, .min][number(4)] : number(limit)
        }
        func many<T>(_ limit: Int, _ make: () -> T) -> [T] { (0..<number(limit)).map { _ in make() } }
        func amount() -> Int64 { number(3) == 0 ? [.max, .min, .max - 1][number(3)] : Int64(number(9_000)) }
        let areas = many(4) { AreaQuantity(areaID: AreaID("area-\(number(4))"), quantity: number(9)) }
        let ended = many(4) {
            AreaQuantity(areaID: AreaID("area-\(number(4))"), quantity: number(8) == 0 ? Int(UInt32.max) : number(9))
        }
        let (hold, user) = (HoldID("h\(number(20))"), UserID(["ann", "bob"][number(2)]))
        let order = OrderID("o\(number(6))")
        let ticket = TicketID(
            ["\(order)-\(number(5))", "\(order)-\(Int.max)", "\(order)--1", "-", ""][min(4, number(30))])
        let refund = RefundID("\(order)-r\(number(4))")
        let at = Timestamp(microseconds: number(10) == 0 ? .min : Int64.random(in: 0...100_000_000, using: &random))
        let later = at.adding(seconds: 5)
        let captured = PaymentCaptured(orderID: order, userID: user, amount: amount(), capturedAt: at)
        let places = many(5) { HeldSeat(index: wild(40), guid: "?") }
        let end = HoldEnded(
            holdID: hold, userID: user, seatIndexes: many(5) { wild(40) }, resaleSeats: many(3) { wild(40) },
            areas: ended,
            endedAt: at)
        func money() -> MoneyEvent {
            let settled = many(3) { SettledRefund(refundID: refund, amount: amount(), isWhole: number(2) == 0) }
            let numbers = many(4) { wild(5) }
            switch number(6) {
            case 0:
                return .actionRequired(
                    PaymentActionRequired(
                        orderID: order, userID: user, paymentID: "p", sealedSecret: [], requiredAt: at))
            case 1:
                return .refunded(
                    ProviderRefunded(
                        orderID: order, userID: user, paymentID: "p", refundID: "re\(number(3))", amount: amount(),
                        settled: settled, needsDecision: number(2) == 0, recordedAt: at))
            case 2:
                return .disputed(
                    DisputeChanged(
                        orderID: order, userID: user, paymentID: "p", disputeID: "dp",
                        status: DisputeChanged.Status.allCases[number(5)], amount: amount(), reason: "?",
                        settled: settled, needsDecision: number(2) == 0, recordedAt: at))
            case 3:
                return .accepted(PaymentAccepted(orderID: order, userID: user, settled: settled, acceptedAt: at))
            case 4:
                return .suspended(TicketsSuspended(orderID: order, userID: user, tickets: numbers, suspendedAt: at))
            default:
                return .restored(TicketsRestored(orderID: order, userID: user, tickets: numbers, restoredAt: at))
            }
        }
        func placed() -> HoldPlaced {
            HoldPlaced(
                holdID: hold, userID: user, seats: places, resaleSeats: many(3) { wild(40) },
                blockedSeats: many(3) { wild(40) }, areas: ended, total: .max, currency: "EUR", placedAt: at,
                expiresAt: later, admission: number(2) == 0 ? nil : EntryID("show-\(number(4))"))
        }
        switch number(29) {
        case 25:
            return .changed(
                ShowChanged(show: SampleShow.created(limit: number(9)), changedAt: at))
        case 26:
            return .places(
                PlacesChanged(
                    plan: number(2) == 0 ? nil : .unpacked(SampleShow.plan(["AB", "B"])),
                    areas: many(3) { SampleShow.area("area-\(number(4))", number(9)) },
                    previousIndexes: number(2) == 0 ? [0, -1, 2] : many(40) { wild(40) }, changedAt: at))
        case 27:
            return .allocations(
                AllocationsChanged(
                    allocations: many(3) {
                        Allocation(
                            name: "a\(number(3))", channel: number(2) == 0 ? nil : "vip", label: "",
                            seats: many(4) { wild(40) }, areas: areas, releasesAt: number(2) == 0 ? nil : later)
                    }, blockedSeats: many(3) { wild(40) }, freedSeats: many(3) { wild(40) },
                    blockedUnits: many(3) { AreaBlock(areaID: AreaID("area-\(number(4))"), units: wild(9) % 1_000) },
                    changedAt: at))
        case 28:
            return .hold(
                .changed(
                    HoldChanged(
                        hold: placed(), addedSeats: many(3) { wild(40) }, addedAreas: ended,
                        dropped: number(2) == 0 ? nil : end, mergedHolds: many(2) { HoldID("h\(number(20))") },
                        changedAt: at)))
        case 0: return .hold(.released(end))
        case 1: return .hold(.expired(end))
        case 2...4:
            return .hold(.placed(placed()))
        case 5...7:
            return .order(
                .started(
                    PurchaseStarted(
                        orderID: order, holdID: hold, userID: user, paymentMethod: "card", total: amount(),
                        currency: "EUR",
                        startedAt: at, expiresAt: later, extendsHold: number(2) == 0)))
        case 8...10:
            return .order(
                .sold(
                    SeatsSold(
                        orderID: order, holdID: hold, userID: user, seats: places, areas: areas,
                        wasHeld: number(2) == 0,
                        resold: many(3) {
                            ResoldSeat(
                                seatIndex: wild(40), ticketID: ticket, sellerID: user, refundID: refund,
                                amount: amount(),
                                paymentID: "p")
                        }, total: amount(), currency: "EUR", paymentID: "p", soldAt: at)))
        case 11:
            return .order(
                .failed(
                    PurchaseFailed(
                        orderID: order, holdID: hold, userID: user, reason: .expired, payment: .unknown, failedAt: at)))
        case 12: return .order(.captured(captured))
        case 13: return .order(.voided(PaymentVoided(orderID: order, userID: user, voidedAt: at)))
        case 14: return .order(.resumed(PaymentResumed(orderID: order, userID: user, resumedAt: at)))
        case 15:
            return .order(
                .refunded(
                    PaymentRefunded(orderID: order, userID: user, refundID: refund, amount: amount(), refundedAt: at)))
        case 16: return .order(.parked(PaymentParked(orderID: order, userID: user, reason: "?", parkedAt: at)))
        case 17 where number(3) == 0:
            return .order(
                .swapped(
                    TicketsSwapped(
                        orderID: order, userID: user,
                        swaps: many(3) {
                            .init(
                                ticket: wild(5), oldSeat: wild(40), seat: HeldSeat(index: wild(40), guid: "?"),
                                fare: Fare(price: abs(amount() % 1_000)), generation: number(9))
                        }, blockedSeats: many(3) { wild(40) }, allocatedSeats: many(3) { wild(40) }, refundID: refund,
                        amount: amount(), paymentID: "p", swappedBy: user, swappedAt: at)))
        case 17:
            return .order(
                .returned(
                    TicketsReturned(
                        orderID: order, userID: user, tickets: many(4) { wild(5) }, seatIndexes: many(4) { wild(40) },
                        resaleSeats: many(3) { wild(40) }, areas: ended, reason: .requested, refundID: refund,
                        amount: amount(), paymentID: "p", returnedAt: at)))
        case 18:
            let pass = DoorPass(direction: number(3) == 0 ? .exit : .entry, at: at, gate: "?")
            switch number(3) {
            case 0:
                return .ticket(
                    .scanUndone(
                        ScanUndone(
                            ticketID: ticket, orderUserID: user, ownerID: user, pass: pass, status: .outside,
                            supervisorID: user, undoneAt: later)))
            case 1:
                return .ticket(.scansUploaded(ScansUploaded(scannerID: user, entries: [], uploadedAt: later)))
            default:
                return .ticket(
                    .scanned(
                        TicketScanned(
                            ticketID: ticket, orderUserID: user, ownerID: user, pass: pass, recordedAt: later)))
            }
        case 19...20:
            let changes: [TicketChanged.Change] = [
                .offered(to: user), .offerWithdrawn(to: user), .accepted(by: user, generation: number(3)),
                .listed(seatIndex: wild(40), price: amount()), .unlisted(seatIndex: wild(40)),
            ]
            return .ticket(
                .changed(
                    TicketChanged(
                        ticketID: ticket, orderUserID: user, ownerID: user, change: changes[number(5)], changedAt: at)))
        case 21...23: return .order(.money(money()))
        default:
            switch number(12) {
            case 0: return .cancelled(ShowCancelled(orders: wild(9), cancelledAt: at))
            case 1...3: return .admission(.ruleChanged(AdmissionRuleChanged(isRequired: number(2) == 0, at: at)))
            case 4...6: return .admission(.ended(AdmissionEnded(entryID: EntryID("show-\(number(4))"), at: at)))
            default: return .order(.captured(captured))
            }
        }
    }
}
