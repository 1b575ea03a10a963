import Domain

// How money is counted: when it moved, to the tickets that it moved for.
extension ShowSales {
    mutating func capture(_ event: PaymentCaptured) {
        let (paid, _) = (money.captures.removeValue(forKey: event.orderID) ?? []).split(after: event.amount)
        var left = event.amount
        for part in paid {
            left -= part.amount
            kept.count(at: event.capturedAt, row: part.row) {
                $0.gross.add(part.amount)
                $0.fees.add(part.fees)
                $0.tax.add(part.tax)
            }
        }
        if left != 0 { kept.count(at: event.capturedAt, row: kept.row(of: .rest)) { $0.gross.add(left) } }
        kept.count(at: event.capturedAt) { $0.orders += 1 }
        // Less was taken than was to be: no more can go back.
        var excess = money.due(of: event.orderID).minus(event.amount)
        for refund in money.earliest(of: event.orderID) where excess > 0 {
            excess -= money.take(excess, from: refund, of: event.orderID).reduce(0) { $0.plus($1.amount) }
        }
    }

    /// Nothing was captured, or will be.
    mutating func void(_ order: OrderID) {
        money.captures[order] = nil
        money.refunds[order] = nil
        money.credits[order] = nil
    }

    mutating func refund(_ event: PaymentRefunded) {
        let (parts, rest) = money.take(event.refundID, of: event.orderID).split(after: event.amount)
        count(event.amount, parts, at: event.refundedAt)
        money.renamed[event.orderID] = rest.isEmpty ? nil : rest
    }

    mutating func apply(_ event: MoneyEvent) {
        let settled = event.settled.flatMap { money.take(max(0, $0.amount), from: $0.refundID, of: event.orderID) }
        var credit: Int64 = 0
        switch event {
        case .refunded(let refunded): credit = count(refunded.amount, settled, at: refunded.recordedAt)
        case .disputed(let disputed):
            if disputed.status == .lost { credit = count(disputed.amount, settled, at: disputed.recordedAt) }
        // What was accepted is settled elsewhere: nothing went back here.
        case .accepted, .actionRequired, .suspended, .restored: break
        }
        if credit > 0 { money.credits[event.orderID, default: 0].add(credit) }
    }

    /// Money went back: as much as the parts say for their tickets, and the rest for none that is known.
    ///
    /// - Returns: that rest.
    @discardableResult
    private mutating func count(_ amount: Int64, _ parts: [MoneyOnItsWay.Part], at time: Timestamp) -> Int64 {
        var left = amount
        for part in parts.split(after: amount).first {
            left -= part.amount
            countRefund(part, at: time)
        }
        if left != 0 { kept.count(at: time, row: kept.row(of: .rest)) { $0.refunded.add(left) } }
        return left
    }

    private mutating func countRefund(_ part: MoneyOnItsWay.Part, at time: Timestamp) {
        kept.count(at: time, row: part.row) {
            $0.refunded.add(part.amount)
            $0.feesRefunded.add(part.fees)
            $0.taxRefunded.add(part.tax)
        }
    }

    /// Money is to go back for tickets that end, at most what they cost.
    mutating func owe(
        _ amount: Int64, for kinds: [SoldTickets.Kind], _ refund: RefundID, of order: OrderID, at time: Timestamp
    ) {
        var parts: [MoneyOnItsWay.Part] = []
        for kind in kinds {
            parts.add(MoneyOnItsWay.Part(row: kind.row, amount: kind.amount, fees: kind.fee, tax: kind.tax))
        }
        owe(amount, from: parts, refund, of: order, at: time)
    }

    /// - Parameter parts: what went out of the rows; the first of them go back, and the others have gone back before or stay.
    mutating func owe(
        _ amount: Int64, from parts: [MoneyOnItsWay.Part], _ refund: RefundID, of order: OrderID, at time: Timestamp
    ) {
        var (due, others) = parts.split(after: amount)
        useCredit(for: others, of: order, at: time)
        guard amount > 0 else { return }
        let known = due.reduce(Int64(0)) { $0.plus($1.amount) }
        if known < amount { due.add(MoneyOnItsWay.Part(row: kept.row(of: .rest), amount: amount - known)) }
        money.owe(due, refund, of: order)
    }

    /// These parts go back no more: what went back before, for no ticket that was known then, was for them.
    private mutating func useCredit(for parts: [MoneyOnItsWay.Part], of order: OrderID, at time: Timestamp) {
        guard let credit = money.credits[order] else { return }
        var left = credit
        for part in parts.split(after: credit).first {
            left -= part.amount
            countRefund(part, at: time)
            kept.count(at: time, row: kept.row(of: .rest)) { $0.refunded.add(0 - part.amount) }
        }
        money.credits[order] = left > 0 ? left : nil
    }
}
