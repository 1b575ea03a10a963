// What becomes of the show itself.
extension ShowState {
    func change(_ change: ShowChange, now: Timestamp) throws(Rejection) -> [ShowEvent] {
        guard let layout else { throw .showNotFound }
        guard !isCancelled else { throw .showCancelled }
        guard !change.unchargeable.contains(layout.show.currency) else { throw .unchargeable(layout.show.currency) }
        var show = try layout.show.edited(change.edits)
        var events: [ShowEvent] = []
        if change.plan == nil && change.areas == nil {
            try requirePrices(of: show, layout)
        } else {
            // Overdue holds count as expired: what they alone stand on may go.
            var after = self
            for hold in overdueHolds(at: now) {
                events += expire(hold, at: now)
                after.vacate(hold)
            }
            let (places, next) = try after.replacePlaces(change.plan, change.areas, of: show, layout, now: now)
            try requirePrices(of: show, next)
            events.append(.places(places))
        }
        show.areas = []
        if !change.edits.isEmpty { events.insert(.changed(ShowChanged(show: show, changedAt: now)), at: 0) }
        return events
    }

    private func requirePrices(of show: ShowCreated, _ layout: ShowLayout) throws(Rejection) {
        var faults = FaultList()
        var placed = show
        placed.areas = layout.show.areas
        placed.areas.validate(&faults)
        for category in layout.categoriesInUse.sorted() where !show.hasPrice(of: category) {
            faults.add("prices.\(category)", "Places of category \(category) have no price.")
        }
        if let fault = faults.faults.first { throw .invalidChange(fault.reason) }
    }

    mutating func evolve(_ event: ShowChanged, _ undo: inout Undo) {
        undo.before = Before(self)
        decided(at: event.changedAt)
        guard let old = layout else { return }
        let show = old.show.changed(by: event)
        layout = ShowLayout(old, describedAs: show)
        if show.maxSeatsPerUser != old.show.maxSeatsPerUser { reconsiderAllEntries() }
        guard show.prices != old.show.prices || show.ticketTypes != old.show.ticketTypes else { return }
        // What is held already costs what it cost.
        for (id, hold) in holds where hold.fares.isEmpty {
            holds[id]?.fares = old.fares(of: hold.seats, hold.areas)
        }
        for (id, order) in orders where order.phase == .authorizing && order.fares.isEmpty {
            orders[id]?.fares = old.fares(of: order.seats, order.areas)
        }
    }

    /// The fares of places: those that were agreed on, or where there are none, what the show says.
    func fares(of seats: [HeldSeat], _ areas: [AreaQuantity], _ agreed: FareList) -> FareList {
        agreed.isEmpty ? layout?.fares(of: seats, areas) ?? agreed : agreed
    }
}

extension ShowCreated {
    /// The show as it would be after these edits.
    fileprivate func edited(_ edits: [ShowEdit]) throws(Rejection) -> ShowCreated {
        var show = self
        for edit in edits { show.apply(edit) }
        guard isDraft || !show.isDraft else {
            throw .invalidChange("A show that has been published can't be a draft again.")
        }
        if show.startsAt != startsAt {
            show.isPostponed = edits.contains(.isPostponed(true))
            let first = postponedFrom ?? startsAt
            show.postponedFrom = show.startsAt > first ? first : nil
        }
        if let fault = show.descriptionFaults.faults.first { throw .invalidChange(fault.reason) }
        return show
    }
}

extension ShowLayout {
    /// What the show says that places cost. Places that it does not have cost nothing.
    func fares(of seats: [HeldSeat], _ areas: [AreaQuantity]) -> FareList {
        let none = Fare(price: 0)
        var fares = FareList(
            seats.lazy.map { self.seatGuids.indices.contains($0.index) ? self.usualFare(ofSeat: $0.index) : none })
        for area in areas {
            fares.append(areaIndex(area.areaID).map(usualFare(ofArea:)) ?? none, count: area.quantity)
        }
        return fares
    }
}
