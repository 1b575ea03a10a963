// Which places are kept for channels, or from everybody.
extension ShowState {
    /// The allocations of a show, and what they keep.
    struct Allocations: Equatable, Sendable {
        /// By name.
        var byName: [String: Allocation] = [:]
        /// The allocation's name, by seat.
        var ofSeat: [Int: String] = [:]
        /// Units that are held or sold through an allocation, by its name.
        var usedUnits: [String: [AreaID: Int]] = [:]

        var isEmpty: Bool { byName.isEmpty }

        /// The earliest time at which one is released by itself.
        var nextRelease: Timestamp? { byName.values.compactMap(\.releasesAt).min() }

        /// Units of the area that the allocation keeps, and nobody has.
        func unitsLeft(of area: AreaID, in name: String) -> Int {
            let size = byName[name]?.areas.first { $0.areaID == area }?.quantity ?? 0
            return max(0, size - (usedUnits[name]?[area] ?? 0))
        }

        /// Units of the area that are off sale.
        func blockedUnits(of area: AreaID) -> Int { byName.keys.reduce(0) { $0 + unitsLeft(of: area, in: $1) } }

        mutating func use(_ units: Int, of area: AreaID, in name: String) {
            usedUnits[name, default: [:]][area, default: 0] += units
        }
    }

    func allocate(_ wishes: [AllocationWish], now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let layout else { throw .showNotFound }
        guard !isCancelled else { throw .showCancelled }
        // Overdue holds end first, all of them: what they alone stand on is free.
        let overdue = overdueHolds(at: now)
        var free = self
        for hold in overdue { free.vacate(hold) }
        var next: [Allocation] = []
        var owners: [Int: String] = [:]
        var conflicts: [Rejection.Conflict] = []
        for wish in wishes.sorted(by: { $0.name < $1.name }) {
            guard wish.releasesAt.map({ $0 > now }) ?? true else {
                throw .invalidChange("releasesAt of \(wish.name) is over.")
            }
            guard next.last?.name != wish.name else { throw .invalidChange("Two allocations are called \(wish.name).") }
            var seats: [Int] = []
            for guid in wish.seats {
                guard let index = layout.seatIndex(guid) else { throw .unknownSeat(guid) }
                guard owners.updateValue(wish.name, forKey: index) == nil else { throw .duplicateSeat(guid) }
                seats.append(index)
                let status = SeatStatus(rawValue: free.seats[index]) ?? .blocked
                let isItsOwn = allocations.ofSeat[index] == wish.name
                if status != .available && status != .blocked && !isItsOwn { conflicts.append(.seat(guid, status)) }
            }
            for area in wish.areas where layout.areaIndex(area.areaID) == nil {
                throw .unknownArea(area.areaID.rawValue)
            }
            next.append(
                Allocation(
                    name: wish.name, channel: wish.channel, label: wish.label, seats: seats.sorted(),
                    areas: layout.inOrder(Dictionary(wish.areas.map { ($0.areaID, $0.quantity) }, uniquingKeysWith: +)),
                    releasesAt: wish.releasesAt))
        }
        conflicts += free.shortages(of: next, layout)
        guard conflicts.isEmpty else { throw .seatsUnavailable(conflicts) }
        guard next != allocations.byName.values.sorted(by: { $0.name < $1.name }) else { return [] }
        return overdue.flatMap { expire($0, at: now) } + [.allocations(free.changed(to: next, now: now))]
    }

