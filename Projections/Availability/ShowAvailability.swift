import Contract
public import Domain
import Projection

/// One show's seat map.
public struct ShowAvailability: Sendable {
    /// Units of an area, or seats, that are not free.
    public struct Counts: Equatable, Sendable {
        public var held = 0
        /// Those for resale included: they have an owner.
        public var sold = 0
        public var blocked = 0

        public init(held: Int = 0, sold: Int = 0, blocked: Int = 0) {
            self.held = held
            self.sold = sold
            self.blocked = blocked
        }

        public var taken: Int { held + sold + blocked }

        /// Moves units; false when there are not so many to move.
        mutating func move(_ quantity: Int, from old: SeatStatus, to new: SeatStatus, capacity: Int) -> Bool {
            var moved = self
            moved.add(-quantity, to: old)
            moved.add(quantity, to: new)
            guard moved.held >= 0, moved.sold >= 0, moved.blocked >= 0, moved.taken <= capacity else { return false }
            self = moved
            return true
        }

        private mutating func add(_ quantity: Int, to status: SeatStatus) {
            switch status {
            case .available: break
            case .held: held += quantity
            case .sold, .resale: sold += quantity
            case .blocked: blocked += quantity
            }
        }
    }

    public struct AreaState: Equatable, Sendable {
        public var counts = Counts()
        /// The sequence number of its last change.
        public var changedAt: Int64
    }

    /// The show, without its seating plan.
    public internal(set) var details: ShowCreated
    /// The seating plan as Protocol Buffers; empty: there is none. Kept packed: it is seldom asked for.
    public internal(set) var planPayload: [UInt8]
    /// One ASCII digit a seat, in plan order: a ``SeatStatus``.
    public internal(set) var statuses: [UInt8]
    /// By seat: the sequence number of its last change.
    public internal(set) var changedAt: ChangePositions
    /// Beside `details.areas`.
    public internal(set) var areas: [AreaState]
    /// The sequence number of the show's last change.
    public internal(set) var version: Int64
    /// Of all seats.
    public internal(set) var seatCounts = Counts()
    /// The sequence number of the event that made the places what they are: seat maps of before it are of other seats.
    public internal(set) var placesChangedAt: Int64
    /// The places that are not for everybody; by name.
    public internal(set) var allocations: [Allocation] = []
    /// Units of areas that are held or sold through an allocation, by its name; none where nobody has any.
    var unitsTaken: [String: [AreaID: Int]] = [:]
    /// Nil: the show is on.
    public internal(set) var cancellation: Cancellation?

    init(_ show: ShowCreated, at position: Int64) {
        var details = show
        details.plan = nil
        self.details = details
        planPayload = show.plan?.wireBytes ?? []
        let seatCount = show.plan?.seatCount ?? 0
        statuses = Array(repeating: Self.digit(.available), count: seatCount)
        changedAt = ChangePositions(count: seatCount, at: position)
        areas = show.areas.map { _ in AreaState(changedAt: position) }
        version = position
        placesChangedAt = position
    }

    /// As restored from a snapshot; the counts follow from the rest.
    init(
        details: ShowCreated, planPayload: [UInt8], statuses: [UInt8], changedAt: [Int64], areas: [AreaState],
        version: Int64, placesChangedAt: Int64
    ) {
        self.details = details
        self.planPayload = planPayload
        self.statuses = statuses
        self.changedAt = ChangePositions(changedAt, from: changedAt.min() ?? 0)
        self.areas = areas
        self.version = version
        self.placesChangedAt = placesChangedAt
        seatCounts = Self.counts(of: statuses)
    }

    private static func counts(of statuses: [UInt8]) -> Counts {
        Counts(
            held: statuses.count { $0 == digit(.held) },
            sold: statuses.count { $0 == digit(.sold) || $0 == digit(.resale) },
            blocked: statuses.count { $0 == digit(.blocked) })
    }

