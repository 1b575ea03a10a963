import Domain

/// Money that is to come or to go back, with the kinds of tickets that it is for, and money that went back for tickets which are
/// still somebody's. There is no more of it than there are orders whose money is not all where their tickets are.
struct MoneyOnItsWay: Equatable, Sendable {
    /// Minor units that are for tickets of one row of the report.
    struct Part: Equatable, Sendable {
        var row: Int
        var amount: Int64
        /// Those of `amount`.
        var fees: Int64 = 0
        var tax: Int64 = 0
    }

    struct Refund: Equatable, Sendable {
        var refundID: RefundID
        var parts: [Part]

        var amount: Int64 { parts.reduce(0) { $0.plus($1.amount) } }
    }

    /// What is to be captured, by order.
    var captures: [OrderID: [Part]] = [:]
    /// What is to go back, in the order in which that was decided.
    var refunds: [OrderID: [Refund]] = [:]
    /// What went back for no ticket that is known yet, by order: of tickets that end later, as much goes back no more.
    var credits: [OrderID: Int64] = [:]
    /// What is left of a refund that the provider made smaller, by order: the next event gives it another name.
    var renamed: [OrderID: [Part]] = [:]

    /// All that is to go back of what was captured: nothing else can.
    var due: Int64 {
        refunds.reduce(0) { sum, refunds in
            captures[refunds.key] == nil ? refunds.value.reduce(sum) { $0.plus($1.amount) } : sum
        }
    }

    func due(of order: OrderID) -> Int64 { refunds[order]?.reduce(0) { $0.plus($1.amount) } ?? 0 }

    mutating func owe(_ parts: [Part], _ refund: RefundID, of order: OrderID) {
        guard !parts.isEmpty else { return }
        refunds[order, default: []].append(Refund(refundID: refund, parts: parts))
    }

    /// Takes a refund out, whole; nothing: it is not due.
    mutating func take(_ refund: RefundID, of order: OrderID) -> [Part] {
        guard let index = refunds[order]?.firstIndex(where: { $0.refundID == refund }) else { return [] }
        let taken = refunds[order]?.remove(at: index).parts ?? []
        if refunds[order]?.isEmpty == true { refunds[order] = nil }
        return taken
    }

    /// Takes a part of a refund out.
    mutating func take(_ amount: Int64, from refund: RefundID, of order: OrderID) -> [Part] {
        guard let index = refunds[order]?.firstIndex(where: { $0.refundID == refund }),
            let (taken, left) = refunds[order]?[index].parts.split(after: amount)
        else { return [] }
        if left.isEmpty { _ = take(refund, of: order) } else { refunds[order]?[index].parts = left }
        return taken
    }

    /// The refunds that are due of an order, the earliest first.
    func earliest(of order: OrderID) -> [RefundID] {
        (refunds[order] ?? []).map(\.refundID).sorted { ($0.rawValue.count, $0) < ($1.rawValue.count, $1) }
    }
}

extension [MoneyOnItsWay.Part] {
    /// The parts that make up the first `amount`, and the others. Fees and tax are cut in proportion.
    func split(after amount: Int64) -> (first: Self, rest: Self) {
        var left = Swift.max(0, amount)
        var (first, rest): (Self, Self) = ([], [])
        for part in self {
            var (taken, kept) = (part, part)
            taken.amount = Swift.max(0, Swift.min(left, part.amount))
            kept.amount = part.amount - taken.amount
            taken.fees = part.fees.scaled(by: taken.amount, of: part.amount)
            taken.tax = part.tax.scaled(by: taken.amount, of: part.amount)
            kept.fees = part.fees - taken.fees
            kept.tax = part.tax - taken.tax
            left -= taken.amount
            if taken.amount > 0 { first.append(taken) }
            if kept.amount > 0 { rest.append(kept) }
        }
        return (first, rest)
    }

    /// Adds to the part of the same row, or another part.
    mutating func add(_ part: MoneyOnItsWay.Part) {
        guard let index = firstIndex(where: { $0.row == part.row }) else { return append(part) }
        self[index].amount.add(part.amount)
        self[index].fees.add(part.fees)
        self[index].tax.add(part.tax)
    }
}

extension Int64 {
    fileprivate func scaled(by part: Int64, of whole: Int64) -> Int64 {
        guard part != whole, whole > 0, magnitude <= whole.magnitude else { return part == whole ? self : 0 }
        let product = multipliedFullWidth(by: part)
        return whole.dividingFullWidth(product).quotient
    }
}
