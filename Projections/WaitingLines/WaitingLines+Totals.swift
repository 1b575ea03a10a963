public import Domain

extension WaitingLines {
    /// All rooms together, for operators.
    public struct Totals: Equatable, Sendable {
        /// Rooms that let people in, or will.
        public var rooms = 0
        public var waiting = 0
        /// Admitted, and not active yet.
        public var admitted = 0
        public var active = 0
        /// The longest that the next in any line has waited, in seconds: since they joined, or since the room opened where
        /// that was later.
        public var waitSeconds = 0.0
    }

    public func totals(at now: Timestamp) -> Totals {
        var totals = Totals()
        for room in rooms where room.phase != .ended {
            totals.rooms += 1
            totals.waiting += room.waiting
            totals.admitted += room.admitted
            totals.active += room.active
            guard room.phase == .open || room.phase == .paused, let joinedAt = room.nextJoinedAt else { continue }
            let since = max(joinedAt, room.settings.opensAt)
            totals.waitSeconds = max(totals.waitSeconds, Double(now.microseconds - since.microseconds) / 1e6)
        }
        return totals
    }
}

extension WaitingLine {
    /// Numbers that are looked at for the next one that waits: more seldom leave one after the other.
    private static let numbersLookedAtMax = 4_096

    /// When the next to be admitted joined. Nil: nobody waits, or nobody near the front of the line does.
    fileprivate var nextJoinedAt: Timestamp? {
        guard waiting > 0 else { return nil }
        for place in places.dropFirst(servedThrough).prefix(Self.numbersLookedAtMax) where place >= 0 {
            if entries[Int(place)].status == .waiting { return entries[Int(place)].joinedAt }
        }
        return nil
    }
}
