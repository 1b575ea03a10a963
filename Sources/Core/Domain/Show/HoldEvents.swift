/// One seat of a hold: its index in plan order, and the id the shop knows it by.
public struct HeldSeat: Equatable, Sendable {
    public var index: Int
    public var guid: String
    public init(index: Int, guid: String) {
        self.index = index
        self.guid = guid
    }
}

/// Some units of one area. `quantity` is at least 1.
public struct AreaQuantity: Equatable, Sendable {
    public var areaID: AreaID
    public var quantity: Int
    /// The allocation that the units are taken from, or go back to; empty: none, they are anybody's when they are free.
    public var allocation: String
    public init(areaID: AreaID, quantity: Int, allocation: String = "") {
        self.areaID = areaID
        self.quantity = quantity
        self.allocation = allocation
    }
}

/// Seats and area units were set aside for one user until `expiresAt`.
///
/// The hold's fencing token is the sequence number of this event.
public struct HoldPlaced: Equatable, Sendable {
    public var holdID: HoldID
    public var userID: UserID
    /// Ascending by index.
    public var seats: [HeldSeat]
    /// Those of `seats` that their owners offer for resale, by index, ascending.
    public var resaleSeats: [Int]
    /// Those of `seats` that an allocation keeps for a channel, by index, ascending.
    public var blockedSeats: [Int]
    /// In the order of the show's areas.
    public var areas: [AreaQuantity]
    /// Of the places in order; empty: each costs the same part of the total, and has no ticket type. (Holds of before
    /// there were ticket types have none either: their places cost what the show says.)
    public var fares: FareList
    /// Minor units of `currency`.
    public var total: Int64
    public var currency: String
    public var placedAt: Timestamp
    public var expiresAt: Timestamp
    /// Whether all of it is seats that follow each other in one row without an aisle. Nil: it has no seats, or is from before
    /// this was told.
    public var isNextToEachOther: Bool?
    /// The entry of the show's waiting room whose admission it was placed with. Nil: the show required none.
    public var admission: EntryID?
    /// The entry of the waiting list that is offered these places. Nil: whoever holds them asked for them.
    public var offerOf: WaitlistEntryID?

    public init(
        holdID: HoldID, userID: UserID, seats: [HeldSeat], resaleSeats: [Int] = [], blockedSeats: [Int] = [],
        areas: [AreaQuantity], fares: FareList = FareList(), total: Int64, currency: String, placedAt: Timestamp,
        expiresAt: Timestamp, isNextToEachOther: Bool? = nil, admission: EntryID? = nil, offerOf: WaitlistEntryID? = nil
    ) {
        self.holdID = holdID
        self.userID = userID
        self.seats = seats
        self.resaleSeats = resaleSeats
        self.blockedSeats = blockedSeats
        self.areas = areas
        self.fares = fares
        self.total = total
        self.currency = currency
        self.placedAt = placedAt
        self.expiresAt = expiresAt
        self.isNextToEachOther = isNextToEachOther
        self.admission = admission
        self.offerOf = offerOf
    }
}

/// A hold ended, and what it held is free again. Says what that was, so a follower needs no memory of the hold.
public struct HoldEnded: Equatable, Sendable {
    public var holdID: HoldID
    public var userID: UserID
    /// Ascending.
    public var seatIndexes: [Int]
    /// Those of `seatIndexes` that are for resale again rather than free; ascending.
    public var resaleSeats: [Int]
    /// Those of `seatIndexes` that are back in their allocation rather than free; ascending.
    public var blockedSeats: [Int]
    public var areas: [AreaQuantity]
    public var endedAt: Timestamp

    public init(
        holdID: HoldID, userID: UserID, seatIndexes: [Int], resaleSeats: [Int] = [], blockedSeats: [Int] = [],
        areas: [AreaQuantity], endedAt: Timestamp
    ) {
        self.holdID = holdID
        self.userID = userID
        self.seatIndexes = seatIndexes
        self.resaleSeats = resaleSeats
        self.blockedSeats = blockedSeats
        self.areas = areas
        self.endedAt = endedAt
    }
}

/// A hold is another from here on: places came to it or were dropped, other holds went into it, or it lasts longer.
///
/// The hold's fencing token is the sequence number of this event.
public struct HoldChanged: Equatable, Sendable {
    /// The whole hold as it is now; `placedAt` is still when it began, or the earliest of the holds in it did.
    public var hold: HoldPlaced
    /// Those of its seats that were not in it before; ascending. Of them, the ones in `resaleSeats` and `blockedSeats` were
    /// that until now.
    public var addedSeats: [Int]
    public var addedAreas: [AreaQuantity]
    /// What it has no more, and is free again.
    public var dropped: HoldEnded?
    /// The user's other holds whose places it has now, and which are no more.
    public var mergedHolds: [HoldID]
    public var changedAt: Timestamp

    public init(
        hold: HoldPlaced, addedSeats: [Int] = [], addedAreas: [AreaQuantity] = [], dropped: HoldEnded? = nil,
        mergedHolds: [HoldID] = [], changedAt: Timestamp
    ) {
        self.hold = hold
        self.addedSeats = addedSeats
        self.addedAreas = addedAreas
        self.dropped = dropped
        self.mergedHolds = mergedHolds
        self.changedAt = changedAt
    }
}
