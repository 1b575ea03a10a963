import Domain

/// Promise 10: the judge's own account of the waiting room, from its events alone.
struct RoomBooks {
    private(set) var audit = RoomAudit()
    private(set) var isConfigured = false
    /// Who is admitted or active, in the order of admission.
    private(set) var admitted: [(entry: EntryID, user: UserID)] = []
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
        case .claimed(let event):
            // After it counted as missed.
            if !admitted.contains(where: { $0.entry == event.entryID }) {
                admitted.append((event.entryID, event.userID))
            }
        case .ended(let event):
            let gone = Set(event.entries.map(\.entryID))
            admitted.removeAll { gone.contains($0.entry) }
        case .joined, .drawSealed, .seedRevealed, .beaconRecorded, .partyForfeited, .drawHeld: break
        }
        return nil
    }

    private mutating func admit(_ event: EntriesAdmitted) -> String? {
        guard let settings, let openedAt else { return "somebody was admitted before the opening" }
        admitted += event.entries.map { ($0.entryID, $0.userID) }
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
