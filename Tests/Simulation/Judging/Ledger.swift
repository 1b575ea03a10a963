import Domain

/// Who owns what, kept the slow and obvious way from the log's events alone: no code of the product's decides here.
struct Ledger {
    struct Hold {
        var placed: HoldPlaced
        var show: ShowID
        var at: Int64
        var expiresAt: Timestamp
        /// What each of its seats costs, by index.
        var seatPrices: [Int: Int64] = [:]
        /// The sequence numbers of what changed it, and of the purchase that gave it more time; ascending.
        var changedAt: [Int64] = []
        /// A purchase gave it more time.
        var isExtended = false
        /// The order that pays for it.
        var order: OrderID?
        /// The sequence number of its end.
        var endedAt: Int64?

        var units: Int { placed.seats.count + placed.areas.reduce(0) { $0 + $1.quantity } }

        func isLive(at position: Int64) -> Bool { at <= position && (endedAt ?? .max) > position }

        /// Its fencing token then.
        func token(at position: Int64) -> Int64 { changedAt.last { $0 <= position } ?? at }
    }

    /// Whose a seat is. Held and somebody's ticket at once: its owner sells it, and somebody is about to buy it.
    struct Seat: Equatable {
        var hold: HoldID?
        var ticket: TicketID?
        var isListed = false
        /// The allocation that keeps it while nobody has it.
        var allocation: String?

        var status: SeatStatus {
            if hold != nil { return .held }
            guard ticket == nil else { return isListed ? .resale : .sold }
            return allocation == nil ? .available : .blocked
        }
    }

    struct Show {
        var created: ShowCreated
        var version: Int64 = 1
        var decidedAt: Timestamp
        var seats: [Seat]
        var freeUnits: [Int]
        /// How many seats and units were held from which sequence number on.
        var held: [(at: Int64, count: Int)]
        var sold = 0
        var isCancelled = false

        func price(ofSeat index: Int) -> Int64 {
            var rest = index
            for (row, seats) in (created.seatingPlan?.zones.flatMap(\.rows) ?? []).enumerated() {
                if rest < seats.seats.count { return created.prices[row % 2 == 0 ? "A" : "B"] ?? 0 }
                rest -= seats.seats.count
            }
            return 0
        }

        var priceOfUnit: Int64 { created.prices["B"] ?? 0 }
    }

    var shows: [ShowID: Show] = [:]
    /// In the order they were placed.
    var holds: [Hold] = []
    var holdIndexes: [HoldID: Int] = [:]
    var holdsByUser: [UserID: [Int]] = [:]
    var orders: [OrderID: Order] = [:]

    /// What is wrong with this event after those before it; nil: nothing.
    mutating func apply(_ event: ShowEvent, of id: ShowID, version: Int64, at position: Int64) -> String? {
        guard version == (shows[id]?.version ?? 0) + 1 else { return "\(position) has the stream version \(version)" }
        if case .created(let created) = event { return create(created, at: position) }
        guard var show = shows.removeValue(forKey: id) else { return "\(position) is of a show that is not there" }
        show.version = version
        defer { shows[id] = show }
        guard event.decidedAt >= show.decidedAt else { return "\(position) was decided before what it rests on" }
        show.decidedAt = event.decidedAt
        switch event {
        case .created: return nil
        case .hold(.placed(let placed)): return place(placed, on: &show, at: position)
        case .places, .admission: return "\(position) is an event that nobody asks for here"
        case .changed(let changed):
            show.created.prices = changed.show.prices
            return count(0, 0, on: &show, at: position)
        case .allocations(let changed): return allocate(changed, on: &show, at: position)
        case .hold(.changed(let changed)): return change(changed, on: &show, at: position)
        case .hold(.released(let ended)): return end(ended, isExpiry: false, on: &show, at: position)
        case .hold(.expired(let ended)): return end(ended, isExpiry: true, on: &show, at: position)
        case .order, .ticket, .waitlist, .cancelled:
            let wrong = apply(sale: event, on: &show, at: position)
            return wrong.map { "\(position) \($0)" } ?? count(0, 0, on: &show, at: position)
        }
    }

    // MARK: What was so at a sequence number

