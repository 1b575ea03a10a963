import Domain

/// What the events of a room come to, told from them alone and in the plainest way: a list of entries, sorted whenever
/// somebody is admitted. What breaks a rule is a fault.
struct RoomLedger {
    struct Entry {
        let id: EntryID
        let user: UserID
        var number: Int?
        var status = EntryStatus.waiting
        var claimUntil = Timestamp.distantPast
        var sessionUntil = Timestamp.distantPast
    }

    private(set) var faults: [String] = []
    /// In the order of the log.
    private(set) var entries: [Entry] = []
    private(set) var phase = RoomPhase.closed
    private(set) var settings: RoomSettings?
    private(set) var servedThrough = 0
    private(set) var lastAt = Timestamp.distantPast
    private var position: Int64 = 0
    private var draw = LedgerDraw()
    private var pace = LedgerPace()
    private var lastNumber = 0

    /// Who waits and has a number, in the order of the numbers.
    var line: [Entry] {
        entries.filter { $0.status == .waiting && $0.number != nil }.sorted { $0.number ?? 0 < $1.number ?? 0 }
    }

    func live(of user: UserID) -> [Entry] { entries.filter { $0.user == user && $0.status.isLive } }
    func count(_ status: EntryStatus) -> Int { entries.count { $0.status == status } }
    func entry(_ id: EntryID) -> Entry? { entries.first { $0.id == id } }

    mutating func apply(_ event: RoomEvent) {
        position += 1
        require(event.at >= lastAt, "time went back")
        lastAt = max(lastAt, event.at)
        switch event {
        case .configured(let event): configure(event)
        case .phaseChanged(let event): change(event)
        case .joined(let event): join(event)
        case .admitted(let event): admit(event)
        case .claimed(let event): claim(event)
        case .ended(let event): end(event)
        case .drawSealed, .seedRevealed, .beaconRecorded, .partyForfeited:
            require(phase != .closed && phase != .prequeue, "the draw began while people could still enter it")
            faults += draw.apply(event)
        case .drawHeld(let event): hold(event)
        }
    }

    private mutating func require(_ condition: Bool, _ fault: String) {
        if !condition { faults.append("\(position): \(fault)") }
    }

    // MARK: The room

    private mutating func configure(_ event: RoomConfigured) {
        require(phase != .ended, "an ended room was changed")
        require(event.phase == phase, "the phase is \(phase), not \(event.phase)")
        if phase != .closed {
            require(
                event.settings.draw == settings?.draw && event.commitments == draw.commitments,
                "the terms of a draw that people had joined for were changed")
        }
        settings = event.settings
        draw.commitments = event.commitments
        draw.beacon = event.settings.draw?.beacon
        pace.set(event.settings, at: event.at)
    }

    private mutating func change(_ event: RoomPhaseChanged) {
        guard let settings else { return require(false, "there is no room") }
        switch (phase, event.phase) {
        case (.closed, .prequeue):
            require(settings.hasPrequeue && event.at >= settings.joinsFrom, "the prequeue opened too early")
        case (.closed, .open): require(event.at >= settings.opensAt, "opened too early")
        case (.prequeue, .open):
            require(event.at >= settings.opensAt, "opened too early")
            require(count(.waiting) == 0, "opened without the draw")
        case (.prequeue, .drawing):
            require(event.at >= settings.opensAt, "drew too early")
            require(count(.waiting) > 0, "drew without entrants")
            draw.close(entries.filter { $0.status == .waiting }.map(\.id), at: position)
            lastNumber = draw.entrants.count
        case (.drawing, .open): require(draw.isHeld, "opened without the draw")
        case (.open, .paused), (.paused, .paused), (.paused, .open): break
        case (.ended, _): require(false, "an ended room was changed")
        case (_, .ended): break
        default: require(false, "\(event.phase) after \(phase)")
        }
        phase = event.phase
    }

