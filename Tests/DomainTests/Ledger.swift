@testable import Domain
import Testing

/// Who owns what, kept the slow and obvious way from the events alone, with the promises checked at every one.
struct Ledger {
    struct Hold {
        var placed: HoldPlaced
        /// The sequence number of what granted or last extended it.
        var token: Int64
        var isExtended = false
        var order: OrderID?
        /// The holds that went into it.
        var merged: [HoldID] = []
        /// What each place costs, in order.
        var prices: [Int64] = []

        func isOver(at now: Timestamp) -> Bool { placed.expiresAt <= now }
    }

    var show: ShowCreated
    var holds: [HoldID: Hold] = [:]
    var orders: [OrderID: Order] = [:]
    /// What an order is for.
    var placesOfOrder: [OrderID: HoldPlaced] = [:]
    var pricesOfOrder: [OrderID: [Int64]] = [:]
    var allocations: [String: Allocation] = [:]
    /// Units that are held or sold through an allocation.
    var usedUnits: [String: [AreaID: Int]] = [:]
    /// The ticket that is on offer, by seat.
    var listed: [Int: TicketID] = [:]
    var isCancelled = false
    var requiresAdmission = false
    /// The admissions that a hold was placed with.
    var claimed: Set<EntryID> = []
    var endedAdmissions: Set<EntryID> = []
    /// When the waiting list is due.
    var waitlistDue: Timestamp?
    /// That of the show's creation is 1.
    private(set) var position: Int64 = 1
    private var lastAt = Timestamp.distantPast

    init(_ show: ShowCreated) { self.show = show }

    mutating func apply(_ event: ShowEvent) {
        position += 1
        switch event {
        case .created: Issue.record("a second show")
        case .changed(let event): describe(event)
        case .places(let event): replacePlaces(event)
        case .allocations(let event): allocate(event)
        case .admission(let event): admit(event)
        case .hold(.placed(let hold)): place(hold)
        case .hold(.changed(let event)): change(event)
        case .hold(.released(let end)): remove(end, isExpiry: false)
        case .hold(.expired(let end)): remove(end, isExpiry: true)
        case .order(.started(let event)): start(event)
        case .order(.sold(let event)): sell(event)
        case .order(.failed(let event)): fail(event)
        case .order(.captured(let event)): capture(event)
        case .order(.voided(let event)): void(event)
        case .order(.refunded(let event)): refund(event)
        case .order(.parked(let event)): park(event)
        case .order(.resumed(let event)): resume(event)
        case .order(.returned(let event)): takeBack(event)
        case .order(.swapped(let event)): swap(event)
        case .order(.money(let event)): move(event)
        case .ticket(.scanned(let event)): scan(event)
        case .ticket(.scanUndone(let event)): undo(event)
        case .ticket(.scansUploaded(let event)): advance(to: event.uploadedAt)
        case .ticket(.changed(let event)): change(event)
        case .waitlist(let event):
            advance(to: event.at)
            if case .scheduled(let scheduled) = event { waitlistDue = scheduled.dueAt }
        case .cancelled(let event): cancel(event)
        }
    }

    mutating func advance(to time: Timestamp) {
        #expect(time >= lastAt, "time went back")
        lastAt = time
    }

    // MARK: What is whose

    var seats: [SeatingPlan.Seat] { show.seatingPlan.map { Array($0.seats) } ?? [] }

    func holder(ofSeat index: Int) -> HoldID? {
        holds.values.first { $0.placed.seats.contains { $0.index == index } }?.placed.holdID
    }

    /// The ticket that is somebody's, for this seat.
    func ticket(ofSeat index: Int) -> TicketID? {
        orders.values.lazy.flatMap(\.tickets).first { $0.seat == index && $0.isSomebodys }?.id
    }

    func soldUnits(of area: AreaID) -> Int {
        orders.values.reduce(0) { $0 + $1.tickets.count { $0.area == area && $0.isSomebodys } }
    }

    func heldUnits(of area: AreaID, by holds: some Sequence<Hold>) -> Int {
        holds.reduce(0) { $0 + $1.placed.areas.filter { $0.areaID == area }.reduce(0) { $0 + $1.quantity } }
    }

    func free(in area: AreaID, despite holds: some Sequence<Hold>) -> Int {
        let capacity = show.areas.first { $0.areaID == area }?.capacity ?? 0
        // What the others hold of an allocation goes back to it.
        let counted = Set(holds.map(\.placed.holdID))
        let others = self.holds.values.filter { !counted.contains($0.placed.holdID) }
        let back = others.flatMap(\.placed.areas).filter { $0.areaID == area && allocations[$0.allocation] != nil }
        return capacity - soldUnits(of: area) - heldUnits(of: area, by: holds) - blockedUnits(of: area)
            - back.reduce(0) { $0 + $1.quantity }
    }

    func status(ofSeat index: Int) -> SeatStatus {
        if holder(ofSeat: index) != nil { return .held }
        guard ticket(ofSeat: index) != nil else { return allocation(ofSeat: index) == nil ? .available : .blocked }
        return listed[index] == nil ? .sold : .resale
    }

