// How each event changes a room. An event that does not fit (an entry that is not there) can't come from the decider; a damaged
// log may hold one, so it changes nothing it does not know, and never traps.
extension WaitingRoomState {
    /// What one event changed: the values from before it.
    public struct Undo: Sendable {
        var inlet: Inlet.Undo
        var servedThrough: Int
        var closing: (prequeueCount: Int, drawnCount: Int)
        /// The event brought an entry, and maybe its owner, into being.
        var joined = false
        var joinedUser = false
        /// The event began a round of admissions.
        var beganRound = false
        /// The event held the draw.
        var drew = false
        var entries: [(place: Int, before: Entry)] = []
    }

    @discardableResult
    public mutating func evolve(_ event: RoomEvent) -> Undo {
        var undo = Undo(
            inlet: inlet.apply(event), servedThrough: servedThrough, closing: (prequeueCount, drawnCount))
        switch event {
        case .joined(let event): join(event, &undo)
        case .admitted(let event):
            undo.beganRound = true
            rounds.append(Round(at: event.at, claimUntil: event.claimUntil, sessionUntil: event.sessionUntil))
            undo.entries.reserveCapacity(event.entries.count)
            for entry in event.entries {
                change(entry.entryID, &undo) { [round = rounds.count - 1] in
                    $0.status = .admitted
                    $0.round = Int32(clamping: round)
                }
                servedThrough = max(servedThrough, entry.number)
            }
        case .claimed(let event): change(event.entryID, &undo) { $0.status = .active }
        case .ended(let event):
            for entry in event.entries { end(entry.entryID, event.how, &undo) }
        case .phaseChanged(let event) where event.phase == .drawing || event.phase == .open:
            guard prequeueIsOpen(undo.inlet.core.phase) else { break }
            prequeueCount = entries.count
            drawnCount = event.phase == .drawing ? inlet.waiting : 0
        case .drawHeld: hold(&undo)
        case .phaseChanged, .configured, .drawSealed, .seedRevealed, .beaconRecorded, .partyForfeited: break
        }
        return undo
    }

    public mutating func revert(_ undo: Undo) {
        if undo.drew { forgetOrder() }
        for (place, before) in undo.entries.reversed() {
            let wasLive = entries[place].status.isLive
            if wasLive, !before.status.isLive { unlink(place) }
            entries[place] = before
            if !wasLive, before.status.isLive { link(place) }
        }
        if undo.joined {
            unlink(entries.count - 1)
            entries.removeLast()
            ids.removeLast()
        }
        if undo.joinedUser {
            users.removeLast()
            newestOfUser.removeLast()
        }
        if undo.beganRound { rounds.removeLast() }
        servedThrough = undo.servedThrough
        (prequeueCount, drawnCount) = undo.closing
        inlet.revert(undo.inlet)
    }

    private func prequeueIsOpen(_ phase: RoomPhase) -> Bool { phase == .closed || phase == .prequeue }

    private mutating func join(_ event: EntryJoined, _ undo: inout Undo) {
        guard ids.place(of: event.entryID) == nil, entries.count < Int(Int32.max) else { return }
        undo.joined = true
        var user = users.place(of: event.userID)
        if user == nil {
            undo.joinedUser = true
            user = users.append(event.userID)
            newestOfUser.append(-1)
        }
        guard let user else { return }
        ids.append(event.entryID)
        entries.append(
            Entry(number: Int32(clamping: event.number ?? 0), user: Int32(user), olderOfUser: newestOfUser[user]))
        newestOfUser[user] = Int32(entries.count - 1)
    }

    private mutating func end(_ entry: EntryID, _ how: EntriesEnded.How, _ undo: inout Undo) {
        let isPrequeue = prequeueIsOpen(inlet.phase)
        change(entry, &undo) {
            $0.status = EntryStatus(how)
            if isPrequeue { $0.number = Entry.withdrawn }
        }
    }

    private mutating func change(_ entry: EntryID, _ undo: inout Undo, _ change: (inout Entry) -> Void) {
        guard let place = ids.place(of: entry) else { return }
        let before = entries[place]
        undo.entries.append((place, before))
        change(&entries[place])
        let isLive = entries[place].status.isLive
        if before.status.isLive, !isLive { unlink(place) }
        if !before.status.isLive, isLive { link(place) }
    }

    // MARK: The live entries of a user

    /// Takes an entry out of its owner's live ones.
    private mutating func unlink(_ place: Int) {
        let user = Int(entries[place].user)
        if newestOfUser[user] == Int32(place) {
            newestOfUser[user] = entries[place].olderOfUser
            return
        }
        var newer = newestOfUser[user]
        while newer >= 0, entries[Int(newer)].olderOfUser != Int32(place) { newer = entries[Int(newer)].olderOfUser }
        if newer >= 0 { entries[Int(newer)].olderOfUser = entries[place].olderOfUser }
    }

    /// Puts an entry back among its owner's live ones, by age.
    private mutating func link(_ place: Int) {
        let user = Int(entries[place].user)
        var newer: Int32 = -1
        var older = newestOfUser[user]
        while older > Int32(place) {
            newer = older
            older = entries[Int(older)].olderOfUser
        }
        entries[place].olderOfUser = older
        if newer < 0 { newestOfUser[user] = Int32(place) } else { entries[Int(newer)].olderOfUser = Int32(place) }
    }

    // MARK: The draw

    /// Gives every entrant the number that the draw says.
    private mutating func hold(_ undo: inout Undo) {
        guard order.isEmpty, let seal = inlet.draw.seal else { return }
        undo.drew = true
        let entrants = (0..<prequeueCount).filter { entries[$0].number != Entry.withdrawn }.map(Int32.init)
        order = Draw.order(of: entrants, key: inlet.draw.key, hash: seal.hash) { [ids] entrant, use in
            ids.withID(Int(entrant), use)
        }
        drawnCount = order.count
        for (index, place) in order.enumerated() { entries[Int(place)].number = Int32(index + 1) }
    }

    private mutating func forgetOrder() {
        for place in order { entries[Int(place)].number = 0 }
        order = []
    }
}
