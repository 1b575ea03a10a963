/// Which channel each ticket was bought through: the one that its place was kept for when it was held. What becomes of
/// the allocation, the place or the ticket later changes nothing about that.
struct BooksOfChannels: Sendable {
    /// The channels of some places; those of no channel are not there.
    fileprivate struct Places: Sendable {
        var seats: [String: String] = [:]
        var areas: [AreaID: String] = [:]

        var isEmpty: Bool { seats.isEmpty && areas.isEmpty }
    }

    private var ofHold: [HoldID: Places] = [:]
    private var ofOrder: [OrderID: Places] = [:]
    /// By ticket number; orders without any channel are not there.
    private var ofTickets: [OrderID: [String]] = [:]

    /// Empty: none.
    func channel(ofTicket number: Int, of order: OrderID) -> String {
        guard let channels = ofTickets[order], channels.indices.contains(number - 1) else { return "" }
        return channels[number - 1]
    }

    /// - Parameter state: the show before the event.
    mutating func apply(_ event: ShowEvent, on state: ShowState) {
        switch event {
        case .hold(.placed(let placed)): keep(Places(taking: placed, of: state), of: placed.holdID)
        case .hold(.changed(let changed)): change(changed, state)
        case .hold(.released(let ended)), .hold(.expired(let ended)): ofHold[ended.holdID] = nil
        case .order(.started(let started)): ofOrder[started.orderID] = ofHold[started.holdID]
        case .order(.sold(let sold)):
            if sold.wasHeld { ofHold[sold.holdID] = nil }
            guard let places = ofOrder.removeValue(forKey: sold.orderID) else { break }
            ofTickets[sold.orderID] =
                sold.seats.map { places.seats[$0.guid] ?? "" }
                + sold.areas.flatMap { repeatElement(places.areas[$0.areaID] ?? "", count: $0.quantity) }
        case .order(.failed(let failed)): ofOrder[failed.orderID] = nil
        case .order(.swapped(let swapped)): swap(swapped, state)
        case .created, .changed, .places, .allocations, .admission, .cancelled, .order, .ticket, .waitlist: break
        }
    }

    private mutating func keep(_ places: Places, of hold: HoldID) { ofHold[hold] = places.isEmpty ? nil : places }

    /// The new seat may be of another channel, or of none.
    private mutating func swap(_ event: TicketsSwapped, _ state: ShowState) {
        var channels = ofTickets[event.orderID] ?? []
        let kept = Set(event.allocatedSeats)
        for swap in event.swaps where swap.ticket > 0 {
            let channel =
                kept.contains(swap.seat.index) ? state.allocations.channel(ofSeat: swap.seat.index) ?? "" : ""
            let count = state.orders[event.orderID]?.tickets.count ?? 0
            guard swap.ticket <= count else { continue }
            if channels.isEmpty { channels = Array(repeating: "", count: count) }
            if channels.indices.contains(swap.ticket - 1) { channels[swap.ticket - 1] = channel }
        }
        ofTickets[event.orderID] = channels.contains { !$0.isEmpty } ? channels : nil
    }

    private mutating func change(_ event: HoldChanged, _ state: ShowState) {
        var places = ofHold[event.hold.holdID] ?? Places()
        for id in event.mergedHolds {
            guard let other = ofHold.removeValue(forKey: id) else { continue }
            places.seats.merge(other.seats) { $1 }
            places.areas.merge(other.areas) { $1 }
        }
        // What is added now may be another's than when it was in the hold before.
        let added = Set(event.addedSeats)
        var new = event.hold
        new.seats = new.seats.filter { added.contains($0.index) }
        new.blockedSeats = new.blockedSeats.filter(added.contains)
        new.areas = event.addedAreas
        let (had, taken) = (places, Places(taking: new, of: state))
        let (guids, areas) = (Set(event.hold.seats.map(\.guid)), Set(event.hold.areas.map(\.areaID)))
        places.seats = had.seats.filter { guids.contains($0.key) }
        places.areas = had.areas.filter { areas.contains($0.key) }
        for seat in new.seats { places.seats[seat.guid] = taken.seats[seat.guid] }
        for area in new.areas { places.areas[area.areaID] = taken.areas[area.areaID] }
        keep(places, of: event.hold.holdID)
    }
}

extension BooksOfChannels.Places {
    /// The channels that the places of a hold come from.
    fileprivate init(taking hold: HoldPlaced, of state: ShowState) {
        guard !state.allocations.isEmpty else { return }
        let blocked = Set(hold.blockedSeats)
        for seat in hold.seats where blocked.contains(seat.index) {
            seats[seat.guid] = state.allocations.channel(ofSeat: seat.index)
        }
        for area in hold.areas where !area.allocation.isEmpty {
            areas[area.areaID] = state.allocations.byName[area.allocation]?.channel
        }
    }
}

extension ShowState.Allocations {
    /// The channel that a seat is kept for; nil: none.
    fileprivate func channel(ofSeat index: Int) -> String? { ofSeat[index].flatMap { byName[$0]?.channel } }
}
