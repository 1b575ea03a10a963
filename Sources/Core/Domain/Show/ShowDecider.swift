extension ShowState {
    /// Decides on a show without a waiting list.
    func decideAlone(_ command: ShowCommand, now clock: Timestamp) throws(Rejection) -> [ShowEvent] {
        let now = max(clock, lastDecidedAt)
        guard let release = dueRelease(at: now) else { return try decide(command, at: now) }
        // What is due counts as released whether or not the timer has said so. A command that changes nothing else has its
        // own answer.
        var after = self
        after.evolve(.allocations(release))
        let events = try after.decide(command, at: now)
        if events.isEmpty, case .expireHolds = command { return [.allocations(release)] }
        return events.isEmpty ? [] : [.allocations(release)] + events
    }

    func decide(_ command: ShowCommand, at now: Timestamp) throws(Rejection) -> [ShowEvent] {
        switch command {
        case .create(let valid):
            guard layout == nil else { throw .showExists }
            var show = valid.show
            show.createdAt = now
            return [.created(show)]
        case .change(let change):
            return try self.change(change, now: now)
        case .allocate(let wishes):
            return try allocate(wishes, now: now)
        case .placeHold(let command):
            return try place(command, now: now)
        case .changeHold(let command):
            return try change(command, now: now)
        case .extendHold(let holdID, let userID):
            return try extend(holdID, of: userID, now: now)
        case .releaseHold(let holdID, let userID):
            let hold = try liveHold(holdID, of: userID, at: now)
            guard hold.orderID == nil else { throw .purchaseInProgress }
            return [.hold(.released(ended(hold, at: now)))]
        case .expireHolds(let limit):
            return overdueHolds(at: now).prefix(limit).flatMap { expire($0, at: now) }
        case .startPurchase(let command):
            return try start(command, now: now)
        case .payment(let step, let orderID):
            return try pay(step, orderID, now: now)
        case .refund(let orderID, let tickets, let userID):
            return try refund(orderID, tickets, by: userID, now: now)
        case .swap(let command):
            return try swap(command, now: now)
        case .ticket(let step, let ticketID, let userID):
            return try change(ticketID, step, by: userID, now: now)
        case .uploadScans(let upload):
            return try settle(upload, now: now)
        case .waitlist(let step):
            return try change(step, now: now)
        case .cancelShow:
            guard layout != nil else { throw .showNotFound }
            guard !isCancelled else { throw .showCancelled }
            return [.cancelled(ShowCancelled(orders: ordersToRefund.count, cancelledAt: now))]
        case .requireAdmission(let isRequired): return try requireAdmission(isRequired, now: now)
        case .endAdmission(let entry): return try endAdmission(entry, now: now)
        case .refundCancelled(let limit):
            // The holds end first, so that no ticket's seat is held to be bought.
            guard isCancelled, holds.isEmpty else { return [] }
            return ordersToRefund.sorted().prefix(limit).flatMap { returnAll(of: $0, .showCancelled, now: now) }
        }
    }
}
