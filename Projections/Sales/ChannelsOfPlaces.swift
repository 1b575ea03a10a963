import Domain

/// Which channel places are held, and bought, through: the one that they were kept for when they were held. What becomes of
/// the allocation later changes nothing about that. Remembers live holds and open orders, and of those what has a channel.
struct ChannelsOfPlaces: Equatable, Sendable {
    struct Places: Equatable, Sendable {
        /// By `seat_guid`.
        var seats: [String: String] = [:]
        var areas: [AreaID: String] = [:]

        var isEmpty: Bool { seats.isEmpty && areas.isEmpty }
    }

    /// All that the show has, by name.
    var allocations: [Allocation] = []
    var ofHold: [HoldID: Places] = [:]
    var ofOrder: [OrderID: Places] = [:]

    /// The channel that a seat is kept for; empty: none.
    func channel(ofSeat index: Int) -> String {
        allocations.first { $0.seats.containsSorted(index) }?.channel ?? ""
    }

    mutating func place(_ hold: HoldPlaced) {
        if !allocations.isEmpty { ofHold[hold.holdID] = Self.some(places(takenBy: hold)) }
    }

    mutating func change(_ event: HoldChanged) {
        guard !allocations.isEmpty || !ofHold.isEmpty else { return }
        var had = ofHold[event.hold.holdID] ?? Places()
        for id in event.mergedHolds {
            guard let other = ofHold.removeValue(forKey: id) else { continue }
            had.seats.merge(other.seats) { $1 }
            had.areas.merge(other.areas) { $1 }
        }
        // What is added now may be another's than when it was in the hold before.
        let added = Set(event.addedSeats)
        var new = event.hold
        new.seats = new.seats.filter { added.contains($0.index) }
        new.blockedSeats = new.blockedSeats.filter(added.contains)
        new.areas = event.addedAreas
        let taken = places(takenBy: new)
        let (guids, areas) = (Set(event.hold.seats.map(\.guid)), Set(event.hold.areas.map(\.areaID)))
        var places = Places(
            seats: had.seats.filter { guids.contains($0.key) }, areas: had.areas.filter { areas.contains($0.key) })
        for seat in new.seats { places.seats[seat.guid] = taken.seats[seat.guid] }
        for area in new.areas { places.areas[area.areaID] = taken.areas[area.areaID] }
        ofHold[event.hold.holdID] = Self.some(places)
    }

    mutating func end(_ hold: HoldID) { if !ofHold.isEmpty { ofHold[hold] = nil } }

    mutating func start(_ event: PurchaseStarted) {
        if let places = ofHold[event.holdID] { ofOrder[event.orderID] = places }
    }

    /// The order is bought, or never will be. Returns what of its places has a channel.
    mutating func end(_ order: OrderID) -> Places { ofOrder.removeValue(forKey: order) ?? Places() }

    /// The show has other places; see ``PlacesChanged/previousIndexes``.
    mutating func move(from previous: [Int]) {
        guard !allocations.isEmpty else { return }
        let moved = Dictionary(previous.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { $1 })
        for index in allocations.indices {
            allocations[index].seats = allocations[index].seats.compactMap { moved[$0] }.sorted()
        }
    }

    private func places(takenBy hold: HoldPlaced) -> Places {
        var places = Places()
        guard !allocations.isEmpty else { return places }
        let blocked = Set(hold.blockedSeats)
        for seat in hold.seats where blocked.contains(seat.index) {
            let channel = channel(ofSeat: seat.index)
            if !channel.isEmpty { places.seats[seat.guid] = channel }
        }
        for area in hold.areas where !area.allocation.isEmpty {
            places.areas[area.areaID] = allocations.first { $0.name == area.allocation }?.channel
        }
        return places
    }

    private static func some(_ places: Places) -> Places? { places.isEmpty ? nil : places }
}

extension [Int] {
    /// - Precondition: ascending.
    fileprivate func containsSorted(_ element: Int) -> Bool {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == element
    }
}
