extension ShowState {
    /// A dispute as decisions need it.
    struct Dispute: Equatable, Sendable {
        var status: DisputeChanged.Status
        /// Minor units.
        var amount: Int64
    }
}

// How money moves on an order. Amounts of a damaged log may be anything: sums are clamped, and nothing traps.
extension ShowState.Order {
    /// Minor units that are on their way back.
    var due: Int64 { refundsDue.values.reduce(0) { $0.plus($1) } }

    /// Minor units that went back, in whatever way.
    var moneyReturned: Int64 { returned.values.reduce(0) { $0.plus($1) } }

    /// What the return of tickets at `price` owes: no more than is left of what was paid, and nothing that went back
    /// before, in another way.
    func owed(for price: Int64) -> Int64 {
        let left = (payment == .captured ? captured.minus(moneyReturned) : total).minus(due)
        return max(0, min(price.minus(min(price, credit)), left))
    }

    /// Which of the refunds that are due `amount` makes up for: the earliest first.
    func settling(_ amount: Int64) -> [SettledRefund] {
        var left = amount
        return refundsDue.sorted { ($0.key.rawValue.count, $0.key) < ($1.key.rawValue.count, $1.key) }
            .compactMap { refundID, due in
                let part = min(left, due)
                guard part > 0 else { return nil }
                left -= part
                return SettledRefund(refundID: refundID, amount: part, isWhole: part == due)
            }
    }

    mutating func take(_ event: PaymentCaptured) {
        payment = .captured
        isParked = false
        captured = event.amount
        // Less was taken than was to be: no more can go back.
        settle(settling(due.minus(captured)))
    }

    mutating func take(_ event: PaymentRefunded) {
        refundsDue[event.refundID] = nil
        returned[event.refundID.rawValue, default: 0].add(event.amount)
        isParked = false
    }

    mutating func take(_ event: ProviderRefunded) {
        returned[event.refundID, default: 0].add(event.amount)
        let settled = settle(event.settled)
        credit.add(event.amount.minus(settled))
        isInReview = isInReview || event.needsDecision
        isParked = false
    }

    mutating func take(_ event: DisputeChanged) {
        disputes[event.disputeID] = ShowState.Dispute(status: event.status, amount: event.amount)
        if event.status == .lost {
            returned[event.disputeID, default: 0].add(event.amount)
            let settled = settle(event.settled)
            credit.add(event.amount.minus(settled))
        }
        isInReview = event.needsDecision
        // While it was open no refund was possible.
        if event.status.isClosed { isParked = false }
    }

    mutating func take(_ event: MoneyEvent) {
        switch event {
        case .actionRequired(let event):
            needsAction = true
            paymentID = event.paymentID
        case .refunded(let event): take(event)
        case .disputed(let event): take(event)
        case .accepted(let event): take(event)
        case .suspended(let event): change(event.tickets) { $0.suspend() }
        case .restored(let event): change(event.tickets) { $0.restore() }
        }
    }

    private mutating func change(_ numbers: [Int], _ body: (inout ShowState.Ticket) -> Void) {
        for number in numbers where number > 0 && number <= tickets.count { body(&tickets[number - 1]) }
    }

    private mutating func take(_ event: PaymentAccepted) {
        settle(event.settled)
        isParked = false
        isInReview = false
    }

    /// Returns how much that was.
    @discardableResult
    private mutating func settle(_ settled: [SettledRefund]) -> Int64 {
        settled.reduce(0) { sum, part in
            guard let due = refundsDue[part.refundID] else { return sum }
            let amount = min(due, max(0, part.amount))
            refundsDue[part.refundID] = amount < due ? due - amount : nil
            return sum.plus(amount)
        }
    }

    /// Tickets at `price` ended, and `amount` goes back for them: the rest went back before.
    mutating func useCredit(for price: Int64, _ amount: Int64) {
        credit = max(0, credit.minus(max(0, price.minus(amount))))
    }
}

extension Int64 {
    /// The sum, or the end of the range that it is beyond.
    func plus(_ other: Int64) -> Int64 {
        let (sum, isBeyond) = addingReportingOverflow(other)
        return isBeyond ? (other > 0 ? .max : .min) : sum
    }

    func minus(_ other: Int64) -> Int64 {
        let (difference, isBeyond) = subtractingReportingOverflow(other)
        return isBeyond ? (other > 0 ? .min : .max) : difference
    }

    mutating func add(_ other: Int64) { self = plus(other) }
}
