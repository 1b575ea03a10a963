// Holds that are paid for together: in the same append they become one first.
extension ShowState {
    /// Places of one order. Calls that name an order's tickets name at most so many.
    static let orderPlacesMax = 100

    /// The holds that a purchase pays for, the one that takes up the others first.
    ///
    /// - Throws: why one of them can't be paid for. Where there are several, the rejection names it.
    func holds(paidBy command: StartPurchase, now: Timestamp) throws(Rejection) -> [Hold] {
        var holds = [try payable(command.holdID, command.fencingToken, command, now)]
        for (id, token) in command.others.sorted(by: { $0.key < $1.key }) where id != command.holdID {
            holds.append(try payable(id, token, command, now))
        }
        return holds
    }

    private func payable(
        _ id: HoldID, _ token: Int64, _ command: StartPurchase, _ now: Timestamp
    ) throws(Rejection) -> Hold {
        do throws(Rejection) {
            try requireNotOrdered(id, by: command.userID)
            guard !isCancelled else { throw .showCancelled }
            let hold = try liveHold(id, of: command.userID, at: now)
            guard hold.orderID == nil else { throw .purchaseInProgress }
            guard hold.fencingToken == token else { throw .staleFencingToken }
            return hold
        } catch {
            var rejection = error
            let isOfHold = [.holdNotFound, .purchaseInProgress, .staleFencingToken].contains(rejection.code)
            if isOfHold, !command.others.isEmpty { rejection.subject = id.rawValue }
            throw rejection
        }
    }

    /// The first hold with the places of all, until the earliest of their ends.
    ///
    /// - Parameter holds: of one user, at least one.
    func merged(_ holds: [Hold], _ layout: ShowLayout, now: Timestamp) throws(Rejection) -> HoldChanged {
        // One by one, so that no sum can overflow: a damaged log may hold what no memory can.
        var count = 0
        for hold in holds {
            guard hold.count <= Self.orderPlacesMax - count else { throw .tooManySeats(limit: Self.orderPlacesMax) }
            count += hold.count
        }
        var content = HoldContent(holds[0], fares(of: holds[0].seats, holds[0].areas, holds[0].fares))
        for hold in holds.dropFirst() {
            try content.merge(HoldContent(hold, fares(of: hold.seats, hold.areas, hold.fares)))
        }
        let chosen = content.chosen(layout)
        try layout.requireNotTooMany(of: chosen)

        var hold = placed(holds[0])
        hold.seats = content.seats.map(\.seat)
        hold.resaleSeats = content.seats.filter(\.isResale).map(\.index)
        hold.blockedSeats = content.seats.filter(\.isBlocked).map(\.index)
        hold.areas = content.areas(layout)
        hold.fares = FareList(chosen.lazy.map(\.fare))
        hold.total = hold.fares.total
        hold.isNextToEachOther = layout.areNextToEachOther(content.choice(layout))
        hold.admission = holds.lazy.compactMap(\.admission).first
        hold.placedAt = holds.map(\.placedAt).min() ?? hold.placedAt
        hold.expiresAt = holds.map(\.expiresAt).min() ?? hold.expiresAt
        return HoldChanged(hold: hold, mergedHolds: holds.dropFirst().map(\.holdID), changedAt: now)
    }
}

extension HoldContent {
    /// Takes up the places of another hold.
    fileprivate mutating func merge(_ other: HoldContent) throws(Rejection) {
        seats = (seats + other.seats).sorted { $0.index < $1.index }
        for (area, fares) in other.units.sorted(by: { $0.key < $1.key }) {
            let source = other.sources[area] ?? ""
            guard units[area] == nil || sources[area] == source else { throw .mixedChannels(area) }
            sources[area] = source
            units[area, default: []] += fares
        }
    }
}