    /// In the order in which they were granted or last extended.
    func holds(of user: UserID, at position: Int64) -> [HoldID] {
        holdsByUser[user, default: []].lazy.map { holds[$0] }.filter { $0.isLive(at: position) }
            .sorted { $0.token(at: position) < $1.token(at: position) }.map(\.placed.holdID)
    }

    /// Seats and units of the show that were held; nil: it was not there.
    func held(of show: ShowID, at position: Int64) -> Int? {
        shows[show]?.held.last { $0.at <= position }?.count
    }

    /// The seat map's digits now.
    func statuses(of show: ShowID) -> [UInt8]? { shows[show]?.seats.map { UInt8(ascii: "0") + $0.status.rawValue } }

    func listedSeats(of show: ShowID) -> [Int] {
        shows[show].map { show in show.seats.indices.filter { show.seats[$0].status == .resale } } ?? []
    }

    func freeSeats(of show: ShowID) -> [Int] {
        shows[show].map { show in show.seats.indices.filter { show.seats[$0].status == .available } } ?? []
    }

    func freeUnits(of show: ShowID) -> [Int]? { shows[show]?.freeUnits }

    var liveHolds: [Hold] { holds.filter { $0.endedAt == nil } }

    // MARK: Events

    private mutating func create(_ created: ShowCreated, at position: Int64) -> String? {
        guard shows[created.showID] == nil else { return "show \(created.showID) is created twice" }
        shows[created.showID] = Show(
            created: created, decidedAt: created.createdAt,
            seats: Array(repeating: Seat(), count: created.seatingPlan?.seatCount ?? 0),
            freeUnits: created.areas.map(\.capacity), held: [(position, 0)])
        return nil
    }

    private mutating func place(_ placed: HoldPlaced, on show: inout Show, at position: Int64) -> String? {
        guard !show.isCancelled else { return "\(position) holds seats of a cancelled show" }
        guard holdIndexes[placed.holdID] == nil else { return "\(position) places hold \(placed.holdID) again" }
        guard placed.expiresAt == placed.placedAt.adding(seconds: show.created.seconds(of: placed)) else {
            return "\(position) expires at another time than the show says"
        }
        var hold = Hold(placed: placed, show: show.created.showID, at: position, expiresAt: placed.expiresAt)
        for seat in placed.seats {
            if let wrong = take(seat, for: &hold, as: placed, on: &show) { return "\(position) \(wrong)" }
        }
        if let wrong = take(placed.areas, on: &show) { return "\(position) \(wrong)" }
        guard placed.total == hold.price(of: show) else { return "\(position) asks another price" }
        guard (1...show.created.maxSeatsPerHold).contains(hold.units) else { return "\(position) gives \(hold.units)" }
        holdIndexes[placed.holdID] = holds.count
        holdsByUser[placed.userID, default: []].append(holds.count)
        holds.append(hold)
        return count(hold.units, -placed.resaleSeats.count, on: &show, at: position)
    }

    /// A seat becomes a hold's.
    func take(_ seat: HeldSeat, for hold: inout Hold, as placed: HoldPlaced, on show: inout Show) -> String? {
        let owned = show.seats[seat.index]
        guard owned.hold == nil, owned.ticket == nil || owned.isListed else {
            return "gives seat \(seat.guid), which is \(owned)'s, to \(placed.holdID)"
        }
        guard placed.resaleSeats.contains(seat.index) == owned.isListed,
            placed.blockedSeats.contains(seat.index) == (owned.status == .blocked)
        else { return "takes seat \(seat.guid) for what it is not" }
        show.seats[seat.index].hold = placed.holdID
        hold.seatPrices[seat.index] = owned.ticket.flatMap(ticket)?.price ?? show.price(ofSeat: seat.index)
        return nil
    }

    /// Area units become somebody's.
    func take(_ areas: [AreaQuantity], on show: inout Show) -> String? {
        for area in areas {
            guard let index = show.created.areas.firstIndex(where: { $0.areaID == area.areaID }), area.quantity > 0
            else {
                return "gives units of an area that is not there, or none"
            }
            show.freeUnits[index] -= area.quantity
            if show.freeUnits[index] < 0 { return "gives more units of \(area.areaID) than are free" }
        }
        return nil
    }

    func free(_ areas: [AreaQuantity], on show: inout Show) {
        for area in areas {
            if let index = show.created.areas.firstIndex(where: { $0.areaID == area.areaID }) {
                show.freeUnits[index] += area.quantity
            }
        }
    }

