import HeapModule

/// What the decider knows of one show: the fold of its stream.
public struct ShowState: Sendable {
    /// A live hold.
    public struct Hold: Equatable, Sendable {
        public var holdID: HoldID
        public var userID: UserID
        public var seats: [HeldSeat]
        /// Those of the seats that their owners offer for resale; ascending.
        public var resaleSeats: [Int]
        public var areas: [AreaQuantity]
        /// Minor units.
        public var total: Int64
        public var expiresAt: Timestamp
        /// The sequence number that granted or last extended it; nil: that is not in the log yet, so nobody can know it.
        public var fencingToken: Int64?
        /// The order that is paying for it.
        public var orderID: OrderID?
        var hasBeenExtended = false

        var seatIndexes: [Int] { seats.map(\.index) }
    }

    /// The stream's version: how many events are folded in.
    public private(set) var version: Int64 = 0
    /// The time of the last event's decision. The next decision is never earlier.
    public private(set) var lastDecidedAt = Timestamp.distantPast
    /// Nil until the show was created.
    public private(set) var layout: ShowLayout?
    public private(set) var holds: [HoldID: Hold] = [:]
    public private(set) var orders: [OrderID: Order] = [:]
    /// The ticket that is for resale, by seat, whether or not somebody holds the seat to buy it.
    private(set) var listings: [Int: TicketID] = [:]
    public private(set) var isCancelled = false
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
                holdID: event.holdID, userID: event.userID, seats: event.seats, resaleSeats: event.resaleSeats,
                areas: event.areas, total: event.total, expiresAt: event.expiresAt)
            undo.hold = (event.holdID, holds[event.holdID])
            mark(hold.seatIndexes, as: .held, &undo)
            add(hold.areas, times: -1, &undo)
            keep(hold)
            decided(at: event.placedAt)
        case .holdReleased(let event), .holdExpired(let event):
            undo.hold = (event.holdID, holds.removeValue(forKey: event.holdID))
            mark(event.seatIndexes, as: .available, &undo)
            mark(event.resaleSeats, as: .resale, &undo)
            add(event.areas, times: 1, &undo)
            decided(at: event.endedAt)
            dropEndedExpiries()
        case .purchaseStarted(let event): evolve(event, &undo)
        case .seatsSold(let event): evolve(event, &undo)
        case .purchaseFailed(let event):
            if var hold = holds[event.holdID] {
                undo.hold = (event.holdID, hold)
                hold.orderID = nil
                holds[event.holdID] = hold
            }
            change(event.orderID, &undo) { order in
                order.phase = .failed
                order.payment = Order.Payment(leftBy: event.payment)
                order.isParked = false
            }
            decided(at: event.failedAt)
        case .paymentCaptured(let event):
            change(event.orderID, &undo) {
                $0.payment = .captured
                $0.isParked = false
            }
            decided(at: event.at)
        case .paymentVoided(let event):
            change(event.orderID, &undo) {
                $0.payment = .none
                $0.isParked = false
                $0.refundsDue = [:]
            }
            decided(at: event.at)
        case .paymentRefunded(let event):
            change(event.orderID, &undo) {
                $0.refundsDue[event.refundID] = nil
                $0.isParked = false
            }
            decided(at: event.refundedAt)
        case .paymentParked(let event):
            change(event.orderID, &undo) { $0.isParked = true }
            decided(at: event.parkedAt)
        case .paymentResumed(let event):
            change(event.orderID, &undo) { $0.isParked = false }
            decided(at: event.at)
        case .ticketsReturned(let event):
            change(event.orderID, &undo) { order in
                for number in event.tickets where number > 0 && number <= order.tickets.count {
                    order.tickets[number - 1].goBack()
                }
                order.owe(event.refundID, event.amount)
                order.isParked = false
            }
            for index in event.resaleSeats { list(nil, index, &undo) }
            mark(event.seatIndexes, as: .available, &undo)
            add(event.areas, times: 1, &undo)
            decided(at: event.returnedAt)
        case .ticketScanned(let event):
            change(event.ticketID, &undo) { $0.scan(at: event.scannedAt) }
            decided(at: event.scannedAt)
        case .ticketChanged(let event): evolve(event, &undo)
        case .showCancelled(let event):
            undo.cancelledShow = !isCancelled
            isCancelled = true
            decided(at: event.cancelledAt)
        }
        return undo
    }

    /// What one event changed: the values from before it.
    public struct Undo: Sendable {
        fileprivate var version: Int64
        fileprivate var lastDecidedAt: Timestamp
        fileprivate var createdShow: Bool
        fileprivate var cancelledShow = false
        fileprivate var hold: (id: HoldID, before: Hold?)?
        fileprivate var orders: [(id: OrderID, before: Order?)] = []
        fileprivate var listings: [(seat: Int, before: TicketID?)] = []
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
        for order in undo.orders.reversed() { orders[order.id] = order.before }
        for listing in undo.listings.reversed() { listings[listing.seat] = listing.before }
        if undo.cancelledShow { isCancelled = false }
        if let (id, before) = undo.hold {
            holds[id] = before
            if let before { keep(before) }
        }
        dropEndedExpiries()
        version = undo.version
        lastDecidedAt = undo.lastDecidedAt
    }

    /// The last event is in the log, at this sequence number: what it granted is known by it.
    public mutating func locate(_ event: ShowEvent, at position: Int64) {
        switch event {
        case .holdPlaced(let placed): holds[placed.holdID]?.fencingToken = position
        case .purchaseStarted(let started) where started.extendsHold:
            holds[started.holdID]?.fencingToken = position
        default: break
        }
    }

    /// When the next hold's time is over; nil: no holds. That of a cancelled show's holds is.
    public var nextExpiry: Timestamp? { isCancelled && !holds.isEmpty ? .distantPast : expiries.min?.at }

    /// How many expiries are remembered, those of ended holds included.
    var expiryCount: Int { expiries.count }

    /// The holds whose time is over at `now`, the longest overdue first.
    func overdueHolds(at now: Timestamp) -> [Hold] {
        guard let next = nextExpiry, next <= now else { return [] }
        return holds.values.filter { isOver($0, at: now) }
            .sorted { ($0.expiresAt, $0.holdID) < ($1.expiresAt, $1.holdID) }
    }

    func isOver(_ hold: Hold, at now: Timestamp) -> Bool { isCancelled || hold.expiresAt <= now }

    /// Frees the places of `hold`, which stays: for looking ahead, in a copy, at what its end would leave.
    mutating func vacate(_ hold: Hold) {
        var undo = Undo(version: version, lastDecidedAt: lastDecidedAt, createdShow: false)
        mark(hold.seatIndexes, as: .available, &undo)
        mark(hold.resaleSeats, as: .resale, &undo)
        add(hold.areas, times: 1, &undo)
    }

    // MARK: Orders

    private mutating func evolve(_ event: PurchaseStarted, _ undo: inout Undo) {
        decided(at: event.startedAt)
        guard var hold = holds[event.holdID] else { return }
        undo.hold = (event.holdID, hold)
        hold.orderID = event.orderID
        if event.extendsHold {
            hold.expiresAt = event.expiresAt
            hold.hasBeenExtended = true
            hold.fencingToken = nil
        }
        keep(hold)
        undo.orders.append((event.orderID, orders[event.orderID]))
        orders[event.orderID] = Order(payingFor: hold)
    }

    private mutating func evolve(_ event: SeatsSold, _ undo: inout Undo) {
        decided(at: event.soldAt)
        if event.wasHeld {
            undo.hold = (event.holdID, holds.removeValue(forKey: event.holdID))
            dropEndedExpiries()
        } else {
            add(event.areas, times: -1, &undo)
        }
        mark(event.seats.map(\.index), as: .sold, &undo)
        for resold in event.resold {
            change(resold.ticketID, &undo) { $0.status = .resold }
            if let seller = resold.ticketID.order { change(seller, &undo) { $0.owe(resold.refundID, resold.amount) } }
            list(nil, resold.seatIndex, &undo)
        }
        let tickets = tickets(seats: event.seats, areas: event.areas, owner: event.userID)
        change(event.orderID, &undo) { order in
            order.phase = .sold
            order.payment = .authorized
            order.paymentID = event.paymentID
            order.isParked = false
            order.tickets = tickets
        }
    }

    private mutating func evolve(_ event: TicketChanged, _ undo: inout Undo) {
        decided(at: event.changedAt)
        change(event.ticketID, &undo) { $0.apply(event.change) }
        switch event.change {
        case .listed(let index, _):
            list(event.ticketID, index, &undo)
            mark([index], as: .resale, &undo)
        case .unlisted(let index):
            list(nil, index, &undo)
            mark([index], as: .sold, &undo)
        case .offered, .offerWithdrawn, .accepted: break
        }
    }

    private mutating func change(_ id: OrderID, _ undo: inout Undo, _ body: (inout Order) -> Void) {
        guard var order = orders[id] else { return }
        undo.orders.append((id, order))
        body(&order)
        orders[id] = order
    }

    private mutating func change(_ id: TicketID, _ undo: inout Undo, _ body: (inout Ticket) -> Void) {
        guard let order = id.order, let number = id.number, ticket(id) != nil else { return }
        change(order, &undo) { body(&$0.tickets[number - 1]) }
    }

    private mutating func list(_ ticket: TicketID?, _ seat: Int, _ undo: inout Undo) {
        undo.listings.append((seat, listings[seat]))
        listings[seat] = ticket
    }

    // MARK: Places

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

    private mutating func mark(_ indexes: [Int], as status: SeatStatus, _ undo: inout Undo) {
        for index in indexes where seats.indices.contains(index) {
            undo.seats.append((index, seats[index]))
            set(index, to: status.rawValue)
        }
    }

    private mutating func set(_ index: Int, to status: UInt8) {
        guard let layout else { return }
        let free = SeatStatus.available.rawValue
        freeInRow[Int(layout.rowOfSeat[index])] += (status == free ? 1 : 0) - (seats[index] == free ? 1 : 0)
        seats[index] = status
    }

    private mutating func add(_ areas: [AreaQuantity], times sign: Int, _ undo: inout Undo) {
        for area in areas {
            guard let index = layout?.areaIndex(area.areaID) else { continue }
            undo.areas.append((index, freeInArea[index]))
            freeInArea[index] += sign * area.quantity
        }
    }
}

private struct Expiry: Comparable {
    var at: Timestamp
    var holdID: HoldID

    static func < (a: Self, b: Self) -> Bool { (a.at, a.holdID) < (b.at, b.holdID) }
}
