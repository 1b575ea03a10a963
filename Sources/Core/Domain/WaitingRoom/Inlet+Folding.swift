// An event that does not fit (of an admission that is not there) can't come from the decider; a damaged log may hold one, so
// it changes nothing it does not know, and never traps.
extension Inlet {
    /// What one event changed: the values from before it.
    public struct Undo: Sendable {
        var core: Core
        var before: [(EntryID, Admission?)] = []
    }

    @discardableResult
    public mutating func apply(_ event: RoomEvent) -> Undo {
        var undo = Undo(core: core)
        switch event {
        case .joined: core.waiting += 1
        case .admitted(let event):
            core.credit = credit(at: event.at) - Int64(event.entries.count) * Self.unit
            core.creditAt = max(core.creditAt, event.at)
            core.waiting -= event.entries.count
            let admission = Admission(claimUntil: event.claimUntil, sessionUntil: event.sessionUntil)
            undo.before.reserveCapacity(event.entries.count)
            // In the order of the lines, so that each goes to the end of them.
            for entry in event.entries.map(\.entryID).sorted() { admit(entry, admission, &undo) }
        case .claimed(let event):
            let before = admissions[event.entryID]
            var admission = before ?? Admission(claimUntil: event.at, sessionUntil: event.sessionUntil)
            admission.isClaimed = true
            set(event.entryID, admission, &undo)
            // One that counted as missed is in no line any more.
            if before == nil { sessions.insert(DueLine.Item(at: admission.sessionUntil, entry: event.entryID)) }
        case .ended(let event):
            for entry in event.entries {
                if event.how == .left { core.waiting -= 1 } else { set(entry.entryID, nil, &undo) }
            }
        case .phaseChanged(let event):
            core.phase = event.phase
            core.reason = event.reason
            if event.phase == .open, let settings, undo.core.phase != .open, undo.core.phase != .paused {
                core.credit = Self.burst(settings)
                core.creditAt = event.at
            }
        case .configured(let event):
            // What was filled at the former pace stays, as far as the bucket holds it.
            let credit = credit(at: event.at)
            core.configured = event
            core.phase = event.phase
            core.credit = min(credit, Self.burst(event.settings))
            core.creditAt = max(core.creditAt, event.at)
        case .drawSealed, .seedRevealed, .beaconRecorded, .partyForfeited, .drawHeld: break
        }
        core.draw.apply(event, waiting: core.waiting)
        core.lastAt = max(core.lastAt, event.at)
        dropOver()
        return undo
    }

    mutating func revert(_ undo: Undo) {
        for (entry, before) in undo.before.reversed() {
            admissions[entry] = before
            guard let before else { continue }
            if !before.isClaimed { claims.insert(DueLine.Item(at: before.missedAt, entry: entry)) }
            sessions.insert(DueLine.Item(at: before.sessionUntil, entry: entry))
        }
        core = undo.core
        dropOver()
    }

    private mutating func admit(_ entry: EntryID, _ admission: Admission, _ undo: inout Undo) {
        set(entry, admission, &undo)
        claims.insert(DueLine.Item(at: admission.missedAt, entry: entry))
        sessions.insert(DueLine.Item(at: admission.sessionUntil, entry: entry))
    }

    private mutating func set(_ entry: EntryID, _ admission: Admission?, _ undo: inout Undo) {
        let before = admissions[entry]
        undo.before.append((entry, before))
        admissions[entry] = admission
        core.active += (admission?.isClaimed == true ? 1 : 0) - (before?.isClaimed == true ? 1 : 0)
    }

    private mutating func dropOver() {
        let admissions = admissions
        claims.drop(liveCount: admissions.count) { Self.isLiveClaim($0, admissions) }
        sessions.drop(liveCount: admissions.count) { Self.isLiveSession($0, admissions) }
    }
}
