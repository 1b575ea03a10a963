/// Re-derives from the events of one show who was entitled to each place, and finds the first place that went to somebody
/// else.
///
/// It keeps a plain list of everybody who waits, and asks all of them, in the order in which they joined, about every
/// offer, every hold and every command. So it is slow, and it shares no code with the decider, which asks only those whom
/// places that came free may concern. Of the show's layout it takes over which seats are side by side.
///
/// What it checks:
/// * An offer goes to whoever has waited longest of all that what is free can serve, and is what they wait for.
/// * Whoever asks for places of their own, or pays late, gets free ones only when nobody who waits could use what is free.
/// * When a command is done, nobody who waits can be served by what is free, unless the log says that offers are left to be
///   made; nobody gets free places meanwhile.
/// * Whoever is told that their wait is in vain waits for what can't be.
public struct FairnessAudit: Sendable {
    /// Somebody was passed over, or something does not fit.
    public struct Unfair: Error, Equatable, Sendable, CustomStringConvertible {
        /// The sequence number of the event.
        public var position: Int64
        /// Who was passed over, or whose entry it is about.
        public var entry: WaitlistEntryID?
        public var reason: String

        public var description: String {
            "event \(position): \(entry.map { "entry \($0): " } ?? "")\(reason)"
        }
    }

    struct Entry {
        var joined: WaitlistJoined
        var isOffered = false
    }

    /// An offer whose hold is the next event.
    private struct Pending {
        var offered: WaitlistOffered
        var wish: WaitlistWish
    }

    var house = House()
    /// In the order in which they joined, without those who are served or gone.
    var entries: [Entry] = []
    private var lastNumber = 0
    private var pending: Pending?
    private var isBehind = false
    private var isCancelled = false
    private var now = Timestamp.distantPast
    private var position: Int64 = 0
    /// Offers that were checked.
    public private(set) var offerCount = 0
    /// Entries that ever joined.
    public var entryCount: Int { lastNumber }

    public init() {}

    /// Folds the show's next event in.
    public mutating func apply(_ event: ShowEvent, at position: Int64) throws(Unfair) {
        self.position = position
        if let time = event.time { now = max(now, time) }
        if let pending {
            guard case .hold(.placed(let placed)) = event, placed.offerOf == pending.offered.entryID else {
                throw unfair(pending.offered.entryID, "was offered places, and no hold follows")
            }
        }
        try check(event)
        house.apply(event)
        try followWaitlist(event)
    }

    /// Checks what the last command left. Call it after the last event of each.
    public func endCommand() throws(Unfair) {
        guard !isBehind, isSelling else { return }
        if let entry = firstServable() { throw unfair(entry, "waits, and could be served by what is free") }
    }

    private func unfair(_ entry: WaitlistEntryID?, _ reason: String) -> Unfair {
        Unfair(position: position, entry: entry, reason: reason)
    }

    private var isSelling: Bool {
        guard let show = house.show, !isCancelled, !show.isDraft, !show.isPostponed else { return false }
        return show.onSaleAt.map { $0 <= now } ?? true && now < show.offSaleAt ?? show.startsAt
    }

    // MARK: Checks

    private func check(_ event: ShowEvent) throws(Unfair) {
        switch event {
        case .waitlist(.offered(let offered)): try check(offered)
        case .waitlist(.closed(let closed)): try check(closed)
        case .hold(.placed(let placed)):
            if let id = placed.offerOf { try checkOffer(placed, of: id) } else { try checkTaking(house.isFree(placed)) }
        case .hold(.changed(let changed)):
            try checkTaking(
                changed.addedSeats.contains { house.isFree($0) }
                    || changed.addedAreas.contains { $0.allocation.isEmpty })
        case .order(.sold(let sold)) where !sold.wasHeld:
            try checkTaking(
                sold.seats.contains { house.isFree($0.index) } || sold.areas.contains { $0.allocation.isEmpty })
        case .order(.swapped(let swapped)): try checkTaking(swapped.swaps.contains { house.isFree($0.seat.index) })
        default: break
        }
    }

