// Joining a show's waiting list, and leaving it.
extension ShowState {
    func change(_ step: WaitlistStep, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        switch step {
        case .join(let command): return try join(command, now: now)
        case .leave(let id, let user): return try leave(id, user, now: now)
        }
    }

    private func join(_ command: JoinWaitlist, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        let layout = try placesOnSale(at: now)
        let (show, wish) = (layout.show, command.wish)
        _ = try admitted(command.admission, command.userID, show, at: now)
        guard wish.quantity > 0 else { throw .emptyHold }
        guard wish.quantity <= show.maxSeatsPerHold else { throw .tooManySeats(limit: show.maxSeatsPerHold) }
        try requireShare(of: wish.quantity, for: command.userID, show)
        let own = waitlist.numbers(of: command.userID)
        guard own.count < show.waitlistEntriesPerUser else {
            throw .alreadyOnWaitlist(own.min().flatMap { waitlist.entries[$0]?.entryID.rawValue } ?? "")
        }
        guard waitlist.entries.count < Waitlist.entriesMax, waitlist.lastNumber < Waitlist.numberMax else {
            throw .waitlistFull
        }
        // Who waits for the same was told that it can be.
        if waitlist.queues[wish] == nil { try requireServable(wish, layout, now: now) }
        try requireTypes(command.ticketTypes, wish, layout)
        return [
            .waitlist(
                .joined(
                    WaitlistJoined(
                        entryID: command.entryID, userID: command.userID, number: waitlist.lastNumber + 1,
                        place: waitlist.waitingCount + 1, wish: wish, ticketTypes: command.ticketTypes,
                        joinedAt: now)))
        ]
    }

    /// Refuses a wish that the show could not serve if all of it were free.
    private func requireServable(_ wish: WaitlistWish, _ layout: ShowLayout, now: Timestamp) throws(Rejection) {
        if case .areas(let areas) = wish.scope {
            guard !wish.isAccessible, (1...WaitlistWish.areasMax).contains(areas.count) else {
                throw .waitlistUnfillable
            }
            for area in areas where layout.areaIndex(area) == nil { throw .unknownArea(area.rawValue) }
        } else {
            let isKnown = try layout.filter(wish.places, at: now) != nil
            if !isKnown, let category = wish.places.category,
                !layout.show.areas.contains(where: { $0.category == category })
            {
                throw .unknownCategory(category)
            }
        }
        guard canEverServe(wish) else { throw .waitlistUnfillable }
    }

    /// Refuses ticket types that places of none of the categories that are wished for have.
    private func requireTypes(
        _ types: [String: Int], _ wish: WaitlistWish, _ layout: ShowLayout
    ) throws(Rejection) {
        guard !types.isEmpty || !layout.show.ticketTypes.isEmpty else { return }
        var refusal: Rejection?
        for category in layout.categories(of: wish.scope) {
            let place = ChosenFare(
                place: .area(AreaID("")), category: category, fare: layout.show.usualFare(of: category))
            do throws(Rejection) {
                _ = try layout.fares(of: Array(repeating: place, count: wish.quantity), .counted(types))
                return
            } catch {
                refusal = refusal ?? error
            }
        }
        if let refusal { throw refusal }
    }

    private func leave(_ id: WaitlistEntryID, _ user: UserID, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let number = waitlist.number(of: id), let entry = waitlist.entries[number], entry.userID == user else {
            throw .waitlistEntryNotFound
        }
        guard !entry.waits else {
            return [.waitlist(.left(WaitlistLeft(entryID: id, userID: user, leftAt: now)))]
        }
        guard let hold = holds[HoldID(offeredTo: id)] else { throw .waitlistEntryNotFound }
        guard hold.orderID == nil else { throw .purchaseInProgress }
        return [.hold(.released(ended(hold, at: now)))]
    }
}

extension ShowLayout {
    /// The price categories that places of this scope can have, by name.
    fileprivate func categories(of scope: WaitlistWish.Scope) -> [String] {
        switch scope {
        case .anywhere: return categoriesInUse.sorted()
        case .category(let name): return [name]
        case .areas(let areas):
            return show.areas.filter { areas.contains($0.areaID) }.map(\.category)
        case .zone, .row:
            var found: Set<Int32> = []
            for (slot, segment) in floor.segmentOf.enumerated()
            where isIn(scope, row: Int(floor.segments[Int(segment)].row)) {
                found.insert(categoryOfSeat[floor.seat(slot)])
            }
            return found.map { categories[Int($0)] }.sorted()
        }
    }

    private func isIn(_ scope: WaitlistWish.Scope, row: Int) -> Bool {
        let zone = floor.zoneNames[Int(floor.zoneOfRow[row])]
        switch scope {
        case .zone(let name): return zone == name
        case .row(let number, let name): return floor.rowNumbers[row] == number && (name == nil || zone == name)
        case .anywhere, .category, .areas: return false
        }
    }
}
