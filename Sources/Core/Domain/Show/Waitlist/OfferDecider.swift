import HeapModule

// Who is offered what came free: whoever has waited longest and can be served by it.
extension ShowState {
    /// Offers that one append may have; the rest is due at once, as a step of its own.
    static let offersPerAppendMax = 32

    /// Makes the offers that follow from what was freed, and says when the list is next due.
    mutating func makeOffers(_ turn: inout Turn, now: Timestamp) {
        if let due = waitlist.due, due.at <= now { turn.freed.addEverything() }
        guard !turn.freed.isNothing || waitlist.due != nil else { return }
        let freed = turn.freed
        turn.freed = FreedPlaces()
        var isBehind = false
        if let layout, waitlist.waitingCount > 0 {
            if freed.isEverything { closeQueues(freed, layout.show, &turn, now: now) }
            if layout.show.isSelling(at: now), !isCancelled {
                isBehind = offer(freed, layout, &turn, now: now)
            }
        }
        let due = isBehind ? Waitlist.Due(at: now, isBehind: true) : nextDue(after: now)
        guard due != waitlist.due else { return }
        perform(
            .waitlist(
                .scheduled(
                    WaitlistScheduled(dueAt: due?.at, isBehind: due?.isBehind == true, scheduledAt: now))), &turn)
    }

    /// Tells those whose wait is in vain.
    private mutating func closeQueues(
        _ freed: FreedPlaces, _ show: ShowCreated, _ turn: inout Turn, now: Timestamp
    ) {
        if isCancelled || !show.isPostponed && now >= show.salesEndAt {
            let reason: WaitlistClosed.Reason = isCancelled ? .showCancelled : .saleEnded
            perform(.waitlist(.closed(WaitlistClosed(reason: reason, closedAt: now))), &turn)
            return
        }
        guard freed.mayEndWishes else { return }
        // Those who are set aside stand in no queue.
        let waiting = waitlist.entries.filter(\.value.waits)
        let wishes = Dictionary(waiting.map { ($0.value.wish, $0.key) }, uniquingKeysWith: min)
        for (wish, _) in wishes.sorted(by: { $0.value < $1.value }) where !canEverServe(wish) {
            perform(
                .waitlist(.closed(WaitlistClosed(wish: wish, reason: .noSuchPlaces, closedAt: now))), &turn)
        }
    }

    /// Returns whether offers are left to be made.
    private mutating func offer(
        _ freed: FreedPlaces, _ layout: ShowLayout, _ turn: inout Turn, now: Timestamp
    ) -> Bool {
        // Whoever is new, or may have more than before, could be served by any place; everybody else by what came free.
        let newWishes = newWishes(freed)
        var heads = heads(of: freed, newWishes, layout)
        guard !heads.isEmpty else { return false }
        let segments = freed.isEverything ? nil : layout.segments(of: freed)
        var free = FreeCount(self)
        var passed: [WaitlistEntryID] = []
        var offers = 0
        while let head = heads.popMin(), free.isSome {
            guard offers < Self.offersPerAppendMax else { return true }
            guard let entry = waitlist.entries[head.number] else { continue }
            guard free.mayServe(head.wish),
                let choice = offerChoice(
                    head.wish, layout, within: newWishes.contains(head.wish) ? nil : segments, now: now)
            else {
                if passed.count < WaitlistOffered.passedMax { passed.append(entry.entryID) }
                continue
            }
            let offered = WaitlistOffered(
                entryID: entry.entryID, userID: entry.userID, holdID: HoldID(offeredTo: entry.entryID), passed: passed,
                offeredAt: now)
            let placed = placed(choice, for: entry, layout, now: now)
            perform(.waitlist(.offered(offered)), &turn)
            perform(.hold(.placed(placed)), &turn)
            free.take(choice)
            offers += 1
            if let next = waitlist.queues[head.wish]?.first { heads.insert(Head(number: next, wish: head.wish)) }
        }
        return false
    }

    private func placed(
        _ choice: SeatChoice, for entry: Waitlist.Entry, _ layout: ShowLayout, now: Timestamp
    ) -> HoldPlaced {
        let seats = choice.seatIndexes.map { HeldSeat(index: $0, guid: layout.seatGuids[$0]) }
        let areas = choice.areas.map { AreaQuantity(areaID: layout.show.areas[$0.index].areaID, quantity: $0.quantity) }
        var fares: FareList
        do throws(Rejection) {
            fares = try self.fares(of: choice, .counted(entry.ticketTypes), layout)
        } catch {
            // These places are not sold as what was wished for. Whoever takes them can choose again.
            fares = layout.fares(of: seats, areas)
        }
        return HoldPlaced(
            holdID: HoldID(offeredTo: entry.entryID), userID: entry.userID, seats: seats, areas: areas,
            fares: fares.recorded, total: fares.total, currency: layout.show.currency, placedAt: now,
            expiresAt: now.adding(seconds: layout.show.offerSeconds),
            isNextToEachOther: layout.areNextToEachOther(choice), offerOf: entry.entryID)
    }

