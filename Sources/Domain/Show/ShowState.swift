import HeapModule

/// What the decider knows of one show: the fold of its stream.
public struct ShowState: Sendable {
    /// A live hold.
    public struct Hold: Equatable, Sendable {
        public var holdID: HoldID
        public var userID: UserID
        public var seatIndexes: [Int]
        public var areas: [AreaQuantity]
        public var expiresAt: Timestamp
    }

    /// The stream's version: how many events are folded in.
    public private(set) var version: Int64 = 0
    /// The time of the last event's decision. The next decision is never earlier.
    public private(set) var lastDecidedAt = Timestamp.distantPast
    /// Nil until the show was created.
    public private(set) var layout: ShowLayout?
    public private(set) var holds: [HoldID: Hold] = [:]
    /// A ``SeatStatus`` digit per seat, in plan order.
    private(set) var seats: [UInt8] = []
    /// Free seats, by row.
    private(set) var freeInRow: [Int] = []
    /// Free units, by area.
    private(set) var freeInArea: [Int] = []
    /// May name holds that ended meanwhile, but not at the top.
    private var expiries = Heap<Expiry>()

    /// The state before any event.
    public static let initial = ShowState()

    private init() {}

    /// Folds one event in. An event that doesn't fit (a hold of a show that isn't there) can't come from the decider.
    ///
    /// What it returns takes exactly this event back, while it is the last one: see ``revert(_:)``.
    @discardableResult
    public mutating func evolve(_ event: ShowEvent) -> Undo {
        var undo = Undo(version: version, lastDecidedAt: lastDecidedAt, createdShow: false)
        version += 1
        switch event {
        case .created(let show):
            undo.createdShow = true
            let layout = ShowLayout(show)
            self.layout = layout
            seats = Array(repeating: SeatStatus.available.rawValue, count: layout.seatGuids.count)
            freeInRow = layout.rows.map(\.count)
            freeInArea = show.areas.map(\.capacity)
            decided(at: show.createdAt)
        case .holdPlaced(let event):
            let hold = Hold(
                holdID: event.holdID, userID: event.userID, seatIndexes: event.seats.map(\.index), areas: event.areas,
                expiresAt: event.expiresAt)
            undo.hold = (event.holdID, holds[event.holdID])
            undo.seats = mark(hold.seatIndexes, as: .held)
            undo.areas = add(hold.areas, times: -1)
            keep(hold)
            decided(at: event.placedAt)
        case .holdReleased(let event), .holdExpired(let event):
            undo.hold = (event.holdID, holds.removeValue(forKey: event.holdID))
            undo.seats = mark(event.seatIndexes, as: .available)
            undo.areas = add(event.areas, times: 1)
            decided(at: event.endedAt)
            dropEndedExpiries()
        }
        return undo
    }

    /// What one event changed: the values from before it.
    public struct Undo: Sendable {
        fileprivate var version: Int64
        fileprivate var lastDecidedAt: Timestamp
        fileprivate var createdShow: Bool
        fileprivate var hold: (id: HoldID, before: Hold?)?
        fileprivate var seats: [(index: Int, before: UInt8)] = []
        fileprivate var areas: [(index: Int, before: Int)] = []
    }

    /// Takes back the last event that was folded in: for a decision that did not get into the log.
    public mutating func revert(_ undo: Undo) {
        if undo.createdShow {
            self = .initial
            return
        }
        for seat in undo.seats.reversed() { set(seat.index, to: seat.before) }
        for area in undo.areas.reversed() { freeInArea[area.index] = area.before }
        if let (id, before) = undo.hold {
            holds[id] = before
            if let before { keep(before) }
        }
        dropEndedExpiries()
        version = undo.version
        lastDecidedAt = undo.lastDecidedAt
    }

    /// When the next hold's time is over; nil: no holds.
    public var nextExpiry: Timestamp? { expiries.min?.at }

    /// How many expiries are remembered, those of ended holds included.
    var expiryCount: Int { expiries.count }

    /// The holds whose time is over at `now`, the longest overdue first.
    func overdueHolds(at now: Timestamp) -> [Hold] {
        guard let next = nextExpiry, next <= now else { return [] }
        return holds.values.filter { $0.expiresAt <= now }
            .sorted { ($0.expiresAt, $0.holdID) < ($1.expiresAt, $1.holdID) }
    }

    /// Frees the places of `hold`, which stays: for looking ahead, in a copy, at what its end would leave.
    mutating func vacate(_ hold: Hold) {
        _ = mark(hold.seatIndexes, as: .available)
        _ = add(hold.areas, times: 1)
    }

    private mutating func decided(at time: Timestamp) { lastDecidedAt = max(lastDecidedAt, time) }

    private mutating func keep(_ hold: Hold) {
        holds[hold.holdID] = hold
        expiries.insert(Expiry(at: hold.expiresAt, holdID: hold.holdID))
        dropEndedExpiries()
    }

    /// Keeps the top true, and the rest in proportion: holds that come and go long before their time must not pile up.
    private mutating func dropEndedExpiries() {
        while let first = expiries.min, holds[first.holdID]?.expiresAt != first.at { expiries.removeMin() }
        if expiries.count > 2 * holds.count + 64 {
            expiries = Heap(holds.values.map { Expiry(at: $0.expiresAt, holdID: $0.holdID) })
        }
    }

    /// Returns the statuses from before.
    private mutating func mark(_ indexes: [Int], as status: SeatStatus) -> [(index: Int, before: UInt8)] {
        indexes.filter(seats.indices.contains).map { index in
            let before = seats[index]
            set(index, to: status.rawValue)
            return (index, before)
        }
    }

    private mutating func set(_ index: Int, to status: UInt8) {
        guard let layout else { return }
        let free = SeatStatus.available.rawValue
        freeInRow[Int(layout.rowOfSeat[index])] += (status == free ? 1 : 0) - (seats[index] == free ? 1 : 0)
        seats[index] = status
    }

    /// Returns the free units from before.
    private mutating func add(_ areas: [AreaQuantity], times sign: Int) -> [(index: Int, before: Int)] {
        areas.compactMap { area in
            guard let index = layout?.areaIndex(area.areaID) else { return nil }
            let before = freeInArea[index]
            freeInArea[index] += sign * area.quantity
            return (index, before)
        }
    }
}

private struct Expiry: Comparable {
    var at: Timestamp
    var holdID: HoldID

    static func < (a: Self, b: Self) -> Bool { (a.at, a.holdID) < (b.at, b.holdID) }
}
