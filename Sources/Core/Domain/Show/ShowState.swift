import HeapModule

/// What the decider knows of one show: the fold of its stream.
public struct ShowState: Aggregate {
    public static let category = StreamCategory.show

    /// A live hold.
    public struct Hold: Equatable, Sendable {
        public var holdID: HoldID
        public var userID: UserID
        public var seats: [HeldSeat]
        /// Those of the seats that their owners offer for resale; ascending.
        public var resaleSeats: [Int]
        /// Those of the seats that an allocation kept for a channel; ascending.
        public var blockedSeats: [Int]
        public var areas: [AreaQuantity]
        /// Of the places in order; empty: they cost what the show says.
        public var fares: FareList
        /// Minor units.
        public var total: Int64
        public var placedAt: Timestamp
        public var expiresAt: Timestamp
        /// The sequence number that granted or last extended it; nil: that is not in the log yet, so nobody can know it.
        public var fencingToken: Int64?
        /// The order that is paying for it.
        public var orderID: OrderID?
        var hasBeenExtended = false
        /// The entry of the waiting room whose admission it was placed with.
        var admission: EntryID?
        /// The holds that went into it, to be paid for together.
        var mergedHolds: [HoldID] = []
        /// The entry of the waiting list that was offered it.
        public var offerOf: WaitlistEntryID?

        var seatIndexes: [Int] { seats.map(\.index) }
        /// How many places it has.
        var count: Int { areas.reduce(seats.count) { $0 + $1.quantity } }
    }

    /// The time of the last event's decision. The next decision is never earlier.
    public internal(set) var lastDecidedAt = Timestamp.distantPast
    /// Nil until the show was created.
    public internal(set) var layout: ShowLayout?
    public internal(set) var holds: [HoldID: Hold] = [:]
    public internal(set) var orders: [OrderID: Order] = [:]
    /// Places that a user holds or has bought, by user; who has none is not there.
    var placesByUser: [UserID: Int] = [:]
    var allocations = Allocations()
    var admissions = Admissions()
    var waitlist = Waitlist()
    /// The last order that paid for a hold, by the hold, which may have ended since.
    var orderOfHold: [HoldID: OrderID] = [:]
    /// The ticket that is for resale, by seat, whether or not somebody holds the seat to buy it.
    var listings: [Int: TicketID] = [:]
    public internal(set) var isCancelled = false
    /// A ``SeatStatus`` digit per seat, in plan order.
    var seats: [UInt8] = []
    /// Free seats, by segment of the floor.
    var freeInSegment: [Int32] = []
    /// Free units, by area.
    var freeInArea: [Int] = []
    /// May name holds that ended meanwhile, but not at the top.
    var expiries = Heap<Expiry>()

    /// The state before any event.
    public init() {}

    public static func onDeadline(limit: Int) -> ShowCommand { .expireHolds(limit: limit) }

    /// When the next hold expires, the next allocation is released, or the waiting list is due. Nil without any; in the past
    /// if the show is cancelled.
    public var nextDeadline: Timestamp? {
        guard let due = waitlist.due?.at else { return nextDeadlineOfPlaces }
        return nextDeadlineOfPlaces.map { min($0, due) } ?? due
    }

    private var nextDeadlineOfPlaces: Timestamp? {
        let release = allocations.nextRelease
        if isCancelled && (!holds.isEmpty || release != nil) { return .distantPast }
        guard let expiry = expiries.min?.at else { return release }
        return release.map { min($0, expiry) } ?? expiry
    }

    /// When the next hold expires.
    private var nextExpiry: Timestamp? { isCancelled && !holds.isEmpty ? .distantPast : expiries.min?.at }

    /// How many expiries are remembered, those of ended holds included.
    var expiryCount: Int { expiries.count }

    /// The holds whose time is over at `now`, the longest overdue first.
    func overdueHolds(at now: Timestamp) -> [Hold] {
        guard let next = nextExpiry, next <= now else { return [] }
        return holds.values.filter { isOver($0, at: now) }
            .sorted { ($0.expiresAt, $0.holdID) < ($1.expiresAt, $1.holdID) }
    }

    func isOver(_ hold: Hold, at now: Timestamp) -> Bool { isCancelled || hold.expiresAt <= now }
}

struct Expiry: Comparable {
    var at: Timestamp
    var holdID: HoldID

    static func < (a: Self, b: Self) -> Bool { (a.at, a.holdID) < (b.at, b.holdID) }
}