    /// Areas that have too few free units for what is wanted, or of which less is wanted than the channel has taken.
    private func shortages(of wanted: [Allocation], _ layout: ShowLayout) -> [Rejection.Conflict] {
        var next = allocations
        next.byName = Dictionary(wanted.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        return layout.show.areas.enumerated().compactMap { index, area in
            let isBelowUse = wanted.contains { allocation in
                let size = allocation.areas.first { $0.areaID == area.areaID }?.quantity ?? 0
                return allocations.byName[allocation.name] != nil
                    && size < allocations.usedUnits[allocation.name]?[area.areaID] ?? 0
            }
            let left =
                freeInArea[index] + allocations.blockedUnits(of: area.areaID) - next.blockedUnits(of: area.areaID)
            guard isBelowUse || left < 0 else { return nil }
            return .area(area.areaID, available: freeInArea[index] + allocations.blockedUnits(of: area.areaID))
        }
    }

    /// The event that makes these the allocations.
    private func changed(to next: [Allocation], now: Timestamp) -> AllocationsChanged {
        var after = allocations
        after.byName = Dictionary(next.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        let kept = Set(next.lazy.flatMap(\.seats))
        let areas = layout?.show.areas ?? []
        return AllocationsChanged(
            allocations: next,
            blockedSeats: kept.filter { has($0, .available) }.sorted(),
            freedSeats: allocations.ofSeat.keys.filter { !kept.contains($0) && has($0, .blocked) }.sorted(),
            blockedUnits: areas.compactMap { area in
                let units = after.blockedUnits(of: area.areaID)
                guard units != allocations.blockedUnits(of: area.areaID) else { return nil }
                return AreaBlock(areaID: area.areaID, units: units)
            }, changedAt: now)
    }

    // MARK: Release

    /// The event that releases what is due; nil: nothing is.
    func dueRelease(at now: Timestamp) -> AllocationsChanged? {
        guard let next = allocations.nextRelease, isCancelled || next <= now else { return nil }
        let left = allocations.byName.values.filter { allocation in
            allocation.releasesAt.map { !isCancelled && $0 > now } ?? true
        }
        return changed(to: left.sorted { $0.name < $1.name }, now: now)
    }

    // MARK: Holds through a channel

    /// Makes what is kept for the channels free, in a copy, to choose from.
    mutating func open(_ channels: Set<String>) {
        guard !channels.isEmpty, let layout else { return }
        for allocation in allocations.byName.values where allocation.isOpen(to: channels) {
            for seat in allocation.seats where has(seat, .blocked) {
                set(seat, to: SeatStatus.available.rawValue)
            }
            for area in allocation.areas {
                guard let index = layout.areaIndex(area.areaID) else { continue }
                freeInArea[index] = max(freeInArea[index], allocations.unitsLeft(of: area.areaID, in: allocation.name))
            }
        }
    }

    /// The units of an area that a hold takes, with the allocation that has them all; else they are from what is free.
    func units(_ quantity: Int, of area: AreaID, for channels: Set<String>) -> AreaQuantity {
        let source =
            channels.isEmpty
            ? nil
            : allocations.byName.values.filter { $0.isOpen(to: channels) }.map(\.name).sorted()
                .first { allocations.unitsLeft(of: area, in: $0) >= quantity }
        return AreaQuantity(areaID: area, quantity: quantity, allocation: source ?? "")
    }

    /// Those of the seats that go back to an allocation when they come free, rather than to whoever offers them.
    func allocated(_ seats: [Int], besides resale: [Int] = []) -> [Int] {
        allocations.ofSeat.isEmpty ? [] : seats.filter { allocations.ofSeat[$0] != nil && !resale.contains($0) }
    }

    /// The units with the allocation that they go back to when they come free.
    func allocated(_ areas: [AreaQuantity]) -> [AreaQuantity] {
        areas.map { area in
            let used = allocations.byName[area.allocation].flatMap { allocations.usedUnits[$0.name]?[area.areaID] } ?? 0
            return used >= area.quantity ? area : AreaQuantity(areaID: area.areaID, quantity: area.quantity)
        }
    }

    // MARK: Events

    mutating func evolve(_ event: AllocationsChanged, _ undo: inout Undo) {
        decided(at: event.changedAt)
        guard let layout else { return }
        undo.allocations = allocations
        let before = allocations
        allocations.byName = Dictionary(event.allocations.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        allocations.usedUnits = before.usedUnits.filter { allocations.byName[$0.key] != nil }
        allocations.ofSeat = [:]
        for allocation in event.allocations {
            for seat in allocation.seats { allocations.ofSeat[seat] = allocation.name }
        }
        mark(event.blockedSeats, as: .blocked, &undo)
        mark(event.freedSeats, as: .available, &undo)
        for block in event.blockedUnits {
            guard let index = layout.areaIndex(block.areaID) else { continue }
            undo.areas.append((index, freeInArea[index]))
            freeInArea[index] += before.blockedUnits(of: block.areaID) - block.units
        }
    }
}

extension Allocation {
    func isOpen(to channels: Set<String>) -> Bool { channel.map(channels.contains) ?? false }
}
