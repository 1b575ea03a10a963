import Domain

/// Promise 10: the judge's own account of a show's waiting list, from the show's events alone.
///
/// Who is entitled to what, the audit says, which asks everybody who waits after every event. The books add what needs no
/// search: one live entry per person, an offer that ran out is gone, and so is its entry. They remember where in the log
/// something is free that somebody waits for: nobody must ever see the show as it was there.
struct WaitlistBooks {
    struct Offer {
        var entry: WaitlistEntryID
        var hold: HoldID
    }

    private struct Entry {
        var id: WaitlistEntryID
        var user: UserID
        var wish: WaitlistWish
        /// When its offer runs out; nil: it has none.
        var offerEndsAt: Timestamp?

        var hold: HoldID { HoldID(offeredTo: id) }
    }

    private var audit = FairnessAudit()
    /// In the order in which they joined.
    private var entries: [Entry] = []
    private var gone: Set<WaitlistEntryID> = []
    /// Sequence numbers after which something was free that somebody could be offered.
    private var exposures: [Range<Int64>] = []
    private var exposedSince: Int64?

    func offers(to user: UserID) -> [Offer] {
        entries.filter { $0.user == user && $0.offerEndsAt != nil }.map { Offer(entry: $0.id, hold: $0.hold) }
    }

    func isOffer(_ hold: HoldID) -> Bool { entries.contains { $0.offerEndsAt != nil && $0.hold == hold } }

    /// Somebody who waits and joined after this entry; nil: nobody does.
    func waiting(after entry: WaitlistEntryID) -> (id: WaitlistEntryID, user: UserID)? {
        let later = entries.drop { $0.id != entry }.dropFirst()
        return later.first { $0.offerEndsAt == nil }.map { ($0.id, $0.user) }
    }

    /// Whoever looked at the show at this sequence number would see as free what is due to somebody who waits.
    func isExposed(at position: Int64) -> Bool {
        exposedSince.map { $0 <= position } ?? false || exposures.contains { $0.contains(position) }
    }

    /// Returns what is wrong with an event; nil: nothing.
    mutating func apply(_ event: ShowEvent, at position: Int64) -> String? {
        do throws(FairnessAudit.Unfair) {
            try audit.apply(event, at: position)
        } catch {
            return "\(error)"
        }
        if let wrong = follow(event) { return "event \(position): \(wrong)" }
        let isExposed = whoIsSkipped != nil
        if let since = exposedSince, !isExposed { exposures.append(since..<position) }
        exposedSince = isExposed ? exposedSince ?? position : nil
        return nil
    }

    /// Returns what is wrong when all events of a command were applied; nil: nothing.
    ///
    /// - Parameters:
    ///   - isAnybodys: somebody asked for it; else it may be one of several that do what is due.
    ///   - now: when it was decided.
    func endCommand(isAnybodys: Bool, at now: Timestamp) -> String? {
        if let skipped = whoIsSkipped { return skipped }
        guard isAnybodys, let late = entries.first(where: { $0.offerEndsAt.map { $0 <= now } ?? false }) else {
            return nil
        }
        return "the offer to \(late.id) ran out, and its hold is kept"
    }

    private var whoIsSkipped: String? {
        do throws(FairnessAudit.Unfair) {
            try audit.endCommand()
            return nil
        } catch {
            return "\(error)"
        }
    }

    private mutating func follow(_ event: ShowEvent) -> String? {
        switch event {
        case .waitlist(.joined(let joined)):
            guard !entries.contains(where: { $0.user == joined.userID }) else {
                return "\(joined.userID) joins a second time"
            }
            guard !gone.contains(joined.entryID) else { return "\(joined.entryID) joins again" }
            entries.append(Entry(id: joined.entryID, user: joined.userID, wish: joined.wish))
        case .waitlist(.left(let left)):
            guard entries.contains(where: { $0.id == left.entryID && $0.user == left.userID }) else {
                return "\(left.entryID) leaves, and is not on the list of \(left.userID)"
            }
            end { $0.id == left.entryID }
        case .waitlist(.offered(let offered)):
            guard !gone.contains(offered.entryID) else { return "\(offered.entryID) has left, and is offered places" }
        case .waitlist(.closed(let closed)):
            end { entry in entry.offerEndsAt == nil && closed.wish.map { $0 == entry.wish } ?? true }
        case .waitlist(.scheduled): break
        case .hold(.placed(let placed)) where placed.offerOf != nil: lasts(placed.holdID, until: placed.expiresAt)
        case .hold(.changed(let changed)):
            for merged in changed.mergedHolds { end { $0.hold == merged } }
            if isOffer(changed.hold.holdID) { lasts(changed.hold.holdID, until: changed.hold.expiresAt) }
        case .hold(.released(let ended)), .hold(.expired(let ended)): end { $0.hold == ended.holdID }
        case .order(.started(let started)) where isOffer(started.holdID):
            lasts(started.holdID, until: started.expiresAt)
        case .order(.sold(let sold)): end { $0.hold == sold.holdID }
        case .created, .changed, .places, .allocations, .admission, .hold, .order, .ticket, .cancelled: break
        }
        return nil
    }

    private mutating func lasts(_ hold: HoldID, until end: Timestamp) {
        for index in entries.indices where entries[index].hold == hold { entries[index].offerEndsAt = end }
    }

    private mutating func end(_ isOver: (Entry) -> Bool) {
        gone.formUnion(entries.filter(isOver).map(\.id))
        entries.removeAll(where: isOver)
    }
}

extension Judge {
    /// What somebody is offered now, of all shows.
    func offers(to user: UserID) -> [WaitlistBooks.Offer] {
        waitlists.sorted { $0.key < $1.key }.flatMap { $0.value.offers(to: user) }
    }
}
