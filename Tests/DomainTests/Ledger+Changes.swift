@testable import Domain
import Testing

// What changes a show and its holds while it is sold.
extension Ledger {
    func price(ofCategory name: String) -> Int64 {
        show.ticketTypes[name]?.first?.fare.amount ?? show.prices[name] ?? 0
    }

    /// Places that the user has, with these holds.
    func places(of user: UserID, in holds: some Sequence<Hold>) -> Int {
        let held = holds.reduce(0) { $0 + $1.placed.seats.count + $1.placed.areas.reduce(0) { $0 + $1.quantity } }
        return orders.values.filter { $0.userID == user }
            .reduce(held) { $0 + $1.tickets.count(where: \.isSomebodys) }
    }

    // MARK: The show

    mutating func describe(_ event: ShowChanged) {
        advance(to: event.changedAt)
        #expect(!isCancelled)
        #expect(event.show.plan == nil && event.show.areas.isEmpty)
        #expect(event.show.descriptionFaults.isEmpty)
        let before = show
        show = show.changed(by: event)
        #expect(show.seatingPlan == before.seatingPlan && show.areas == before.areas)
        #expect(show.currency == before.currency && show.createdAt == before.createdAt)
    }

    mutating func replacePlaces(_ event: PlacesChanged) {
        advance(to: event.changedAt)
        let old = seats.map(\.guid)
        for index in old.indices where !event.previousIndexes.contains(index) {
            #expect(
                [.available, .blocked].contains(status(ofSeat: index)), "\(old[index]) is taken out, and is somebody's")
        }
        if let plan = event.plan { show.plan = plan }
        show.areas = event.areas
        let new = seats.map(\.guid)
        #expect(event.previousIndexes == new.map { old.firstIndex(of: $0) ?? -1 })
        func moved(_ index: Int) -> Int { index < 0 ? -1 : new.firstIndex(of: old[index]) ?? -1 }
        for id in holds.keys { holds[id].map { holds[id] = $0.moved(moved) } }
        for (id, places) in placesOfOrder where orders[id]?.phase == .authorizing {
            let hold = Hold(placed: places, token: 0, prices: pricesOfOrder[id] ?? []).moved(moved)
            (placesOfOrder[id], pricesOfOrder[id]) = (hold.placed, hold.prices)
        }
        orders = orders.mapValues { order in
            var order = order
            for index in order.tickets.indices {
                order.tickets[index].seat = order.tickets[index].seat.map { $0 < 0 ? $0 : moved($0) }
            }
            return order
        }
        listed = Dictionary(uniqueKeysWithValues: listed.map { (moved($0.key), $0.value) })
        allocations = allocations.mapValues { allocation in
            var allocation = allocation
            allocation.seats = allocation.seats.map(moved).filter { $0 >= 0 }.sorted()
            return allocation
        }
        for area in show.areas { #expect(free(in: area.areaID, despite: holds.values) >= 0) }
    }

    // MARK: Allocations

    func allocation(ofSeat index: Int) -> String? { allocations.values.first { $0.seats.contains(index) }?.name }

    func blockedUnits(of area: AreaID) -> Int { allocations.keys.reduce(0) { $0 + unitsLeft(of: area, in: $1) } }

    func unitsLeft(of area: AreaID, in name: String) -> Int {
        let size = allocations[name]?.areas.first { $0.areaID == area }?.quantity ?? 0
        return max(0, size - (usedUnits[name]?[area] ?? 0))
    }

