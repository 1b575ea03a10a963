public import Domain
public import Projection

/// Every live hold, by its id and by its owner.
public struct MyHolds: AggregateProjection {
    public static let name = "my-holds"
    public static let formatVersion = 2

    public struct Hold: Equatable, Sendable {
        public var placed: HoldPlaced
        public var show: ShowID
        /// The sequence number of the event that granted it or last extended it.
        public var fencingToken: Int64
        /// The order that is paying for it.
        public var orderID: OrderID?
    }

    /// The live holds, each in a slot of its own, in no order: when an index grows, only small numbers move.
    private var slots: [Slot] = []
    private var slotsByHold: [HashedID<HoldKind>: Int32] = [:]
    /// The slot of one of the user's holds, which leads to the others.
    private var slotsByUser: [HashedID<UserKind>: Int32] = [:]

    private struct Slot {
        var hold: Hold
        /// Slots of the same user's holds; ``none`` where there are no more.
        var next = none
        var previous = none
    }

    private static let none: Int32 = -1

    /// Of every hold so far: holds of one show share its id.
    private var shows: Set<ShowID> = []

    public init() {}

    public mutating func apply(_ event: ShowEvent, in context: EventContext) throws(ProjectionFault) {
        switch event {
        case .hold(.placed(let placed)):
            let hold = Hold(placed: placed, show: context.show, fencingToken: context.position)
            guard insert(hold) else { throw ProjectionFault("hold \(placed.holdID) is placed twice") }
        case .hold(.released(let ended)), .hold(.expired(let ended)): try remove(ended.holdID)
        case .order(.started(let started)):
            let isThere = change(started.holdID) { hold in
                hold.orderID = started.orderID
                hold.placed.expiresAt = started.expiresAt
                if started.extendsHold { hold.fencingToken = context.position }
            }
            guard isThere else { throw ProjectionFault("hold \(started.holdID) is paid for and is not there") }
        case .order(.failed(let failed)): change(failed.holdID) { $0.orderID = nil }
        case .order(.sold(let sold)): if sold.wasHeld { try remove(sold.holdID) }
        case .hold(.changed(let changed)):
            for merged in changed.mergedHolds { try remove(merged) }
            let isThere = change(changed.hold.holdID) { hold in
                hold.placed = changed.hold
                hold.fencingToken = context.position
            }
            guard isThere else { throw ProjectionFault("hold \(changed.hold.holdID) changes and is not there") }
        case .created, .changed, .places, .allocations, .admission, .order, .ticket, .cancelled, .waitlist:
            break
        }
    }

    /// In no order.
    var live: some Collection<Hold> { slots.lazy.map(\.hold) }

    /// The user's live holds, in the order they were granted or last extended.
    public func holds(of user: UserID) -> [Hold] {
        var holds: [Hold] = []
        var next = slotsByUser[HashedID(user)] ?? Self.none
        while next != Self.none {
            holds.append(slots[Int(next)].hold)
            next = slots[Int(next)].next
        }
        return holds.sorted { $0.fencingToken < $1.fencingToken }
    }

    /// The hold, if it is live and the user's.
    public func hold(_ id: HoldID, of user: UserID) -> Hold? {
        guard let slot = slotsByHold[HashedID(id)], slots[Int(slot)].hold.placed.userID == user else { return nil }
        return slots[Int(slot)].hold
    }

    /// False, and nothing happens, if a hold with this id is there.
    mutating func insert(_ hold: Hold) -> Bool {
        let (slot, id) = (Int32(slots.count), HashedID(hold.placed.holdID))
        if let other = slotsByHold.updateValue(slot, forKey: id) {
            slotsByHold[id] = other
            return false
        }
        slots.append(Slot(hold: hold))
        slots[Int(slot)].hold.show = shows.insert(hold.show).memberAfterInsert
        link(slot)
        return true
    }

    /// Says whether the hold is there.
    @discardableResult
    private mutating func change(_ id: HoldID, _ body: (inout Hold) -> Void) -> Bool {
        guard let slot = slotsByHold[HashedID(id)] else { return false }
        body(&slots[Int(slot)].hold)
        return true
    }

    private mutating func remove(_ id: HoldID) throws(ProjectionFault) {
        guard let slot = slotsByHold.removeValue(forKey: HashedID(id)) else {
            throw ProjectionFault("hold \(id) ends and is not there")
        }
        unlink(slot)
        let last = slots.removeLast()
        if Int(slot) < slots.count { put(last, in: slot) }
    }

    /// Gives a hold another slot.
    private mutating func put(_ moved: Slot, in slot: Int32) {
        slots[Int(slot)] = moved
        slotsByHold[HashedID(moved.hold.placed.holdID)] = slot
        if moved.next != Self.none { slots[Int(moved.next)].previous = slot }
        if moved.previous != Self.none {
            slots[Int(moved.previous)].next = slot
        } else {
            slotsByUser[HashedID(moved.hold.placed.userID)] = slot
        }
    }

    /// Puts the hold in front of its user's others.
    private mutating func link(_ slot: Int32) {
        let user = HashedID(slots[Int(slot)].hold.placed.userID)
        let next = slotsByUser.updateValue(slot, forKey: user) ?? Self.none
        slots[Int(slot)].next = next
        if next != Self.none { slots[Int(next)].previous = slot }
    }

    private mutating func unlink(_ slot: Int32) {
        let (next, previous) = (slots[Int(slot)].next, slots[Int(slot)].previous)
        if next != Self.none { slots[Int(next)].previous = previous }
        if previous != Self.none {
            slots[Int(previous)].next = next
        } else {
            slotsByUser[HashedID(slots[Int(slot)].hold.placed.userID)] = next == Self.none ? nil : next
        }
    }
}
