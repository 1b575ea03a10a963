import Contract
import Domain
import EventLog
import Sequencing

/// Planted faults of what decides: a batch on its way to the log is not what was decided.
extension World {
    func misdecided(_ batch: AppendBatch) -> AppendBatch {
        guard let planted, planted.misdecides else { return batch }
        var batch = batch
        for stream in batch.streams.indices {
            let name = batch.streams[stream].stream
            for command in batch.streams[stream].commands.indices {
                let decided = batch.streams[stream].commands[command]
                do {
                    if planted.concernsRoom {
                        guard name.category == WaitingRoomState.category else { continue }
                        let events = try decided.events.map(WaitingRoomState.codec.decode)
                        guard let events = misdecided(events) else { continue }
                        batch.streams[stream].commands[command].events = events.map { EncodedEvent($0) }
                    } else if let events = try misdecided(decided, on: name) {
                        batch.streams[stream].commands[command].outcome = Outcome.accepted.encoded
                        batch.streams[stream].commands[command].events = events.map { EncodedEvent($0) }
                    }
                } catch {
                    judge.accuse(.theLogIsWhole, "\(error)")
                }
            }
        }
        return batch
    }

    // MARK: Shows

    /// Nil: it stays as it is.
    private func misdecided(_ decided: DecidedCommand, on stream: StreamID) throws -> [ShowEvent]? {
        guard stream.category != WaitingRoomState.category else { return nil }
        if planted == .doubleSell {
            return sale(of: decided, on: stream).flatMap { sale in
                strikes(.doubleSell, perMille: 200) ? [.hold(.placed(sale))] : nil
            }
        }
        let events = try decided.events.compactMap { try ShowState.codec.decode($0) }
        let waitlist = judge.waitlists[ShowID(stream.rawValue)]
        switch planted {
        case .resoldTwice: return keepingTickets(events)
        case .skippedWaiter: return withoutLastOffer(events)
        case .laterOffer: return waitlist.flatMap { offeringLater(events, $0) }
        case .keptOffer where decided.principal != "system": return waitlist.flatMap { keepingOffers(events, $0) }
        default: return nil
        }
    }

    /// A seller keeps the ticket of what was resold.
    private func keepingTickets(_ events: [ShowEvent]) -> [ShowEvent]? {
        var events = events
        for index in events.indices {
            guard case .order(.sold(var sold)) = events[index], !sold.resold.isEmpty else { continue }
            sold.resold = []
            events[index] = .order(.sold(sold))
            return events
        }
        return nil
    }

    private func withoutLastOffer(_ events: [ShowEvent]) -> [ShowEvent]? {
        guard let offer = events.lastIndex(where: { $0.offered != nil }), strikes(.skippedWaiter, perMille: 300) else {
            return nil
        }
        var events = events
        events.removeSubrange(offer...(offer + 1))
        return events
    }

    /// The last offer goes to the next one who waits.
    private func offeringLater(_ events: [ShowEvent], _ waitlist: WaitlistBooks) -> [ShowEvent]? {
        guard let index = events.lastIndex(where: { $0.offered != nil }), var offered = events[index].offered,
            case .hold(.placed(var placed)) = events[index + 1],
            let (entry, user) = waitlist.waiting(after: offered.entryID), strikes(.laterOffer, perMille: 500)
        else { return nil }
        (offered.entryID, offered.userID, offered.holdID) = (entry, user, HoldID(offeredTo: entry))
        (placed.holdID, placed.userID, placed.offerOf) = (offered.holdID, user, entry)
        var events = events
        events[index] = .waitlist(.offered(offered))
        events[index + 1] = .hold(.placed(placed))
        return events
    }