    mutating func allocate(_ event: AllocationsChanged) {
        advance(to: event.changedAt)
        let before = seats.indices.map { status(ofSeat: $0) }
        allocations = Dictionary(uniqueKeysWithValues: event.allocations.map { ($0.name, $0) })
        usedUnits = usedUnits.filter { allocations[$0.key] != nil }
        #expect(Set(event.allocations.flatMap(\.seats)).count == event.allocations.reduce(0) { $0 + $1.seats.count })
        let after = seats.indices.map { status(ofSeat: $0) }
        #expect(event.blockedSeats == seats.indices.filter { before[$0] == .available && after[$0] == .blocked })
        #expect(event.freedSeats == seats.indices.filter { before[$0] == .blocked && after[$0] == .available })
        for index in seats.indices where before[index] != after[index] {
            #expect(before[index] == .available || before[index] == .blocked, "an allocation takes what is somebody's")
        }
        for block in event.blockedUnits { #expect(block.units == blockedUnits(of: block.areaID)) }
        for area in show.areas { #expect(free(in: area.areaID, despite: holds.values) >= 0, "\(area.areaID)") }
    }

    /// Units become somebody's.
    mutating func take(_ area: AreaQuantity) {
        #expect(area.quantity >= 1)
        if area.allocation.isEmpty {
            #expect(free(in: area.areaID, despite: holds.values) >= area.quantity, "\(area.areaID) is overbooked")
        } else {
            #expect(unitsLeft(of: area.areaID, in: area.allocation) >= area.quantity, "\(area.areaID) is overbooked")
            usedUnits[area.allocation, default: [:]][area.areaID, default: 0] += area.quantity
        }
    }

    /// What came free went back where it belongs; called when its holder has it no more.
    mutating func checkFreed(_ seats: [Int], _ resale: [Int], _ blocked: [Int], _ areas: [AreaQuantity]) {
        #expect(blocked == seats.filter { allocation(ofSeat: $0) != nil && !resale.contains($0) })
        for area in areas where !area.allocation.isEmpty {
            #expect(allocations[area.allocation] != nil)
            usedUnits[area.allocation, default: [:]][area.areaID, default: 0] -= area.quantity
            #expect(usedUnits[area.allocation]?[area.areaID] ?? 0 >= 0)
        }
    }

    mutating func checkFreed(_ end: HoldEnded) {
        checkFreed(end.seatIndexes, end.resaleSeats, end.blockedSeats, end.areas)
    }

    // MARK: Holds that change

    mutating func change(_ event: HoldChanged) {
        advance(to: event.changedAt)
        guard var hold = holds[event.hold.holdID] else {
            Issue.record("a hold changes that is not there")
            return
        }
        #expect(hold.order == nil && !hold.isOver(at: event.changedAt) && !isCancelled)
        #expect(hold.placed.userID == event.hold.userID)
        let (old, new) = (hold.placed, event.hold)
        let merged = event.mergedHolds.compactMap { holds[$0] }
        #expect(merged.count == event.mergedHolds.count)
        for other in merged {
            #expect(other.placed.userID == old.userID && other.order == nil && !other.isOver(at: event.changedAt))
            #expect(other.placed.holdID != old.holdID)
        }
        let parts = [hold] + merged
        #expect(new.placedAt == parts.map(\.placed.placedAt).min())
        let had = Set(([hold] + merged).flatMap { $0.placed.seats.map(\.guid) })
        let dropped = event.dropped?.seatIndexes.map { seats[$0].guid } ?? []
        let added = event.addedSeats.map { seats[$0].guid }
        #expect(Set(new.seats.map(\.guid)) == had.subtracting(dropped).union(added))
        #expect(Set(dropped).isSubset(of: had) && Set(added).isDisjoint(with: had))
        #expect(new.seats.map(\.index) == new.seats.map(\.index).sorted())
        for seat in event.addedSeats {
            #expect(holder(ofSeat: seat) == nil)
            #expect(status(ofSeat: seat) != .sold)
            #expect(new.resaleSeats.contains(seat) == (status(ofSeat: seat) == .resale))
            #expect(new.blockedSeats.contains(seat) == (status(ofSeat: seat) == .blocked))
        }
        if !merged.isEmpty {
            #expect(event.dropped == nil && event.addedSeats.isEmpty && event.addedAreas.isEmpty)
            #expect(new.total == parts.reduce(0) { $0 + $1.placed.total }, "together they cost what each costs")
            #expect(new.expiresAt == parts.map(\.placed.expiresAt).min())
            for seat in new.seats {
                #expect(parts.contains { $0.price(of: seat) == event.price(of: seat) }, "each place keeps its price")
            }
            for area in show.areas {
                #expect(
                    units(of: area.areaID, in: [new]) == units(of: area.areaID, in: parts.map(\.placed)),
                    "no unit is lost")
            }
            hold.isExtended = parts.contains(where: \.isExtended)
            hold.merged += merged.flatMap { [$0.placed.holdID] + $0.merged }
        }
        for other in event.mergedHolds { holds[other] = nil }
        holds[new.holdID] = nil
        if let end = event.dropped { checkFreed(end) }
        // The hold's own units count as taken while it is looked at.
        hold.placed.areas = old.areas.map { area in
            var area = area
            area.quantity -= event.dropped?.areas.first { $0.areaID == area.areaID }?.quantity ?? 0
            return area
        }
        holds[new.holdID] = hold
        for area in event.addedAreas { take(area) }
        if new.admission == old.admission {
            let adds = !event.addedSeats.isEmpty || !event.addedAreas.isEmpty
            #expect(!requiresAdmission || !adds || new.admission.map { !endedAdmissions.contains($0) } == true)
        } else {
            claim(new.admission)
        }
        #expect(
            new.total == new.fares.total
                && new.fares.count == new.seats.count + new.areas.reduce(0) { $0 + $1.quantity })
        if new.expiresAt != old.expiresAt, merged.isEmpty {
            #expect(new.expiresAt > old.expiresAt)
            #expect(new.expiresAt <= new.placedAt.adding(seconds: show.holdSecondsMax ?? 2 * show.holdSeconds))
        }
        hold.placed = new
        hold.prices = new.fares.all.map(\.amount)
        hold.token = position
        holds[new.holdID] = hold
    }

