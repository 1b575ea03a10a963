extension WaitingRoomState {
    /// Returns the events that make `command` so (none if it already is so), or throws why not.
    ///
    /// Changes of phase that are due come first, and the command is decided in the phase that they lead to.
    public func decide(_ command: RoomCommand, now clock: Timestamp) throws(Rejection) -> [RoomEvent] {
        let now = max(clock, inlet.core.lastAt)
        let phases = inlet.phasesDue(at: now)
        guard !phases.isEmpty else { return try decideInPhase(command, now) }
        // Changes of phase touch none of the arrays, so this copies none.
        var then = self
        for phase in phases { then.evolve(phase) }
        return phases + (try then.decideInPhase(command, now))
    }

    private func decideInPhase(_ command: RoomCommand, _ now: Timestamp) throws(Rejection) -> [RoomEvent] {
        if case .configure(let settings, let show, let commitment) = command {
            return try configure(settings.settings, of: show, commitment, now)
        }
        guard let settings = inlet.settings else { throw Rejection(.queueNotFound) }
        switch command {
        case .configure: return []
        case .join(let entry, let user, let nonce): return try join(entry, user, nonce, settings, now)
        case .leave(let entry, let user): return try leave(entry, user, now)
        case .claim(let entry, let user, let claimedAt): return try claim(entry, user, at: claimedAt, now)
        case .finish(let entry): return try finish(entry, now)
        case .pause(let reason): return try pause(reason, settings, now)
        case .resume: return try resume(now)
        case .end(let reason):
            return inlet.phase == .ended
                ? [] : [.phaseChanged(RoomPhaseChanged(phase: .ended, reason: reason, at: now))]
        case .sealDraw(let position, let hash): return try seal(position, hash, now)
        case .reveal(let party, let seed): return try reveal(party, seed, now)
        case .recordBeacon(let round, let randomness, let signature):
            return try record(round, DrawRecord.BeaconValue(randomness: randomness, signature: signature), now)
        case .forfeit(let party): return try forfeit(party, now)
        case .advance(let limit): return advance(limit, settings, now)
        }
    }

    // MARK: The room

    private func configure(
        _ settings: RoomSettings, of show: ShowID, _ commitment: [UInt8], _ now: Timestamp
    ) throws(Rejection) -> [RoomEvent] {
        var commitment = commitment
        if let configured = inlet.core.configured {
            try allow(settings, instead: configured.settings)
            if inlet.phase != .closed { commitment = configured.instanceCommitment }
        }
        let configured = RoomEvent.configured(
            RoomConfigured(
                showID: show, settings: settings, instanceCommitment: commitment, phase: inlet.phase, at: now))
        var then = inlet
        then.apply(configured)
        return [configured] + then.phasesDue(at: now)
    }

    /// What is past, and the terms of a draw that people joined for, stay as they are.
    private func allow(_ settings: RoomSettings, instead before: RoomSettings) throws(Rejection) {
        let fixesPrequeue: Bool
        let fixesOpening: Bool
        switch inlet.phase {
        case .closed: (fixesPrequeue, fixesOpening) = (false, false)
        case .prequeue: (fixesPrequeue, fixesOpening) = (true, false)
        case .drawing, .open, .paused: (fixesPrequeue, fixesOpening) = (true, true)
        case .ended: throw Rejection(.queueEnded)
        }
        if fixesPrequeue, settings.prequeueFrom != before.prequeueFrom {
            throw Rejection(.queueUnderWay, subject: "prequeueFrom")
        }
        if fixesPrequeue, settings.draw != before.draw { throw Rejection(.queueUnderWay, subject: "draw") }
        if fixesOpening, settings.opensAt != before.opensAt { throw Rejection(.queueUnderWay, subject: "opensAt") }
    }

    private func pause(_ reason: String, _ settings: RoomSettings, _ now: Timestamp) throws(Rejection) -> [RoomEvent] {
        switch inlet.phase {
        case .closed, .prequeue, .drawing: throw .queueNotOpen(until: settings.opensAt)
        case .ended: throw Rejection(.queueEnded)
        case .paused where inlet.core.reason == reason: return []
        case .open, .paused: return [.phaseChanged(RoomPhaseChanged(phase: .paused, reason: reason, at: now))]
        }
    }

    private func resume(_ now: Timestamp) throws(Rejection) -> [RoomEvent] {
        switch inlet.phase {
        case .ended: throw Rejection(.queueEnded)
        case .closed, .prequeue, .drawing, .open: return []
        case .paused: return [.phaseChanged(RoomPhaseChanged(phase: .open, at: now))]
        }
    }

    // MARK: Entries

    private func join(
        _ entry: EntryID, _ user: UserID, _ nonce: String?, _ settings: RoomSettings, _ now: Timestamp
    ) throws(Rejection) -> [RoomEvent] {
        switch inlet.phase {
        case .closed: throw .queueNotOpen(until: settings.joinsFrom)
        case .ended: throw Rejection(.queueEnded)
        case .prequeue, .drawing, .open, .paused: break
        }
        guard ids.place(of: entry) == nil else { throw Rejection(.alreadyInQueue, subject: entry.rawValue) }
        let live = liveEntries(of: user)
        let over = live.filter { isOver($0, now) }
        guard live.count - over.count < settings.entriesPerUser else {
            let first = live.last { !over.contains($0) }
            throw Rejection(.alreadyInQueue, subject: first.map { ids[$0].rawValue } ?? "")
        }
        if let challenge = inlet.core.configured?.challenge {
            guard let nonce, challenge.isMet(by: nonce, of: user) else { throw .challengeUnmet(challenge) }
        }
        let joined = EntryJoined(entryID: entry, userID: user, number: nextNumber, at: now)
        return over.reversed().map { .ended(end($0, now)) } + [.joined(joined)]
    }

    private func leave(_ entry: EntryID, _ user: UserID, _ now: Timestamp) throws(Rejection) -> [RoomEvent] {
        guard let place = place(of: entry, ownedBy: user) else { throw Rejection(.entryNotFound) }
        switch entries[place].status {
        case .waiting: return [.ended(EntriesEnded(how: .left, entries: [ended(place)], at: now))]
        case .admitted, .active: return [.ended(EntriesEnded(how: .done, entries: [ended(place)], at: now))]
        case .left, .done, .missed, .expired: return []
        }
    }

    private func claim(
        _ entry: EntryID, _ user: UserID, at claimedAt: Timestamp?, _ now: Timestamp
    ) throws(Rejection) -> [RoomEvent] {
        guard let place = place(of: entry, ownedBy: user) else { throw Rejection(.entryNotFound) }
        switch entries[place].status {
        case .waiting: throw Rejection(.notAdmitted)
        case .active where !isOver(place, now): return []
        case .active, .left, .done, .expired: throw Rejection(.admissionExpired)
        // What was recorded as missed was not, if a hold was placed in time.
        case .missed where claimedAt == nil: throw Rejection(.admissionExpired)
        case .admitted, .missed: break
        }
        // An entry that was never admitted can't have missed anything; a damaged log may say so.
        guard rounds.indices.contains(Int(entries[place].round)) else { throw Rejection(.admissionExpired) }
        let round = rounds[Int(entries[place].round)]
        guard (claimedAt ?? now) < round.claimUntil, now < round.sessionUntil, claimedAt.map({ $0 >= round.at }) ?? true
        else { throw Rejection(.admissionExpired) }
        return [.claimed(EntryClaimed(entryID: entry, userID: user, sessionUntil: round.sessionUntil, at: now))]
    }

    private func finish(_ entry: EntryID, _ now: Timestamp) throws(Rejection) -> [RoomEvent] {
        guard let place = ids.place(of: entry) else { throw Rejection(.entryNotFound) }
        switch entries[place].status {
        case .admitted, .active: return [.ended(EntriesEnded(how: .done, entries: [ended(place)], at: now))]
        case .waiting, .left, .done, .missed, .expired: return []
        }
    }

    /// The entry's admission is over, whether or not that was recorded.
    private func isOver(_ place: Int, _ now: Timestamp) -> Bool {
        switch entries[place].status {
        case .admitted, .active: inlet.admissions[ids[place]]?.isOver(at: now) ?? true
        case .waiting: false
        case .left, .done, .missed, .expired: true
        }
    }

    /// An admission that is over, as it is recorded.
    private func end(_ place: Int, _ now: Timestamp) -> EntriesEnded {
        EntriesEnded(how: entries[place].status == .active ? .expired : .missed, entries: [ended(place)], at: now)
    }

    // MARK: What is due

    private func advance(_ limit: Int, _ settings: RoomSettings, _ now: Timestamp) -> [RoomEvent] {
        guard inlet.phase != .ended else { return [] }
        var events: [RoomEvent] = []
        let (missed, expired) = inlet.over(at: now, limit: max(0, limit))
        for (how, over) in [(EntriesEnded.How.missed, missed), (.expired, expired)] where !over.isEmpty {
            let entries = over.compactMap(ids.place).map(ended)
            events.append(.ended(EntriesEnded(how: how, entries: entries, at: now)))
        }
        if inlet.phase == .drawing {
            guard inlet.draw.isReady else { return events }
            // The next command admits: only the draw says whom.
            let held = DrawHeld(
                keyDigest: Draw.sha256(inlet.draw.key), entrantCount: inlet.draw.entrantCount ?? 0, at: now)
            return events + [.drawHeld(held), .phaseChanged(RoomPhaseChanged(phase: .open, at: now))]
        }
        let freed = missed.count + expired.count
        let next = nextWaiting(max(0, min(inlet.allowance(at: now, freed: freed), limit - freed)))
        if !next.isEmpty { events.append(.admitted(admission(of: next, settings, now))) }
        return events
    }

    private func admission(
        of next: [EntriesAdmitted.Entry], _ settings: RoomSettings, _ now: Timestamp
    ) -> EntriesAdmitted {
        let sessionUntil = now.adding(seconds: 60 * Int64(settings.sessionMinutes))
        return EntriesAdmitted(
            entries: next, at: now, claimUntil: min(now.adding(seconds: Int64(settings.claimSeconds)), sessionUntil),
            sessionUntil: sessionUntil)
    }
}