    /// The show has other places; what is taken of those that stay, stays.
    mutating func replacePlaces(_ event: PlacesChanged, at position: Int64) throws(ProjectionFault) {
        let known = event.previousIndexes.allSatisfy { $0 < statuses.count }
        guard known, event.plan != nil || event.previousIndexes.count == statuses.count else {
            throw ProjectionFault("the new places don't fit the old ones")
        }
        let (oldStatuses, oldAreas) = (statuses, Dictionary(zip(details.areas.map(\.areaID), areas)) { $1 })
        statuses = event.previousIndexes.map { $0 < 0 ? Self.digit(.available) : oldStatuses[$0] }
        changedAt = ChangePositions(count: statuses.count, at: position)
        seatCounts = Self.counts(of: statuses)
        details.areas = event.areas
        areas = event.areas.map { AreaState(counts: oldAreas[$0.areaID]?.counts ?? Counts(), changedAt: position) }
        if let plan = event.plan { planPayload = plan.wireBytes }
        let moved = Dictionary(
            event.previousIndexes.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { $1 })
        for index in allocations.indices {
            allocations[index].seats = allocations[index].seats.compactMap { moved[$0] }.sorted()
        }
        version = position
        placesChangedAt = position
    }

    /// Seats and area units together.
    public var capacity: Int { details.areas.reduce(statuses.count) { $0 + $1.capacity } }

    /// Seats and area units together.
    public var counts: Counts {
        areas.reduce(into: seatCounts) {
            $0.held += $1.counts.held
            $0.sold += $1.counts.sold
            $0.blocked += $1.counts.blocked
        }
    }

    /// Any place is free.
    public var hasFree: Bool { counts.taken < capacity }

    /// Where the show's sale is at a time.
    public func status(at now: Timestamp) -> ShowStatus {
        ShowStatus(of: details, at: now, isCancelled: cancellation != nil, hasFree: hasFree)
    }

    static func digit(_ status: SeatStatus) -> UInt8 { UInt8(ascii: "0") + status.rawValue }

    /// Moves seats and, from and to the same status, area units.
    mutating func change<Seats>(
        _ seats: SeatMove<Seats>, _ quantities: [AreaQuantity], and others: [SeatMove<[Int]>] = [], at position: Int64
    ) throws(ProjectionFault) {
        // All is checked before anything is changed: a view that stops here shows what was before the event.
        var changedSeats = seatCounts
        try check(seats, &changedSeats)
        for other in others { try check(other, &changedSeats) }
        let changedAreas = try quantities.isEmpty ? [] : changed(quantities, from: seats.old, to: seats.new)

        make(seats, at: position)
        for other in others { make(other, at: position) }
        seatCounts = changedSeats
        take(quantities, from: seats.old, to: seats.new)
        for (index, counts) in changedAreas { areas[index] = AreaState(counts: counts, changedAt: position) }
        version = position
    }

    private mutating func take(_ quantities: [AreaQuantity], from old: SeatStatus, to new: SeatStatus) {
        for area in quantities where !area.allocation.isEmpty && (old == .available) != (new == .available) {
            let units = unitsTaken[area.allocation]?[area.areaID] ?? 0
            let now = units + (old == .available ? area.quantity : -area.quantity)
            unitsTaken[area.allocation, default: [:]][area.areaID] = now > 0 ? now : nil
            if unitsTaken[area.allocation]?.isEmpty == true { unitsTaken[area.allocation] = nil }
        }
    }

    /// Other places than before are kept.
    mutating func keep(_ allocations: [Allocation]) {
        self.allocations = allocations
        let names = Set(allocations.map(\.name))
        unitsTaken = unitsTaken.filter { names.contains($0.key) }
    }

    /// The seat is kept by an allocation, and nobody has it.
    public func isLeft(seat index: Int) -> Bool {
        statuses.indices.contains(index) && statuses[index] == Self.digit(.blocked)
    }

    /// Units of the area that the allocation keeps and nobody has.
    public func unitsLeft(of area: AreaID, in allocation: Allocation) -> Int {
        let units = allocation.areas.first { $0.areaID == area }?.quantity ?? 0
        return max(0, units - (unitsTaken[allocation.name]?[area] ?? 0))
    }

    /// The show is described anew; what is taken of it stays.
    mutating func describe(_ event: ShowChanged, at position: Int64) {
        details = details.changed(by: event)
        version = position
    }