    /// Each place has a type that its category has, and no type too few or too many.
    func checkTypes(of hold: HoldPlaced) {
        var counts: [String: [String: Int]] = [:]
        let names = show.seatingPlan?.categories.map(\.name) ?? []
        let categories =
            hold.seats.map { names[seats[$0.index].category] }
            + hold.areas.flatMap { area in
                repeatElement(show.areas.first { $0.areaID == area.areaID }?.category ?? "", count: area.quantity)
            }
        let resale = hold.seats.map { hold.resaleSeats.contains($0.index) }
        for (index, (category, fare)) in zip(categories, hold.fares.all).enumerated() {
            if index < resale.count && resale[index] { continue }
            let types = show.ticketTypes[category] ?? []
            guard !types.isEmpty else {
                #expect(fare == Fare(price: show.prices[category] ?? 0))
                continue
            }
            #expect(types.contains { $0.fare == fare })
            counts[category, default: [:]][fare.ticketType, default: 0] += 1
        }
        for (category, counts) in counts {
            for type in show.ticketTypes[category] ?? [] {
                guard let count = counts[type.name] else { continue }
                #expect(type.minPerOrder <= count && count <= type.maxPerOrder ?? count)
            }
        }
    }
}

extension Ledger {
    /// Units by the allocation that they are from.
    private func units(of area: AreaID, in holds: [HoldPlaced]) -> [String: Int] {
        holds.flatMap(\.areas).filter { $0.areaID == area }
            .reduce(into: [:]) { $0[$1.allocation, default: 0] += $1.quantity }
    }
}

extension Ledger.Hold {
    fileprivate func price(of seat: HeldSeat) -> Int64? {
        placed.seats.firstIndex(of: seat).map { prices[$0] }
    }
}

extension HoldChanged {
    fileprivate func price(of seat: HeldSeat) -> Int64? {
        hold.seats.firstIndex(of: seat).map { Array(hold.fares.all)[$0].amount }
    }
}

extension Ledger.Hold {
    /// The hold in another plan.
    fileprivate func moved(_ index: (Int) -> Int) -> Self {
        var hold = self
        let places = zip(placed.seats, prices).map {
            (seat: HeldSeat(index: index($0.index), guid: $0.guid), price: $1)
        }
        .sorted { $0.seat.index < $1.seat.index }
        hold.placed.seats = places.map(\.seat)
        hold.prices = places.map(\.price) + prices.dropFirst(places.count)
        hold.placed.resaleSeats = placed.resaleSeats.map(index).sorted()
        hold.placed.blockedSeats = placed.blockedSeats.map(index).sorted()
        return hold
    }
}
