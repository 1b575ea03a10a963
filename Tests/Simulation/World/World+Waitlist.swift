import Domain
import SeededRandom

/// The waiting lists of a run's shows, and how many come only to wait.
struct SimulatedWaitlist {
    /// Clients beside those who buy, and after the operator.
    let waiters: Int
    let offerSeconds: Int64
    let maxSeatsPerUser: Int?
    let hasAccessibleSeats: Bool
    let accessibleReleasedAt: Timestamp?

    /// Nil: in this run nobody waits.
    ///
    /// - Parameter isNeeded: somebody waits in any case.
    init?(seed: UInt64, start: Timestamp, isNeeded: Bool) {
        // It draws from its own, so that a run without one is as it was.
        var random = SeededGenerator(seed: seed ^ 0x7761_6974)
        guard random.isLucky(perMille: 350) || isNeeded else { return nil }
        waiters = random.int(2...6)
        offerSeconds = Int64(random.int(1...2))
        maxSeatsPerUser = random.isLucky(perMille: 400) ? random.int(4...12) : nil
        hasAccessibleSeats = random.isLucky(perMille: 600)
        accessibleReleasedAt =
            random.isLucky(perMille: 500)
            ? Timestamp(microseconds: start.microseconds + random.moment(.milliseconds(100)...(.seconds(3)))) : nil
    }
}

/// What people do who wait for what comes free.
extension World {
    /// The operator comes after those who buy.
    func isWaiter(_ client: Int) -> Bool { client > operatorNumber }

    func waitInLine(_ client: Int) {
        if let offer = judge.offers(to: clients[client].user).randomElement(using: &random),
            random.isLucky(perMille: 700)
        {
            return answer(offer, client)
        }
        switch random.int(0...99) {
        case 0...59: joinWaitlist(client)
        case 60...69: leaveWaitlist(client)
        case 70...79: placeHold(client)
        case 80...89: useTicket(client)
        default: readSomewhere(client)
        }
    }

    private func answer(_ offer: WaitlistBooks.Offer, _ client: Int) {
        let user = clients[client].user
        guard let show = offer.hold.show, let hold = judge.ledger.hold(offer.hold) else { return placeHold(client) }
        see(hold, client)
        switch random.int(0...99) {
        case 0...44: order(offer.hold, for: client)
        case 45...64: send(.waitlist(.leave(offer.entry, by: user)), on: show, by: client)
        case 65...74: send(.releaseHold(offer.hold, by: user), on: show, by: client)
        case 75...84: drop(some: hold.placed, on: show, client)
        // It runs out.
        default: readSomewhere(client)
        }
    }

    /// The offer is among the client's holds.
    private func see(_ hold: Ledger.Hold, _ client: Int) {
        let id = hold.placed.holdID
        if clients[client].fencingTokens[id] == nil { clients[client].holds.append(id) }
        clients[client].fencingTokens[id] = hold.token(at: .max)
    }

    private func drop(some placed: HoldPlaced, on show: ShowID, _ client: Int) {
        var change = ChangeHold(holdID: placed.holdID, userID: placed.userID)
        if let seat = placed.seats.randomElement(using: &random) {
            change.droppedSeats = [seat.guid]
        } else if let area = placed.areas.first {
            change.droppedAreas = [AreaQuantity(areaID: area.areaID, quantity: 1)]
        }
        send(.changeHold(change), on: show, by: client)
    }

    private func joinWaitlist(_ client: Int) {
        let show = random.pick(showIDs)
        let id = clients[client].commandID(key: clients[client].commands.count)
        let join = JoinWaitlist(
            entryID: WaitlistEntryID(on: show, placedBy: id), userID: clients[client].user, wish: someWish())
        send(.waitlist(.join(join)), on: show, by: client)
    }

    private func someWish() -> WaitlistWish {
        let row = random.int(1...scenario.rowLengths.count)
        let scope: WaitlistWish.Scope =
            switch random.int(0...9) {
            case 0...3: .anywhere
            case 4...5: .category(random.pick(["A", "B"]))
            case 6: .zone(random.pick(["zone", "balcony"]))
            case 7: .row("\(row)", zone: nil)
            default: areaIDs.isEmpty ? .anywhere : .areas([random.pick(areaIDs)])
            }
        return WaitlistWish(
            quantity: random.int(1...min(3, scenario.maxSeatsPerHold)), scope: scope,
            isTogether: random.isLucky(perMille: 700), isAccessible: random.isLucky(perMille: 150))
    }

    /// Mostly the last entry, which may have ended; now and then another's.
    private func leaveWaitlist(_ client: Int) {
        let owner = random.isLucky(perMille: 900) ? client : random.int(0...(clients.count - 1))
        guard let entry = clients[owner].entries.last, let show = entry.show else { return joinWaitlist(client) }
        send(.waitlist(.leave(entry, by: clients[client].user)), on: show, by: client)
    }
}