    private mutating func end(_ ended: HoldEnded, isExpiry: Bool, on show: inout Show, at position: Int64) -> String? {
        guard let index = holdIndexes[ended.holdID], holds[index].endedAt == nil else {
            return "\(position) ends hold \(ended.holdID), which is not live"
        }
        let hold = holds[index]
        guard ended.userID == hold.placed.userID, ended.seatIndexes == hold.placed.seats.map(\.index),
            ended.areas == hold.placed.areas, ended.resaleSeats == hold.placed.resaleSeats,
            ended.blockedSeats == show.allocated(ended.seatIndexes, besides: ended.resaleSeats)
        else { return "\(position) ends more or less than hold \(ended.holdID)" }
        guard (ended.endedAt >= hold.expiresAt || show.isCancelled) == isExpiry else {
            return "\(position) ends hold \(ended.holdID) before or after its time"
        }
        guard isExpiry || hold.order == nil else {
            return "\(position) releases \(ended.holdID), which is being paid for"
        }
        for seat in ended.seatIndexes { show.seats[seat].hold = nil }
        free(ended.areas, on: &show)
        holds[index].endedAt = position
        return count(-hold.units, ended.resaleSeats.count, on: &show, at: position)
    }

    /// Free, held and sold together are the capacity.
    func count(_ held: Int, _ sold: Int, on show: inout Show, at position: Int64) -> String? {
        let held = (show.held.last?.count ?? 0) + held
        if held != show.held.last?.count { show.held.append((position, held)) }
        show.sold += sold
        let free = show.seats.count { $0.hold == nil && $0.ticket == nil } + show.freeUnits.reduce(0, +)
        guard free + held + show.sold == show.created.capacity else {
            return "after \(position) free, held and sold are not the capacity"
        }
        return nil
    }
}

extension Ledger.Hold {
    /// What all of it costs.
    func price(of show: Ledger.Show) -> Int64 {
        seatPrices.values.reduce(0, +) + Int64(units - placed.seats.count) * show.priceOfUnit
    }
}

extension Ledger.Show {
    /// Those of the seats that are an allocation's when nobody has them.
    func allocated(_ indexes: [Int], besides resale: [Int] = []) -> [Int] {
        indexes.filter { seats[$0].allocation != nil && !resale.contains($0) }
    }
}

extension ShowCreated {
    /// How long the hold lasts at first.
    fileprivate func seconds(of placed: HoldPlaced) -> Int64 { placed.offerOf == nil ? holdSeconds : offerSeconds }
}

extension ShowEvent {
    /// The hold that is no more.
    var endedHold: HoldID? {
        switch self {
        case .hold(.released(let ended)), .hold(.expired(let ended)): ended.holdID
        case .order(.sold(let sold)): sold.holdID
        case .created, .changed, .places, .allocations, .admission, .hold, .order, .ticket, .waitlist, .cancelled: nil
        }
    }

    /// When it was decided.
    var decidedAt: Timestamp {
        switch self {
        case .created(let event): event.createdAt
        case .changed(let event): event.changedAt
        case .places(let event): event.changedAt
        case .allocations(let event): event.changedAt
        case .admission(let event): event.at
        case .hold(.placed(let event)): event.placedAt
        case .hold(.changed(let event)): event.changedAt
        case .hold(.released(let event)), .hold(.expired(let event)): event.endedAt
        case .order(.started(let event)): event.startedAt
        case .order(.sold(let event)): event.soldAt
        case .order(.failed(let event)): event.failedAt
        case .order(.captured(let event)): event.capturedAt
        case .order(.voided(let event)): event.voidedAt
        case .order(.resumed(let event)): event.resumedAt
        case .order(.refunded(let event)): event.refundedAt
        case .order(.parked(let event)): event.parkedAt
        case .order(.returned(let event)): event.returnedAt
        case .order(.swapped(let event)): event.swappedAt
        case .order(.money(let event)): event.at
        case .ticket(.scanned(let event)): event.recordedAt
        case .ticket(.scanUndone(let event)): event.undoneAt
        case .ticket(.scansUploaded(let event)): event.uploadedAt
        case .ticket(.changed(let event)): event.changedAt
        case .waitlist(let event): event.at
        case .cancelled(let event): event.cancelledAt
        }
    }
}
