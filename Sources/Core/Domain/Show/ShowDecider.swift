extension ShowState {
    public func decide(_ command: ShowCommand, now clock: Timestamp) throws(Rejection) -> [ShowEvent] {
        let now = max(clock, lastDecidedAt)
        switch command {
        case .create(let valid):
            guard layout == nil else { throw .showExists }
            var show = valid.show
            show.createdAt = now
            return [.created(show)]
        case .placeHold(let command):
            return try place(command, now: now)
        case .releaseHold(let holdID, let userID):
            let hold = try liveHold(holdID, of: userID, at: now)
            guard hold.orderID == nil else { throw .purchaseInProgress }
            return [.hold(.released(hold.ended(at: now)))]
        case .expireHolds(let limit):
            return overdueHolds(at: now).prefix(limit).flatMap { expire($0, at: now) }
        case .startPurchase(let command):
            return try start(command, now: now)
        case .payment(let step, let orderID):
            return try pay(step, orderID, now: now)
        case .refund(let orderID, let tickets, let userID):
            return try refund(orderID, tickets, by: userID, now: now)
        case .ticket(let step, let ticketID, let userID):
            return try change(ticketID, step, by: userID, now: now)
        case .uploadScans(let upload):
            return try settle(upload, now: now)
        case .cancelShow:
            guard layout != nil else { throw .showNotFound }
            guard !isCancelled else { throw .showCancelled }
            return [.cancelled(ShowCancelled(orders: ordersToRefund.count, cancelledAt: now))]
        case .refundCancelled(let limit):
            // The holds end first, so that no ticket's seat is held to be bought.
            guard isCancelled, holds.isEmpty else { return [] }
            return ordersToRefund.sorted().prefix(limit).flatMap { returnAll(of: $0, .showCancelled, now: now) }
        }
    }
}
