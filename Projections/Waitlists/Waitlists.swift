public import Domain
public import Projection

/// Who waits for places of each show, at which place, and what became of those who waited.
public struct Waitlists: AggregateProjection {
    public static let name = "waitlists"
    public static let formatVersion = 1

    public private(set) var lists: [ShowID: ShowWaitlist] = [:]
    private var placeOfEntry: [WaitlistEntryID: Place] = [:]
    private var entriesOfUser: [UserID: [WaitlistEntryID]] = [:]

    private struct Place {
        var show: ShowID
        var number: Int
    }

    public init() {}

    /// The entry, if it is on record and the user's.
    public func entry(_ id: WaitlistEntryID, of user: UserID) -> (show: ShowID, entry: ShowWaitlist.Entry)? {
        guard let place = placeOfEntry[id], let entry = lists[place.show]?.entry(place.number),
            entry.joined.userID == user
        else { return nil }
        return (place.show, entry)
    }

    /// The user's entries that are on record, in the order of joining; those that ended are forgotten at some time.
    public func entries(of user: UserID) -> [(show: ShowID, entry: ShowWaitlist.Entry)] {
        (entriesOfUser[user] ?? []).compactMap { entry($0, of: user) }.sorted {
            ($0.entry.joined.joinedAt, $0.entry.joined.entryID) < ($1.entry.joined.joinedAt, $1.entry.joined.entryID)
        }
    }

    /// The exact place of an entry that waits, from 1; nil: it does not wait. Takes logarithmic time.
    public func place(of entry: ShowWaitlist.Entry, in show: ShowID) -> Int? { lists[show]?.place(of: entry) }

    public mutating func apply(_ event: ShowEvent, in context: EventContext) throws(ProjectionFault) {
        switch event {
        case .waitlist(let event): try apply(event, in: context)
        case .hold(.placed(let placed)):
            guard let entry = placed.offerOf else { break }
            try change(entry) { $0.expiresAt = placed.expiresAt }
        case .hold(.released(let ended)): end(ended.holdID, .declined, at: ended.endedAt)
        case .hold(.expired(let ended)): end(ended.holdID, .expired, at: ended.endedAt)
        case .hold(.changed(let changed)):
            for merged in changed.mergedHolds { end(merged, .served, at: changed.changedAt) }
        case .order(.started(let started)):
            guard started.extendsHold, let place = place(ofOffer: started.holdID) else { break }
            lists[place.show]?.change(place.number) { $0.expiresAt = started.expiresAt }
        case .order(.sold(let sold)): if sold.wasHeld { end(sold.holdID, .served, at: sold.soldAt) }
        case .created, .changed, .places, .allocations, .admission, .cancelled, .order, .ticket: break
        }
    }

    private mutating func apply(_ event: WaitlistEvent, in context: EventContext) throws(ProjectionFault) {
        let show = context.show
        switch event {
        case .joined(let joined): try insert(ShowWaitlist.Entry(joined: joined), in: show)
        case .left(let left):
            guard let place = placeOfEntry[left.entryID] else {
                throw ProjectionFault("entry \(left.entryID) leaves and is not there")
            }
            end(place, .left, at: left.leftAt)
        case .offered(let offered): try change(offered.entryID) { $0.status = .offered }
        case .closed(let closed):
            for number in lists[show]?.waiting(for: closed.wish) ?? [] {
                lists[show]?.change(number) { $0.reason = closed.reason }
                end(Place(show: show, number: number), .unfillable, at: closed.closedAt)
            }
        case .scheduled(let scheduled): lists[show]?.isBehind = scheduled.isBehind
        }
    }

    mutating func insert(_ entry: ShowWaitlist.Entry, in show: ShowID) throws(ProjectionFault) {
        let joined = entry.joined
        guard placeOfEntry[joined.entryID] == nil else { throw ProjectionFault("entry \(joined.entryID) joins twice") }
        guard lists[show, default: ShowWaitlist()].insert(entry) else {
            throw ProjectionFault("entry \(joined.entryID) joins as number \(joined.number), which is not the next")
        }
        placeOfEntry[joined.entryID] = Place(show: show, number: joined.number)
        entriesOfUser[joined.userID, default: []].append(joined.entryID)
    }

    private mutating func change(
        _ id: WaitlistEntryID, _ body: (inout ShowWaitlist.Entry) -> Void
    ) throws(ProjectionFault) {
        guard let place = placeOfEntry[id] else { throw ProjectionFault("entry \(id) is not there") }
        lists[place.show]?.change(place.number, body)
    }

    private func place(ofOffer hold: HoldID) -> Place? {
        placeOfEntry.isEmpty ? nil : placeOfEntry[WaitlistEntryID(hold.rawValue)]
    }

    private mutating func end(_ hold: HoldID, _ status: ShowWaitlist.Status, at time: Timestamp) {
        guard let place = place(ofOffer: hold) else { return }
        end(place, status, at: time)
    }

    private mutating func end(_ place: Place, _ status: ShowWaitlist.Status, at time: Timestamp) {
        guard let forgotten = lists[place.show]?.end(place.number, status, at: time) else { return }
        forget(forgotten)
    }

    private mutating func forget(_ entry: ShowWaitlist.Entry) {
        placeOfEntry[entry.joined.entryID] = nil
        entriesOfUser[entry.joined.userID]?.removeAll { $0 == entry.joined.entryID }
        if entriesOfUser[entry.joined.userID]?.isEmpty == true { entriesOfUser[entry.joined.userID] = nil }
    }

    /// For a snapshot's list.
    mutating func insert(_ list: ShowWaitlist, of show: ShowID) throws(ProjectionFault) {
        guard lists.updateValue(list, forKey: show) == nil else { throw ProjectionFault("show \(show) is there twice") }
        for entry in list.entries {
            guard
                placeOfEntry.updateValue(Place(show: show, number: entry.joined.number), forKey: entry.joined.entryID)
                    == nil
            else { throw ProjectionFault("entry \(entry.joined.entryID) is there twice") }
            entriesOfUser[entry.joined.userID, default: []].append(entry.joined.entryID)
        }
    }
}