    // MARK: Holds

    private mutating func place(_ hold: HoldPlaced) {
        #expect(holds[hold.holdID] == nil)
        #expect(!isCancelled)
        #expect(!hold.seats.isEmpty || !hold.areas.isEmpty)
        #expect(hold.seats.map(\.index) == hold.seats.map(\.index).sorted())
        for seat in hold.seats {
            #expect(holder(ofSeat: seat.index) == nil, "seat \(seat.guid) has two owners")
            #expect(seats[seat.index].guid == seat.guid)
            if let ticket = ticket(ofSeat: seat.index) {
                #expect(listed[seat.index] == ticket, "seat \(seat.guid) is sold")
                #expect(self.ticket(ticket)?.owner != hold.userID, "nobody buys from themselves")
            }
        }
        #expect(hold.resaleSeats == hold.seats.map(\.index).filter { listed[$0] != nil })
        #expect(hold.blockedSeats == hold.seats.map(\.index).filter { status(ofSeat: $0) == .blocked })
        // Who waits needs an admission to join, and none for an offer.
        if hold.offerOf == nil { claim(hold.admission) }
        for area in hold.areas { take(area) }
        let count = hold.seats.count + hold.areas.reduce(0) { $0 + $1.quantity }
        #expect(count <= show.maxSeatsPerHold)
        let alive = holds.values.filter { !$0.isOver(at: hold.placedAt) && $0.placed.userID == hold.userID }
        #expect(places(of: hold.userID, in: alive) + count <= show.maxSeatsPerUser ?? .max, "more than their share")
        #expect(!show.isDraft && !show.isPostponed && hold.placedAt < show.salesEndAt)
        let prices = prices(of: hold)
        #expect(hold.total == prices.reduce(0, +))
        checkTypes(of: hold)
        let seconds = hold.offerOf == nil ? show.holdSeconds : show.offerSeconds
        #expect(hold.expiresAt == hold.placedAt.adding(seconds: seconds))
        advance(to: hold.placedAt)
        holds[hold.holdID] = Hold(placed: hold, token: position, prices: prices)
    }

    private mutating func remove(_ end: HoldEnded, isExpiry: Bool) {
        guard let hold = holds.removeValue(forKey: end.holdID) else {
            Issue.record("the end of a hold that isn't there")
            return
        }
        #expect(end.userID == hold.placed.userID)
        #expect(end.seatIndexes == hold.placed.seats.map(\.index))
        #expect(end.resaleSeats == hold.placed.resaleSeats)
        checkFreed(end)
        #expect(end.areas.map(\.areaID) == hold.placed.areas.map(\.areaID))
        #expect(end.areas.map(\.quantity) == hold.placed.areas.map(\.quantity))
        #expect((hold.isOver(at: end.endedAt) || isCancelled) == isExpiry)
        if !isExpiry { #expect(hold.order == nil, "it is being paid for") }
        advance(to: end.endedAt)
    }

    func price(ofSeat index: Int) -> Int64 {
        let names = show.seatingPlan?.categories.map(\.name) ?? []
        return price(ofCategory: names[seats[index].category])
    }

    func price(ofArea id: AreaID) -> Int64 {
        show.areas.first { $0.areaID == id }.map { price(ofCategory: $0.category) } ?? 0
    }

    /// What each place costs: what the fares say, or where there are none, the show.
    func prices(of hold: HoldPlaced) -> [Int64] {
        guard hold.fares.isEmpty else { return hold.fares.all.map(\.amount) }
        return hold.seats.map { seat in
            listed[seat.index].flatMap(ticket)?.price ?? price(ofSeat: seat.index)
        } + hold.areas.flatMap { repeatElement(price(ofArea: $0.areaID), count: $0.quantity) }
    }
}

extension ShowState {
    /// All that a decision depends on.
    struct Snapshot: Equatable {
        var lastDecidedAt: Timestamp
        var layout: ObjectIdentifier?
        var holds: [HoldID: Hold]
        var orders: [OrderID: Order]
        var orderOfHold: [HoldID: OrderID]
        var listings: [Int: TicketID]
        var isCancelled: Bool
        var allocations: Allocations
        var admissions: Admissions
        var placesByUser: [UserID: Int]
        var seats: [UInt8]
        var freeInSegment: [Int32]
        var freeInArea: [Int]
        var waitlist: Waitlist
        var nextDeadline: Timestamp?
        var overdue: [Hold]
    }

    var snapshot: Snapshot {
        Snapshot(
            lastDecidedAt: lastDecidedAt, layout: layout.map(ObjectIdentifier.init), holds: holds,
            orders: orders, orderOfHold: orderOfHold, listings: listings, isCancelled: isCancelled,
            allocations: allocations, admissions: admissions, placesByUser: placesByUser, seats: seats,
            freeInSegment: freeInSegment,
            freeInArea: freeInArea, waitlist: waitlist,
            nextDeadline: nextDeadline, overdue: overdueHolds(at: Timestamp(microseconds: .max))
        )
    }
}
