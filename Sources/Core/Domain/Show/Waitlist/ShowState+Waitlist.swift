// A show with a waiting list: what is overdue and the offers that follow come first, then the command, then the offers that
// follow from it, all in one list of events. A show without one pays nothing for it.
extension ShowState {
    public func decide(_ command: ShowCommand, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard concernsWaitlist(command) else { return try decideAlone(command, now: now) }
        var after = self
        return try after.performInTurn(command, now: now).map(\.event)
    }

    public mutating func perform(
        _ command: ShowCommand, now: Timestamp, recording done: inout [(event: ShowEvent, undo: Undo)]
    ) throws(Rejection) -> [ShowEvent] {
        guard !concernsWaitlist(command) else {
            let turn = try performInTurn(command, now: now)
            done += turn
            return turn.map(\.event)
        }
        let events = try decideAlone(command, now: now)
        for event in events { done.append((event, evolve(event))) }
        return events
    }

    private func concernsWaitlist(_ command: ShowCommand) -> Bool {
        guard waitlist.isEmpty else { return true }
        if case .waitlist = command { return true }
        return false
    }

    private mutating func performInTurn(
        _ command: ShowCommand, now clock: Timestamp
    ) throws(Rejection) -> [(event: ShowEvent, undo: Undo)] {
        let now = max(clock, lastDecidedAt)
        var turn = Turn()
        var limit = Int.max
        if case .expireHolds(let most) = command { limit = most }
        endOverdue(limit: limit, &turn, now: now)
        makeOffers(&turn, now: now)
        if case .expireHolds = command { return turn.done }

        let first = turn.done.count
        do {
            for event in try decide(command, at: now) { perform(event, &turn) }
        } catch {
            takeBack(turn)
            throw error
        }
        // A command that changes nothing records nothing: what is overdue has its own.
        guard turn.done.count > first else {
            takeBack(turn)
            return []
        }
        makeOffers(&turn, now: now)
        return turn.done
    }

    /// What one command has done so far, and what that freed since offers were last made.
    struct Turn {
        var done: [(event: ShowEvent, undo: Undo)] = []
        var freed = FreedPlaces()
    }

    mutating func perform(_ event: ShowEvent, _ turn: inout Turn) {
        turn.freed.add(event)
        turn.done.append((event, evolve(event)))
    }

    private mutating func takeBack(_ turn: Turn) {
        for (_, undo) in turn.done.reversed() { revert(undo) }
    }

    private mutating func endOverdue(limit: Int, _ turn: inout Turn, now: Timestamp) {
        if let release = dueRelease(at: now) { perform(.allocations(release), &turn) }
        for hold in overdueHolds(at: now).prefix(limit) {
            for event in expire(hold, at: now) { perform(event, &turn) }
        }
    }

    // MARK: Events

    mutating func evolve(_ event: WaitlistEvent, _ undo: inout Undo) {
        decided(at: event.at)
        switch event {
        case .joined(let joined):
            // A damaged log may use a number or an id twice.
            guard joined.number > waitlist.lastNumber, waitlist.number(of: joined.entryID) == nil else { return }
            let isWithinShare = isWithinShare(joined.userID, joined.wish.quantity)
            let entry = Waitlist.Entry(
                entryID: joined.entryID, userID: joined.userID, wish: joined.wish, ticketTypes: joined.ticketTypes,
                status: isWithinShare ? .waiting : .setAside)
            waitlist.put(entry, at: joined.number, &undo.waitlist)
            waitlist.note(joined.number, &undo.waitlist)
        case .left(let left): endEntry(left.entryID, &undo)
        case .offered(let offered):
            guard let number = waitlist.number(of: offered.entryID), var entry = waitlist.entries[number] else {
                return
            }
            entry.status = .offered
            waitlist.put(entry, at: number, &undo.waitlist)
        case .closed(let closed):
            undo.before = Before(self)
            var changes: [Waitlist.Change] = []
            for (number, entry) in waitlist.entries
            where entry.waits && closed.wish.map({ $0 == entry.wish }) ?? true {
                waitlist.put(nil, at: number, &changes)
            }
        case .scheduled(let scheduled):
            waitlist.schedule(
                scheduled.dueAt.map { Waitlist.Due(at: $0, isBehind: scheduled.isBehind) }, &undo.waitlist)
        }
    }

    /// The hold is no more, or another: an entry that it was offered to is served, or has left.
    mutating func endOffer(of hold: Hold?, _ undo: inout Undo) {
        guard let entry = hold?.offerOf else { return }
        endEntry(entry, &undo)
    }

    private mutating func endEntry(_ id: WaitlistEntryID, _ undo: inout Undo) {
        guard let number = waitlist.number(of: id) else { return }
        waitlist.put(nil, at: number, &undo.waitlist)
    }

    // MARK: Share

    func isWithinShare(_ user: UserID, _ quantity: Int) -> Bool {
        guard let limit = layout?.show.maxSeatsPerUser else { return true }
        return placesByUser[user, default: 0] + quantity <= limit
    }

    /// The user has more places than before, or fewer.
    mutating func reconsiderEntries(of user: UserID, _ undo: inout Undo) {
        for number in waitlist.numbers(of: user) { reconsider(number, &undo) }
    }

    /// Another share holds for everybody. For an event that is taken back as a whole.
    mutating func reconsiderAllEntries() {
        var ignored = Undo(lastDecidedAt: lastDecidedAt)
        for number in Array(waitlist.entries.keys) { reconsider(number, &ignored) }
    }

    private mutating func reconsider(_ number: Int, _ undo: inout Undo) {
        guard var entry = waitlist.entries[number], entry.waits else { return }
        let status = isWithinShare(entry.userID, entry.wish.quantity) ? Waitlist.Entry.Status.waiting : .setAside
        guard entry.status != status else { return }
        entry.status = status
        waitlist.put(entry, at: number, &undo.waitlist)
    }
}
