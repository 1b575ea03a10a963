import Domain

/// Promise 10: the judge's own account of the waiting room, from its events alone.
struct RoomBooks {
    struct Admission {
        var entry: EntryID
        var user: UserID
        var at: Timestamp
        var claimUntil: Timestamp
        var sessionUntil: Timestamp
        var isClaimed = false
    }

    private(set) var audit = RoomAudit()
    private(set) var isConfigured = false
    /// Who is admitted or active, in the order of admission.
    private(set) var admitted: [Admission] = []
    /// Who did not claim in time, as far as is recorded.
    private(set) var missed: [Admission] = []
    private var settings: RoomSettings?
    private var openedAt: Timestamp?
    private var admittedCount: Int64 = 0

    /// Returns what is wrong with an event; nil: nothing.
    mutating func apply(_ event: RoomEvent, at position: Int64) -> String? {
        do throws(RoomAudit.Fault) {
            try audit.next(event, at: position)
        } catch {
            return "\(error)"
        }
        switch event {
        case .configured(let event):
            isConfigured = true
            settings = event.settings
        case .phaseChanged(let event): if event.phase == .open, openedAt == nil { openedAt = event.at }
        case .admitted(let event): return admit(event)
        case .claimed(let event): return claim(event)
        case .ended(let event): for entry in event.entries { if let wrong = end(entry, event) { return wrong } }
        case .joined, .drawSealed, .seedRevealed, .beaconRecorded, .partyForfeited, .drawHeld: break
        }
        return nil
    }

    /// Once for each admission, also after it counted as missed, if it was not.
    private mutating func claim(_ event: EntryClaimed) -> String? {
        if let index = missed.firstIndex(where: { $0.entry == event.entryID }) {
            admitted.append(missed.remove(at: index))
        }
        guard let index = admitted.firstIndex(where: { $0.entry == event.entryID && $0.user == event.userID }),
            !admitted[index].isClaimed, event.at < admitted[index].sessionUntil
        else { return "\(event.entryID) claims what it does not have, or too late" }
        admitted[index].isClaimed = true
        return nil
    }

    private mutating func end(_ entry: EntriesEnded.Entry, _ event: EntriesEnded) -> String? {
        guard event.how != .left else { return nil }
        guard let index = admitted.firstIndex(where: { $0.entry == entry.entryID }) else {
            return "\(entry.entryID) is \(event.how), and was not admitted"
        }
        let admission = admitted.remove(at: index)
        if event.how == .missed { missed.append(admission) }
        let isRight =
            switch event.how {
            case .missed: !admission.isClaimed && event.at >= admission.claimUntil
            case .expired: admission.isClaimed && event.at >= admission.sessionUntil
            case .left, .done: true
            }
        return isRight ? nil : "\(entry.entryID) is \(event.how) before its time"
    }

    private mutating func admit(_ event: EntriesAdmitted) -> String? {
        guard let settings, let openedAt else { return "somebody was admitted before the opening" }
        admitted += event.entries.map {
            Admission(
                entry: $0.entryID, user: $0.userID, at: event.at, claimUntil: event.claimUntil,
                sessionUntil: event.sessionUntil)
        }
        admittedCount += Int64(event.entries.count)
        if admitted.count > settings.maxActive {
            return "\(admitted.count) are admitted at a time, and \(settings.maxActive) may be"
        }
        // What the rate gave since the opening, and a second's worth, at least one.
        let given = Int64(settings.admitPerMinute) * (event.at.microseconds - openedAt.microseconds)
        let burst = max(60_000_000, Int64(settings.admitPerMinute) * 1_000_000)
        return admittedCount * 60_000_000 > given + burst ? "\(admittedCount) were admitted, faster than the pace" : nil
    }
}
