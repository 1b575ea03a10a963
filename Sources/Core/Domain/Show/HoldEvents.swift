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
    public init(areaID: AreaID, quantity: Int) {
        self.areaID = areaID
        self.quantity = quantity
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
    /// In the order of the show's areas.
    public var areas: [AreaQuantity]
    /// Minor units of `currency`.
    public var total: Int64
    public var currency: String
    public var placedAt: Timestamp
    public var expiresAt: Timestamp
    /// Whether all of it is seats that follow each other in one row without an aisle. Nil: it has no seats, or is from before
    /// this was told.
    public var isNextToEachOther: Bool?

    public init(
        holdID: HoldID, userID: UserID, seats: [HeldSeat], resaleSeats: [Int] = [], areas: [AreaQuantity], total: Int64,
        currency: String, placedAt: Timestamp, expiresAt: Timestamp, isNextToEachOther: Bool? = nil
    ) {
        self.holdID = holdID
        self.userID = userID
        self.seats = seats
        self.resaleSeats = resaleSeats
        self.areas = areas
        self.total = total
        self.currency = currency
        self.placedAt = placedAt
        self.expiresAt = expiresAt
        self.isNextToEachOther = isNextToEachOther
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
    public var areas: [AreaQuantity]
    public var endedAt: Timestamp

    public init(
        holdID: HoldID, userID: UserID, seatIndexes: [Int], resaleSeats: [Int] = [], areas: [AreaQuantity],
        endedAt: Timestamp
    ) {
        self.holdID = holdID
        self.userID = userID
        self.seatIndexes = seatIndexes
        self.resaleSeats = resaleSeats
        self.areas = areas
        self.endedAt = endedAt
    }
}