    /// When time alone next changes something about the list.
    private func nextDue(after now: Timestamp) -> Waitlist.Due? {
        guard let show = layout?.show, waitlist.waitingCount > 0, !isCancelled, !show.isPostponed else { return nil }
        let times = [show.onSaleAt, show.accessibleReleasedAt, show.salesEndAt].compactMap(\.self).filter { $0 > now }
        return times.min().map { Waitlist.Due(at: $0, isBehind: false) }
    }

    // MARK: Who is asked

    /// The first entry of a queue.
    private struct Head: Comparable {
        var number: Int
        var wish: WaitlistWish

        static func < (a: Self, b: Self) -> Bool { a.number < b.number }
    }

    /// The heads of the queues that this may concern.
    private func heads(of freed: FreedPlaces, _ newWishes: Set<WaitlistWish>, _ layout: ShowLayout) -> Heap<Head> {
        var wishes = newWishes
        if freed.isEverything {
            wishes.formUnion(waitlist.queues.keys)
        } else {
            for subject in layout.subjects(of: freed) { wishes.formUnion(waitlist.wishes(about: subject)) }
        }
        return Heap(wishes.compactMap { wish in waitlist.queues[wish]?.first.map { Head(number: $0, wish: wish) } })
    }

    /// The wishes of those who joined, or who have fewer places than before.
    private func newWishes(_ freed: FreedPlaces) -> Set<WaitlistWish> {
        var wishes = Set(freed.wishes)
        for user in freed.users {
            for number in waitlist.numbers(of: user) {
                if let wish = waitlist.entries[number]?.wish { wishes.insert(wish) }
            }
        }
        return wishes
    }

    /// How many places are free: enough to see that most wishes can't be served, without a search.
    private struct FreeCount {
        private var seats: Int
        private var units: Int
        /// No more seats than this are free side by side.
        private let seatsTogetherMax: Int

        init(_ state: ShowState) {
            seats = state.freeInSegment.reduce(0) { $0 + Int($1) }
            units = state.freeInArea.reduce(0) { $0 + max(0, $1) }
            seatsTogetherMax = Int(state.freeInSegment.max() ?? 0)
        }

        var isSome: Bool { seats > 0 || units > 0 }

        func mayServe(_ wish: WaitlistWish) -> Bool {
            if seats + units < wish.quantity { return false }
            return !wish.isTogether || max(seatsTogetherMax, units) >= wish.quantity
        }

        mutating func take(_ choice: SeatChoice) {
            seats -= choice.seatIndexes.count
            units -= choice.areas.reduce(0) { $0 + $1.quantity }
        }
    }
}

extension ShowLayout {
    /// The segments that the freed seats are in.
    fileprivate func segments(of freed: FreedPlaces) -> Set<Int> {
        Set(freed.seats.lazy.filter(seatGuids.indices.contains).map(floor.segment(ofSeat:)))
    }

    /// What the freed places are part of.
    fileprivate func subjects(of freed: FreedPlaces) -> Set<Waitlist.Subject> {
        var subjects: Set<Waitlist.Subject> = []
        for seat in freed.seats where seatGuids.indices.contains(seat) {
            let row = Int(floor.segments[floor.segment(ofSeat: seat)].row)
            subjects.insert(.anywhere)
            subjects.insert(.category(categories[Int(categoryOfSeat[seat])]))
            subjects.insert(.row(floor.rowNumbers[row]))
            subjects.insert(.zone(floor.zoneNames[Int(floor.zoneOfRow[row])]))
        }
        for area in freed.areas {
            guard let index = areaIndex(area) else { continue }
            subjects.insert(.anywhere)
            subjects.insert(.category(show.areas[index].category))
            subjects.insert(.area(area))
        }
        return subjects
    }
}

extension ShowCreated {
    func isSelling(at now: Timestamp) -> Bool {
        !isDraft && !isPostponed && onSaleAt.map { $0 <= now } ?? true && now < salesEndAt
    }
}