    /// So many units are off sale now.
    mutating func block(_ blocks: [AreaBlock], at position: Int64) throws(ProjectionFault) {
        for block in blocks {
            guard let index = details.areas.firstIndex(where: { $0.areaID == block.areaID }) else {
                throw ProjectionFault("area \(block.areaID) is not there")
            }
            var counts = areas[index].counts
            counts.blocked = block.units
            guard block.units >= 0, counts.taken <= details.areas[index].capacity else {
                throw ProjectionFault("area \(block.areaID) has not so many units")
            }
            areas[index] = AreaState(counts: counts, changedAt: position)
        }
        version = position
    }

    private func check<Seats>(_ move: SeatMove<Seats>, _ counts: inout Counts) throws(ProjectionFault) {
        var last = -1
        for index in move.seats {
            guard statuses.indices.contains(index) else { throw ProjectionFault("seat \(index) is not there") }
            guard index > last else { throw ProjectionFault("seat \(index) is not in order") }
            guard statuses[index] == Self.digit(move.old) else {
                throw ProjectionFault("seat \(index) is not \(move.old)")
            }
            last = index
        }
        guard counts.move(move.seats.count, from: move.old, to: move.new, capacity: statuses.count) else {
            throw ProjectionFault("there are not \(move.seats.count) seats that are \(move.old)")
        }
    }

    private func changed(
        _ quantities: [AreaQuantity], from old: SeatStatus, to new: SeatStatus
    ) throws(ProjectionFault) -> [(index: Int, counts: Counts)] {
        var changed: [(index: Int, counts: Counts)] = []
        for quantity in quantities {
            guard let index = details.areas.firstIndex(where: { $0.areaID == quantity.areaID }) else {
                throw ProjectionFault("area \(quantity.areaID) is not there")
            }
            guard index > changed.last?.index ?? -1 else {
                throw ProjectionFault("area \(quantity.areaID) is not in order")
            }
            var counts = areas[index].counts
            guard
                counts.move(
                    quantity.quantity, from: quantity.status(old), to: quantity.status(new),
                    capacity: details.areas[index].capacity)
            else { throw ProjectionFault("area \(quantity.areaID) has not so many units that are \(old)") }
            changed.append((index, counts))
        }
        return changed
    }

    private mutating func make<Seats>(_ move: SeatMove<Seats>, at position: Int64) {
        for index in move.seats {
            statuses[index] = Self.digit(move.new)
            changedAt[index] = position
        }
    }
}

extension AreaQuantity {
    /// Units that nobody holds are blocked where an allocation keeps them.
    fileprivate func status(_ status: SeatStatus) -> SeatStatus {
        status == .available && !allocation.isEmpty ? .blocked : status
    }
}

/// Seats that go from one status to another; by index, ascending.
struct SeatMove<Seats: Collection<Int>> {
    var seats: Seats
    var old: SeatStatus
    var new: SeatStatus

    init(_ seats: Seats, _ old: SeatStatus, to new: SeatStatus) {
        self.seats = seats
        self.old = old
        self.new = new
    }
}

/// How far the refunding of a cancelled show has come.
public struct Cancellation: Equatable, Sendable {
    public let cancelledAt: Timestamp
    /// Orders that have tickets to be refunded.
    public let orders: Int
    /// Of those, the ones whose money is back, or was never taken.
    public internal(set) var refunded = 0
    /// The refunds that are on their way.
    var refundsDue: [OrderID: RefundID] = [:]

    init(cancelledAt: Timestamp, orders: Int) {
        self.cancelledAt = cancelledAt
        self.orders = orders
    }

    mutating func returned(_ event: TicketsReturned) {
        // The rest of an earlier refund, which was counted when that was made.
        if event.tickets.isEmpty { return }
        if event.amount == 0 { refunded += 1 } else { refundsDue[event.orderID] = event.refundID }
    }

    /// A refund was made; with no refund: the order's authorization was voided.
    mutating func settled(_ order: OrderID, _ refund: RefundID?) {
        guard let due = refundsDue[order], refund == nil || refund == due else { return }
        refundsDue[order] = nil
        refunded += 1
    }
}