    /// What ran out stays, and nobody is offered it. Where somebody else gets it that would be another fault.
    private func keepingOffers(_ events: [ShowEvent], _ waitlist: WaitlistBooks) -> [ShowEvent]? {
        func ranOut(_ event: ShowEvent) -> Bool {
            guard case .hold(.expired(let ended)) = event else { return false }
            return waitlist.isOffer(ended.holdID) && judge.ledger.isLive(ended.holdID)
        }
        let takesPlaces = events.contains { event in
            switch event {
            case .hold(.placed(let placed)): placed.offerOf == nil
            case .hold(.changed), .order(.sold), .order(.swapped), .cancelled: true
            default: false
            }
        }
        guard !takesPlaces, events.contains(where: ranOut), strikes(.keptOffer, perMille: 900) else { return nil }
        return events.filter { event in
            if case .waitlist(.scheduled) = event { return false }
            if case .hold(.placed) = event { return false }
            return !ranOut(event) && event.offered == nil
        }
    }

    // MARK: Waiting rooms

    /// Nil: they stay as they are.
    private func misdecided(_ events: [RoomEvent]) -> [RoomEvent]? {
        for (index, event) in events.enumerated() {
            guard let instead = misdecided(event) else { continue }
            return events[..<index] + instead + events[(index + 1)...]
        }
        return nil
    }

    private func misdecided(_ event: RoomEvent) -> [RoomEvent]? {
        switch (planted, event) {
        case (.jumpedQueue, .admitted(var admitted)):
            guard admitted.entries.count > 1, strikes(.jumpedQueue, perMille: 500) else { return nil }
            admitted.entries.swapAt(0, 1)
            return [.admitted(admitted)]
        case (.backwardPlace, .joined(var joined)):
            guard let number = joined.number, number > 1, strikes(.backwardPlace, perMille: 100) else { return nil }
            joined.number = number - 1
            return [.joined(joined)]
        case (.secondAdmission, .admitted(var admitted)):
            guard let again = judge.room.admitted.last, strikes(.secondAdmission, perMille: 300) else {
                return nil
            }
            let number = admitted.entries[0].number
            admitted.entries.insert(
                EntriesAdmitted.Entry(entryID: again.entry, userID: again.user, number: number), at: 0)
            return [.admitted(admitted)]
        case (.earlySeed, .phaseChanged(let changed)):
            guard changed.phase == .drawing, strikes(.earlySeed, perMille: 1_000) else { return nil }
            let seed = SeedRevealed(party: DrawCommitment.instance, seed: SimulatedRoom.instanceSeed, at: changed.at)
            return [event, .seedRevealed(seed)]
        default: return nil
        }
    }

    // MARK: Seats that are taken

    /// What was refused because its seats are taken, as if they were not.
    private func sale(of decided: DecidedCommand, on stream: StreamID) -> HoldPlaced? {
        guard wasRefusedItsSeats(decided),
            let request = attempts.first(where: { $0.request.id == decided.id })?.request,
            case .placeHold(let wanted)? = request.command as? ShowCommand,
            case .named(let guids, areas: let areas) = wanted.selection, areas.isEmpty
        else { return nil }
        let seats = guids.compactMap { guid in seatGuids.firstIndex(of: guid).map { HeldSeat(index: $0, guid: guid) } }
        // Late enough to follow every decision before it.
        let at = Timestamp(microseconds: Self.firstTime).adding(seconds: 1_000)
        return HoldPlaced(
            holdID: wanted.holdID, userID: wanted.userID, seats: seats, areas: [], total: 0, currency: "EUR",
            placedAt: at, expiresAt: at.adding(seconds: scenario.holdSeconds))
    }

    private func wasRefusedItsSeats(_ decided: DecidedCommand) -> Bool {
        do {
            guard case .rejected(let rejection) = try Outcome(encoded: decided.outcome) else { return false }
            return rejection.code == .seatsUnavailable
        } catch {
            return false
        }
    }
}

extension ShowEvent {
    fileprivate var offered: WaitlistOffered? {
        if case .waitlist(.offered(let offered)) = self { offered } else { nil }
    }
}
