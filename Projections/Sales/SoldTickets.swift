import Domain

/// What each live ticket of a show is, and what it cost: as much as it takes to know what its return takes back. A seat costs
/// four bytes, and none before the first sale.
struct SoldTickets: Sendable {
    /// Tickets of one row of the report that cost the same.
    struct Kind: Hashable, Sendable {
        var row: Int
        /// Minor units.
        var price: Int64
        var fee: Int64
        var tax: Int64

        var amount: Int64 { price.plus(fee).plus(tax) }
    }

    struct Slot: Sendable {
        var kind: Kind
        /// Live tickets of it; 0: the slot is free for another kind.
        var uses: Int
    }

    /// Tickets of an order that are for units of areas.
    struct Units: Sendable {
        /// The number of the first; those of seats come before.
        var firstNumber: Int
        /// A slot's number and 1 for each ticket; 0: it is nobody's any more.
        var slots: [UInt32]
    }

    /// There are no more than live tickets.
    private(set) var slots: [Slot] = []
    /// A slot's number and 1 for each seat in plan order; 0: nobody has a ticket for it. Empty: of all seats.
    private(set) var ofSeat: [UInt32] = []
    /// Orders that have live tickets of areas.
    private(set) var units: [OrderID: Units] = [:]

    private var indexes: [Kind: Int] = [:]
    /// Descending.
    private var freeSlots: [Int] = []

    init() {}

    /// Nil: nobody has a ticket for the seat.
    func kind(ofSeat index: Int) -> Kind? {
        guard ofSeat.indices.contains(index), ofSeat[index] > 0 else { return nil }
        return slots[Int(ofSeat[index]) - 1].kind
    }

    /// Nil: the order has no such live ticket of an area.
    func kind(ofTicket number: Int, of order: OrderID) -> Kind? {
        guard let units = units[order], units.slots.indices.contains(number - units.firstNumber) else { return nil }
        let slot = units.slots[number - units.firstNumber]
        return slot > 0 ? slots[Int(slot) - 1].kind : nil
    }

    /// - Parameter seatCount: how many the show has; `index` is one of them.
    mutating func put(_ kind: Kind, onSeat index: Int, of seatCount: Int) {
        if ofSeat.isEmpty { ofSeat = Array(repeating: 0, count: seatCount) }
        ofSeat[index] = use(kind)
    }

    mutating func put(_ kinds: [Kind], asTicketsFrom number: Int, of order: OrderID) {
        guard !kinds.isEmpty else { return }
        units[order] = Units(firstNumber: number, slots: kinds.map { use($0) })
    }

    mutating func takeTicket(ofSeat index: Int) {
        guard ofSeat.indices.contains(index), ofSeat[index] > 0 else { return }
        release(ofSeat[index])
        ofSeat[index] = 0
    }

    mutating func takeTicket(_ number: Int, of order: OrderID) {
        guard let found = units[order], found.slots.indices.contains(number - found.firstNumber) else { return }
        let index = number - found.firstNumber
        guard found.slots[index] > 0 else { return }
        release(found.slots[index])
        units[order]?.slots[index] = 0
        if units[order]?.slots.allSatisfy({ $0 == 0 }) == true { units[order] = nil }
    }

    /// The show has other places; see ``PlacesChanged/previousIndexes``.
    mutating func move(from previous: [Int]) {
        guard !ofSeat.isEmpty else { return }
        let old = ofSeat
        ofSeat = previous.map { old.indices.contains($0) ? old[$0] : 0 }
    }

    private mutating func use(_ kind: Kind) -> UInt32 {
        if let index = indexes[kind] {
            slots[index].uses += 1
            return UInt32(index + 1)
        }
        let index: Int
        if let free = freeSlots.popLast() {
            index = free
            slots[index] = Slot(kind: kind, uses: 1)
        } else {
            index = slots.count
            slots.append(Slot(kind: kind, uses: 1))
        }
        indexes[kind] = index
        return UInt32(index + 1)
    }

    private mutating func release(_ number: UInt32) {
        let index = Int(number) - 1
        slots[index].uses -= 1
        guard slots[index].uses == 0 else { return }
        indexes[slots[index].kind] = nil
        // What it was is nothing to remember: equal states are equal to the byte.
        slots[index].kind = Kind(row: 0, price: 0, fee: 0, tax: 0)
        let place = freeSlots.firstIndex { $0 < index } ?? freeSlots.count
        freeSlots.insert(index, at: place)
    }

    /// From a snapshot; nil where the parts don't fit together.
    init?(slots: [Slot], ofSeat: [UInt32], units: [OrderID: Units], rowCount: Int) {
        var uses = Array(repeating: 0, count: slots.count)
        for number in ofSeat + units.values.flatMap(\.slots) where number > 0 {
            guard number <= slots.count else { return nil }
            uses[Int(number) - 1] += 1
        }
        for (index, slot) in slots.enumerated() {
            guard slot.uses == uses[index] else { return nil }
            if slot.uses == 0 {
                freeSlots.insert(index, at: 0)
            } else {
                guard (0..<rowCount).contains(slot.kind.row), indexes.updateValue(index, forKey: slot.kind) == nil
                else { return nil }
            }
        }
        self.slots = slots
        self.ofSeat = ofSeat
        self.units = units
    }
}