    private mutating func hold(_ event: DrawHeld) {
        require(phase == .drawing, "a draw in \(phase)")
        let (order, fault) = draw.hold(event)
        if let fault { require(false, fault) }
        for (index, id) in order.enumerated() { update(id) { $0.number = index + 1 } }
    }

    // MARK: Entries

    private mutating func join(_ event: EntryJoined) {
        require(phase != .closed && phase != .ended, "joined a room that is \(phase)")
        require(entry(event.entryID) == nil, "the same entry twice")
        require(live(of: event.userID).count < settings?.entriesPerUser ?? 0, "too many entries of one person")
        if phase != .prequeue { lastNumber += 1 }
        let number = phase == .prequeue ? nil : lastNumber
        require(event.number == number, "number \(event.number as Int?), not \(number as Int?)")
        entries.append(Entry(id: event.entryID, user: event.userID, number: event.number))
    }

    private mutating func admit(_ event: EntriesAdmitted) {
        require(phase == .open, "admitted while \(phase)")
        require(!event.entries.isEmpty, "admitted nobody")
        for (admitted, first) in zip(event.entries, line) {
            let isFirst =
                admitted.entryID == first.id && admitted.userID == first.user && admitted.number == first.number
            if !isFirst { require(false, "\(admitted) was admitted ahead of \(first)") }
        }
        for admitted in event.entries {
            require(entry(admitted.entryID)?.status == .waiting, "\(admitted.entryID) did not wait")
            update(admitted.entryID) {
                $0.status = .admitted
                $0.claimUntil = event.claimUntil
                $0.sessionUntil = event.sessionUntil
            }
            servedThrough = max(servedThrough, admitted.number)
        }
        guard let settings else { return }
        require(count(.admitted) + count(.active) <= settings.maxActive, "more than \(settings.maxActive) at a time")
        let sessionUntil = event.at.adding(seconds: 60 * Int64(settings.sessionMinutes))
        require(event.sessionUntil == sessionUntil, "a session of another length")
        require(
            event.claimUntil == min(sessionUntil, event.at.adding(seconds: Int64(settings.claimSeconds))),
            "another time to claim")
        if let fault = pace.admit(event.entries.count, at: event.at) { require(false, fault) }
    }

    private mutating func claim(_ event: EntryClaimed) {
        guard let entry = entry(event.entryID), entry.user == event.userID else {
            return require(false, "claimed what nobody has")
        }
        require(entry.status == .admitted || entry.status == .missed, "claimed what is \(entry.status)")
        require(event.at < entry.sessionUntil, "claimed too late")
        require(event.sessionUntil == entry.sessionUntil, "the session was changed")
        update(entry.id) { $0.status = .active }
    }

    private mutating func end(_ event: EntriesEnded) {
        require(Set(event.entries.map(\.entryID)).count == event.entries.count, "ended twice")
        for ended in event.entries {
            guard let entry = entry(ended.entryID), entry.user == ended.userID else {
                require(false, "ended what nobody has")
                continue
            }
            let missedAt = min(entry.claimUntil.adding(seconds: Inlet.claimGraceSeconds), entry.sessionUntil)
            let status: EntryStatus
            switch event.how {
            case .left:
                require(entry.status == .waiting, "left, though \(entry.status)")
                status = .left
            case .done:
                require(entry.status == .admitted || entry.status == .active, "done, though \(entry.status)")
                status = .done
            case .missed:
                require(entry.status == .admitted && event.at >= missedAt, "missed too early, or \(entry.status)")
                status = .missed
            case .expired:
                require(entry.status == .active && event.at >= entry.sessionUntil, "expired too early")
                status = .expired
            }
            update(entry.id) { $0.status = status }
        }
    }

    private mutating func update(_ id: EntryID, _ change: (inout Entry) -> Void) {
        if let index = entries.firstIndex(where: { $0.id == id }) { change(&entries[index]) }
    }
}
