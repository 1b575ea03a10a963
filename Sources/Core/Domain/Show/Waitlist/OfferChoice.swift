// Which free places an entry of the waiting list would get. What serves a wish depends on the wish and on what is free, and
// more free places never serve less.
extension ShowState {
    /// The places that serve a wish; nil: what is free does not.
    ///
    /// - Parameter segments: seats of other segments are known not to serve a wish for seats together; nil: they may.
    func offerChoice(
        _ wish: WaitlistWish, _ layout: ShowLayout, within segments: Set<Int>? = nil, now: Timestamp
    ) -> SeatChoice? {
        let quantity = wish.quantity
        if case .areas(let ids) = wish.scope {
            return units(quantity, ids.compactMap(layout.areaIndex).sorted(), wish.isTogether)
        }
        let places = wish.places
        var search: BestSeats?
        do throws(Rejection) {
            let filter = try layout.filter(places, at: now)
            let freeInSegment = wish.isTogether ? segments.map(freeInSegments) ?? freeInSegment : freeInSegment
            search = filter.map { BestSeats(self, layout, $0, freeInSegment) }
        } catch {
            // The show has no such zone or row any more.
            return nil
        }
        let areas = layout.show.areas.indices.filter {
            !places.isForSeatsOnly && (places.category == nil || layout.show.areas[$0].category == places.category)
        }
        guard let search else { return units(quantity, areas, wish.isTogether) }
        if wish.isAccessible { return search.accessibleParty(of: quantity, isTogether: wish.isTogether) }
        if wish.isTogether {
            return search.group(of: quantity).map { SeatChoice(slots: Array($0), layout.floor) }
                ?? units(quantity, areas, true)
        }
        if let groups = search.groups(of: quantity) { return SeatChoice(slots: Array(groups.joined()), layout.floor) }
        if let units = units(quantity, areas, false) { return units }
        let free = search.freeSlots()
        guard let rest = units(quantity - free.count, areas, false) else { return nil }
        var choice = SeatChoice(slots: free, layout.floor)
        choice.areas = rest.areas
        return choice
    }

    /// The free seats of these segments, as if others had none.
    private func freeInSegments(_ segments: Set<Int>) -> [Int32] {
        var free = Array(repeating: Int32(0), count: freeInSegment.count)
        for segment in segments { free[segment] = freeInSegment[segment] }
        return free
    }

    private func units(_ quantity: Int, _ areas: [Int], _ isTogether: Bool) -> SeatChoice? {
        let units = fromAreas(quantity, areas)
        guard units.reduce(0, +) == quantity, !isTogether || units.count(where: { $0 > 0 }) <= 1 else { return nil }
        return SeatChoice(areas: taken(units))
    }

    /// Whether the wish could be served if every place of the show were free.
    func canEverServe(_ wish: WaitlistWish) -> Bool {
        guard let layout, wish.quantity <= layout.show.maxSeatsPerHold,
            wish.quantity <= layout.show.maxSeatsPerUser ?? wish.quantity
        else { return false }
        var empty = ShowState()
        empty.layout = layout
        empty.seats = Array(repeating: SeatStatus.available.rawValue, count: layout.seatGuids.count)
        empty.freeInSegment = layout.floor.segments.map { Int32($0.slots.count) }
        empty.freeInArea = layout.show.areas.map(\.capacity)
        return empty.offerChoice(wish, layout, now: layout.show.accessibleReleasedAt ?? .distantPast) != nil
    }
}

extension WaitlistWish {
    /// The same for a hold of the best places. It says nothing of areas that are named.
    var places: PlaceHold.BestPlaces {
        var places = PlaceHold.BestPlaces(quantity: quantity, isAccessible: isAccessible)
        switch scope {
        case .anywhere, .areas: break
        case .category(let name): places.category = name
        case .zone(let name): places.zone = name
        case .row(let number, let zone): (places.rows, places.zone) = ([number], zone)
        }
        return places
    }
}

extension BestSeats {
    /// Seats for a party of which one needs an accessible seat: as a hold gets them, or where that takes too many seats
    /// that anybody could have, the group with the most seats that are kept, and others elsewhere.
    fileprivate func accessibleParty(of quantity: Int, isTogether: Bool) -> SeatChoice? {
        guard let group = accessibleGroup(upTo: quantity) else { return nil }
        if group.count == quantity { return SeatChoice(slots: Array(group), layout.floor) }
        guard !isTogether else { return nil }
        for group in [group, mostKept(upTo: quantity)] {
            guard group.count < quantity else { return SeatChoice(slots: Array(group), layout.floor) }
            if let groups = besides(group).groups(of: quantity - group.count) {
                return SeatChoice(slots: Array(group) + groups.joined(), layout.floor)
            }
        }
        return nil
    }

    /// The first group with an accessible seat and the most seats that are kept for such parties. There must be an
    /// accessible seat.
    private func mostKept(upTo quantity: Int) -> Range<Int> {
        var best = (kept: 0, slots: 0..<0)
        forEachRun(in: layout.floor.accessibleSegments.lazy.map(Int.init)) { run in
            for start in run.slots where layout.floor.access(start) != .ordinary {
                var (kept, hasAccessible) = (0, false)
                for slot in start..<min(run.slots.upperBound, start + quantity) {
                    let access = layout.floor.access(slot)
                    guard access != .ordinary else { continue }
                    kept += 1
                    hasAccessible = hasAccessible || access == .accessible
                    if hasAccessible, kept > best.kept { best = (kept, start..<(slot + 1)) }
                }
            }
        }
        return best.slots
    }
}
