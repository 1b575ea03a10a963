extension Inlet {
    /// How many may be admitted at `now`: as many as the pace allows, as there are free slots, and as wait.
    public func allowance(at now: Timestamp) -> Int { allowance(at: now, freed: 0) }

    /// - Parameter freed: slots that are taken and will be free when the admissions are recorded.
    func allowance(at now: Timestamp, freed: Int) -> Int {
        guard core.phase == .open, let settings else { return 0 }
        let slots = settings.maxActive - admissions.count + freed
        return max(0, min(Int(credit(at: now) / Self.unit), slots, core.waiting))
    }

    /// When the room next has something to do, not before `now`; nil: not before something else happens.
    ///
    /// It may be wrong by the time that a bucket needs to fill where the settings changed since.
    public func nextDue(after now: Timestamp) -> Timestamp? {
        guard let settings, core.phase != .ended else { return nil }
        var due: [Timestamp] = []
        switch core.phase {
        case .closed: due.append(settings.joinsFrom)
        case .prequeue: due.append(settings.opensAt)
        case .drawing: if core.draw.isReady { due.append(now) }
        case .open: if let next = nextAdmission(settings) { due.append(next) }
        case .paused, .ended: break
        }
        if let claim = claims.first { due.append(claim.at) }
        if let session = sessions.first { due.append(session.at) }
        return due.min().map { max($0, now) }
    }

    /// The changes of phase that are due at `now`, in their order.
    func phasesDue(at now: Timestamp) -> [RoomEvent] {
        guard let settings else { return [] }
        var phases: [RoomPhase] = []
        var phase = core.phase
        if phase == .closed, now >= settings.joinsFrom {
            // A prequeue that nobody could have joined is none.
            phase = now >= settings.opensAt ? .open : .prequeue
            phases.append(phase)
        }
        if phase == .prequeue, now >= settings.opensAt { phases.append(core.waiting > 0 ? .drawing : .open) }
        return phases.map { .phaseChanged(RoomPhaseChanged(phase: $0, at: now)) }
    }

    /// Admissions that are over at `now`, the longest overdue first, at most `limit`.
    func over(at now: Timestamp, limit: Int) -> (missed: [EntryID], expired: [EntryID]) {
        let missed = claims.due(at: now, limit: limit) { Self.isLiveClaim($0, admissions) }
        let expired = sessions.due(at: now, limit: limit - missed.count) { item in
            Self.isLiveSession(item, admissions) && admissions[item.entry]?.isClaimed == true
        }
        return (missed, expired)
    }

    private func nextAdmission(_ settings: RoomSettings) -> Timestamp? {
        guard core.waiting > 0, admissions.count < settings.maxActive else { return nil }
        let missing = max(0, Self.unit - core.credit)
        let rate = Int64(settings.admitPerMinute)
        return core.creditAt.adding(microseconds: (missing + rate - 1) / rate)
    }

    static func isLiveClaim(_ item: DueLine.Item, _ admissions: [EntryID: Admission]) -> Bool {
        admissions[item.entry].map { !$0.isClaimed && $0.missedAt == item.at } ?? false
    }

    static func isLiveSession(_ item: DueLine.Item, _ admissions: [EntryID: Admission]) -> Bool {
        admissions[item.entry]?.sessionUntil == item.at
    }

    // MARK: The bucket

    /// What the bucket holds at `now`, in ``unit``ths of an admission.
    func credit(at now: Timestamp) -> Int64 {
        guard let settings else { return 0 }
        // No bucket takes longer than a minute to fill; so the product stays small.
        let elapsed = min(max(0, now.microseconds(since: core.creditAt)), Self.unit)
        let (sum, overflow) = core.credit.addingReportingOverflow(elapsed * Int64(settings.admitPerMinute))
        return min(Self.burst(settings), overflow ? .max : sum)
    }

    /// One second's worth, and one admission at least.
    static func burst(_ settings: RoomSettings) -> Int64 { max(unit, Int64(settings.admitPerMinute) * 1_000_000) }
}

extension Timestamp {
    /// Saturates at the ends of the range.
    func microseconds(since earlier: Timestamp) -> Int64 {
        let (span, overflow) = microseconds.subtractingReportingOverflow(earlier.microseconds)
        return overflow ? (microseconds < earlier.microseconds ? .min : .max) : span
    }

    /// `microseconds` later, from 0; saturates at the end of the range.
    func adding(microseconds span: Int64) -> Timestamp {
        let (sum, overflow) = microseconds.addingReportingOverflow(span)
        return Timestamp(microseconds: overflow ? .max : sum)
    }
}
