// Whether a wish can be served by what is free, by trying.
extension House {
    func canServe(_ wish: WaitlistWish, at now: Timestamp) -> Bool {
        let isReleased = show?.accessibleReleasedAt.map { now >= $0 } ?? false
        let units = areas.filter { serves($0.area, wish) }.map(\.free)
        if wish.isAccessible { return canServeAccessible(wish, isReleased) }
        let runs = runs { $0.status == .free && serves($0, wish) && (isReleased || !$0.isKept) }
        if wish.isTogether {
            return runs.contains { $0.count >= wish.quantity } || units.contains { $0 >= wish.quantity }
        }
        return runs.reduce(0) { $0 + $1.count } + units.reduce(0, +) >= wish.quantity
    }

    /// One seat is accessible. Of the others, those beside it may be kept for such a party.
    private func canServeAccessible(_ wish: WaitlistWish, _ isReleased: Bool) -> Bool {
        let runs = runs { $0.status == .free && serves($0, wish) }
        let others = runs.joined().count { isReleased || !seats[$0].isKept }
        for run in runs {
            for start in run.indices {
                for end in start..<min(run.count, start + wish.quantity) {
                    let group = run[start...end]
                    guard group.contains(where: { seats[$0].isAccessible }) else { continue }
                    if group.count == wish.quantity { return true }
                    let kept = isReleased ? 0 : group.count { seats[$0].isKept }
                    if !wish.isTogether, wish.quantity - kept <= others { return true }
                }
            }
        }
        return false
    }

    /// Seats side by side that are all as asked.
    private func runs(_ isWanted: (Seat) -> Bool) -> [[Int]] {
        var runs: [[Int]] = []
        for stretch in stretches {
            var run: [Int] = []
            for index in stretch {
                if seats.indices.contains(index), isWanted(seats[index]) {
                    run.append(index)
                } else if !run.isEmpty {
                    runs.append(run)
                    run = []
                }
            }
            if !run.isEmpty { runs.append(run) }
        }
        return runs
    }

    private func serves(_ seat: Seat, _ wish: WaitlistWish) -> Bool {
        switch wish.scope {
        case .anywhere: true
        case .category(let name): seat.category == name
        case .zone(let name): seat.zone == name
        case .row(let number, let zone): seat.row == number && (zone == nil || seat.zone == zone)
        case .areas: false
        }
    }

    private func serves(_ area: Area, _ wish: WaitlistWish) -> Bool {
        switch wish.scope {
        case .anywhere: !wish.isAccessible
        case .category(let name): !wish.isAccessible && area.category == name
        case .zone, .row: false
        case .areas(let ids): ids.contains(area.areaID)
        }
    }

    func couldEverServe(_ wish: WaitlistWish) -> Bool {
        guard let show, wish.quantity <= show.maxSeatsPerHold, wish.quantity <= show.maxSeatsPerUser ?? wish.quantity
        else {
            return false
        }
        return emptied.canServe(wish, at: show.accessibleReleasedAt ?? .distantPast)
    }

    /// Whether the hold has what the wish is for, all of it free until now.
    func fits(_ placed: HoldPlaced, _ wish: WaitlistWish, at now: Timestamp) -> Bool {
        let indexes = placed.seats.map(\.index)
        let count = indexes.count + placed.areas.reduce(0) { $0 + $1.quantity }
        let isReleased = show?.accessibleReleasedAt.map { now >= $0 } ?? false
        guard count == wish.quantity, placed.resaleSeats.isEmpty, placed.blockedSeats.isEmpty,
            indexes.allSatisfy({ isFree($0) && serves(seats[$0], wish) }),
            wish.isAccessible || isReleased || !indexes.contains(where: { seats[$0].isKept }),
            !wish.isAccessible || indexes.contains(where: { seats[$0].isAccessible })
        else { return false }
        for unit in placed.areas {
            guard unit.allocation.isEmpty, let area = areas.first(where: { $0.area.areaID == unit.areaID }),
                serves(area.area, wish), area.free >= unit.quantity
            else { return false }
        }
        guard wish.isTogether else { return true }
        guard !indexes.isEmpty else { return placed.areas.count == 1 }
        let isSideBySide = stretches.contains { stretch in
            guard let start = stretch.firstIndex(where: indexes.contains) else { return false }
            return Set(stretch[start...].prefix(indexes.count)) == Set(indexes)
        }
        return placed.areas.isEmpty && isSideBySide
    }
}