    private func check(_ offered: WaitlistOffered) throws(Unfair) {
        guard let entry = entries.first(where: { $0.joined.entryID == offered.entryID }), !entry.isOffered else {
            throw unfair(offered.entryID, "does not wait, and is offered places")
        }
        guard isSelling else { throw unfair(offered.entryID, "is offered places that are not on sale") }
        if let other = firstServable(before: entry.joined.number) {
            throw unfair(other, "has waited longer than \(offered.entryID), and could be served by what is free")
        }
        for passed in offered.passed {
            guard let other = entries.first(where: { $0.joined.entryID == passed }), !other.isOffered,
                other.joined.number < entry.joined.number
            else { throw unfair(passed, "is named as passed, and has not waited longer") }
        }
    }

    private func checkOffer(_ placed: HoldPlaced, of id: WaitlistEntryID) throws(Unfair) {
        guard let pending, pending.offered.entryID == id, pending.offered.holdID == placed.holdID,
            pending.offered.userID == placed.userID
        else { throw unfair(id, "has an offer's hold, and was not offered it") }
        guard house.fits(placed, pending.wish, at: now) else {
            throw unfair(id, "is offered what it does not wait for")
        }
    }

    /// Somebody takes places who was not offered them.
    private func checkTaking(_ takesFree: Bool) throws(Unfair) {
        guard takesFree else { return }
        guard !isBehind else { throw unfair(nil, "free places are taken while offers are due") }
        if isSelling, let entry = firstServable() {
            throw unfair(entry, "waits, and somebody else takes what it could be served by")
        }
    }

    private func check(_ closed: WaitlistClosed) throws(Unfair) {
        let isRight =
            switch closed.reason {
            case .showCancelled: isCancelled
            case .saleEnded: house.show.map { now >= $0.offSaleAt ?? $0.startsAt } ?? false
            case .noSuchPlaces: closed.wish.map { !house.couldEverServe($0) } ?? false
            }
        guard isRight else { throw unfair(nil, "the list is closed as \(closed.reason.rawValue), which is not so") }
    }

    /// The first entry that waits and could be served now.
    private func firstServable(before number: Int = .max) -> WaitlistEntryID? {
        var known: [WaitlistWish: Bool] = [:]
        for entry in entries {
            guard entry.joined.number < number else { return nil }
            guard !entry.isOffered, house.allows(entry.joined.userID, entry.joined.wish.quantity) else { continue }
            let wish = entry.joined.wish
            let canBe = known[wish] ?? house.canServe(wish, at: now)
            known[wish] = canBe
            if canBe { return entry.joined.entryID }
        }
        return nil
    }

    // MARK: The list

    private mutating func followWaitlist(_ event: ShowEvent) throws(Unfair) {
        switch event {
        case .waitlist(.joined(let joined)):
            guard joined.number == lastNumber + 1 else {
                throw unfair(joined.entryID, "joins as number \(joined.number) after \(lastNumber)")
            }
            lastNumber = joined.number
            entries.append(Entry(joined: joined))
        case .waitlist(.left(let left)): entries.removeAll { $0.joined.entryID == left.entryID }
        case .waitlist(.offered(let offered)):
            offerCount += 1
            for index in entries.indices where entries[index].joined.entryID == offered.entryID {
                entries[index].isOffered = true
                pending = Pending(offered: offered, wish: entries[index].joined.wish)
            }
        case .waitlist(.closed(let closed)):
            entries.removeAll { entry in
                !entry.isOffered && (closed.wish.map { $0 == entry.joined.wish } ?? true)
            }
        case .waitlist(.scheduled(let scheduled)): isBehind = scheduled.isBehind
        case .hold(.placed(let placed)) where placed.offerOf != nil: pending = nil
        case .hold(.released(let ended)), .hold(.expired(let ended)): endOffer(ended.holdID)
        case .hold(.changed(let changed)): for merged in changed.mergedHolds { endOffer(merged) }
        case .order(.sold(let sold)): endOffer(sold.holdID)
        case .cancelled: isCancelled = true
        default: break
        }
    }

    private mutating func endOffer(_ hold: HoldID) {
        entries.removeAll { $0.isOffered && HoldID(offeredTo: $0.joined.entryID) == hold }
    }
}
