import Domain

/// What became of something that belongs to one person, as the person's streams tell it.
enum OwnChange: Equatable, Sendable {
    /// How a hold ended.
    enum HoldEnd: String, Sendable {
        case released, expired, sold
        /// Its places are in another hold of the same person.
        case merged
    }

    /// The hold is new, or another from here on.
    case hold(HoldID)
    case holdEnded(HoldID, ShowID, HoldEnd)
    case order(OrderProgress)
    /// The person's entry of a waiting room is new, or is another from here on.
    case entry(EntryID, ShowID)
    /// The person's entry on a waiting list is new, or is another from here on. What becomes of its offer is told by the
    /// hold that the offer is.
    case waitlist(WaitlistEntryID)

    /// The entry on a waiting list that may be another after it.
    var waitlistEntry: WaitlistEntryID? {
        switch self {
        case .waitlist(let id): id
        case .hold(let id), .holdEnded(let id, _, _): WaitlistEntryID(id.rawValue)
        case .order, .entry: nil
        }
    }
}

/// Where an order stands after one event of it.
struct OrderProgress: Equatable, Sendable {
    var orderID: OrderID
    var showID: ShowID
    var holdID: HoldID?
    var status: OrderRecord.Status
    /// Why there is no sale.
    var failure: PurchaseFailed.Reason?

    init(
        _ event: OrderEvent, on show: ShowID, hold: HoldID? = nil, _ status: OrderRecord.Status,
        failure: PurchaseFailed.Reason? = nil
    ) {
        orderID = event.orderID
        showID = show
        holdID = hold
        self.status = status
        self.failure = failure
    }
}

extension OwnChange {
    /// Calls `tell` for everything that an event of a show changes, with the person it belongs to.
    static func forEach(in event: ShowEvent, on show: ShowID, _ tell: (UserID, OwnChange) -> Void) {
        switch event {
        case .hold(.placed(let placed)): tell(placed.userID, .hold(placed.holdID))
        case .hold(.changed(let changed)):
            for merged in changed.mergedHolds { tell(changed.hold.userID, .holdEnded(merged, show, .merged)) }
            tell(changed.hold.userID, .hold(changed.hold.holdID))
        case .hold(.released(let ended)): tell(ended.userID, .holdEnded(ended.holdID, show, .released))
        case .hold(.expired(let ended)): tell(ended.userID, .holdEnded(ended.holdID, show, .expired))
        case .order(let event): forEach(in: event, on: show, tell)
        case .waitlist(.joined(let joined)): tell(joined.userID, .waitlist(joined.entryID))
        case .waitlist(.left(let left)): tell(left.userID, .waitlist(left.entryID))
        case .waitlist(.offered(let offered)): tell(offered.userID, .waitlist(offered.entryID))
        // Whom it concerns stands in no event: they are told as of a line that moves.
        case .waitlist(.closed), .waitlist(.scheduled): break
        case .created, .changed, .places, .allocations, .admission, .cancelled, .ticket: break
        }
    }

    /// Refunds and disputes change no order's status.
    private static func forEach(in event: OrderEvent, on show: ShowID, _ tell: (UserID, OwnChange) -> Void) {
        switch event {
        case .started(let started):
            tell(started.userID, .hold(started.holdID))
            tell(started.userID, .order(OrderProgress(event, on: show, hold: started.holdID, .pending)))
        case .sold(let sold):
            if sold.wasHeld { tell(sold.userID, .holdEnded(sold.holdID, show, .sold)) }
            tell(sold.userID, .order(OrderProgress(event, on: show, hold: sold.holdID, .confirmed)))
        case .failed(let failed):
            tell(failed.userID, .hold(failed.holdID))
            tell(
                failed.userID,
                .order(OrderProgress(event, on: show, hold: failed.holdID, .failed, failure: failed.reason)))
        case .captured(let captured): tell(captured.userID, .order(OrderProgress(event, on: show, .completed)))
        case .money(.actionRequired(let required)):
            tell(required.userID, .order(OrderProgress(event, on: show, .requiresAction)))
        case .voided(let voided): tell(voided.userID, .order(OrderProgress(event, on: show, .failed)))
        case .refunded, .parked, .resumed, .returned, .swapped, .money: break
        }
    }
}

extension OwnChange {
    /// Calls `tell` for everything that an event of a show's waiting room changes, with the person it belongs to. That
    /// others' places move up with it is said by ``RoomEvent/movesTheLine``.
    static func forEach(in event: RoomEvent, of show: ShowID, _ tell: (UserID, OwnChange) -> Void) {
        switch event {
        case .joined(let joined): tell(joined.userID, .entry(joined.entryID, show))
        case .admitted(let admitted):
            for entry in admitted.entries { tell(entry.userID, .entry(entry.entryID, show)) }
        case .claimed(let claimed): tell(claimed.userID, .entry(claimed.entryID, show))
        case .ended(let ended): for entry in ended.entries { tell(entry.userID, .entry(entry.entryID, show)) }
        case .phaseChanged, .configured, .drawSealed, .seedRevealed, .beaconRecorded, .partyForfeited, .drawHeld: break
        }
    }
}

extension ShowEvent {
    /// People on the show's waiting list may have another place, or none, after it.
    var movesTheWaitlist: Bool {
        switch self {
        case .waitlist(.left), .waitlist(.offered), .waitlist(.closed): true
        default: false
        }
    }
}

extension RoomEvent {
    /// People who wait may have another place, or another room, after it.
    var movesTheLine: Bool {
        switch self {
        case .admitted, .ended, .phaseChanged, .configured, .drawHeld: true
        case .joined, .claimed, .drawSealed, .seedRevealed, .beaconRecorded, .partyForfeited: false
        }
    }
}
