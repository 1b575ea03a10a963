/// What happened to a show's waiting list.
///
/// An entry that was offered places ends with the hold that it was offered: it is served if the hold is sold, and has left
/// the list if the hold is released or expires.
public enum WaitlistEvent: Equatable, Sendable {
    case joined(WaitlistJoined)
    case left(WaitlistLeft)
    case offered(WaitlistOffered)
    case closed(WaitlistClosed)
    case scheduled(WaitlistScheduled)
}

/// Somebody waits for places from here on.
public struct WaitlistJoined: Equatable, Sendable {
    public var entryID: WaitlistEntryID
    public var userID: UserID
    /// From 1, in the order in which entries joined the show's list; never used twice.
    public var number: Int
    /// How many waited then, this one included.
    public var place: Int
    public var wish: WaitlistWish
    /// How many places of each ticket type; empty: the first type of each place's category.
    public var ticketTypes: [String: Int]
    public var joinedAt: Timestamp

    public init(
        entryID: WaitlistEntryID, userID: UserID, number: Int, place: Int, wish: WaitlistWish,
        ticketTypes: [String: Int] = [:], joinedAt: Timestamp
    ) {
        self.entryID = entryID
        self.userID = userID
        self.number = number
        self.place = place
        self.wish = wish
        self.ticketTypes = ticketTypes
        self.joinedAt = joinedAt
    }
}

/// An entry's owner waits no more.
public struct WaitlistLeft: Equatable, Sendable {
    public var entryID: WaitlistEntryID
    public var userID: UserID
    public var leftAt: Timestamp

    public init(entryID: WaitlistEntryID, userID: UserID, leftAt: Timestamp) {
        self.entryID = entryID
        self.userID = userID
        self.leftAt = leftAt
    }
}

/// An entry is offered places: the next event is the ``HoldPlaced`` that has them.
public struct WaitlistOffered: Equatable, Sendable {
    public var entryID: WaitlistEntryID
    public var userID: UserID
    /// Of the hold that is the offer.
    public var holdID: HoldID
    /// Entries that had waited longer and could not be served by what was free, the oldest first; at most
    /// ``passedMax``. Each stands for all entries with the same wish.
    public var passed: [WaitlistEntryID]
    public var offeredAt: Timestamp

    /// Entries that one offer names as passed.
    public static let passedMax = 100

    public init(
        entryID: WaitlistEntryID, userID: UserID, holdID: HoldID, passed: [WaitlistEntryID] = [], offeredAt: Timestamp
    ) {
        self.entryID = entryID
        self.userID = userID
        self.holdID = holdID
        self.passed = passed
        self.offeredAt = offeredAt
    }
}

/// Entries that wait can never be served any more, and are off the list. Offers that were made stand.
public struct WaitlistClosed: Equatable, Sendable {
    public enum Reason: String, CaseIterable, Equatable, Sendable {
        case saleEnded = "sale-ended"
        case showCancelled = "show-cancelled"
        /// The show has no such places any more, or allows nobody so many.
        case noSuchPlaces = "no-such-places"
    }

    /// The entries with this wish; nil: all.
    public var wish: WaitlistWish?
    public var reason: Reason
    public var closedAt: Timestamp

    public init(wish: WaitlistWish? = nil, reason: Reason, closedAt: Timestamp) {
        self.wish = wish
        self.reason = reason
        self.closedAt = closedAt
    }
}

/// Says when time alone next changes something about the list.
public struct WaitlistScheduled: Equatable, Sendable {
    /// Nil: never.
    public var dueAt: Timestamp?
    /// More offers are due than one append may hold: until they are made, what is free is nobody else's.
    public var isBehind: Bool
    public var scheduledAt: Timestamp

    public init(dueAt: Timestamp?, isBehind: Bool = false, scheduledAt: Timestamp) {
        self.dueAt = dueAt
        self.isBehind = isBehind
        self.scheduledAt = scheduledAt
    }
}

extension WaitlistEvent {
    public var at: Timestamp {
        switch self {
        case .joined(let event): event.joinedAt
        case .left(let event): event.leftAt
        case .offered(let event): event.offeredAt
        case .closed(let event): event.closedAt
        case .scheduled(let event): event.scheduledAt
        }
    }
}

extension HoldID {
    /// The hold of the entry's offer: an entry is offered places once.
    public init(offeredTo entry: WaitlistEntryID) { self.init(entry.rawValue) }
}
