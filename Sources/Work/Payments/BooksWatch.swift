package import Domain

/// Which payments' books to read at the provider because somebody else may have moved their money: what webhooks name,
/// what the provider lists as refunded or disputed, and what is disputed by the log.
///
/// The log follows the money: what the books have and the log does not is proposed to it, as often as it takes, and the
/// decider records each movement once. So a webhook that is lost changes only the delay.
///
/// The caller performs the calls in any order and feeds the results back. Times are of any clock that never goes back.
package struct BooksWatch: Sendable {
    package enum Call: Equatable, Sendable {
        case books(paymentID: String)
        /// In seconds since 1970.
        case changes(since: Int64)
    }

    package enum Answer: Sendable {
        case books(ProviderBooks)
        case changes(Set<String>)
    }

    /// Books that the log may not know.
    package struct Finding: Equatable, Sendable {
        package var order: OrderID
        package var show: ShowID
        package var ledger: ProviderLedger
    }

    private struct Wait: Sendable {
        var notBefore: Duration
        var attempts = 0
    }

    private let limits: PaymentLimits
    private var waiting: [String: Wait] = [:]
    private var inFlight: Set<String> = []
    /// What was proposed last, of payments whose money others moved.
    private var proposed: [String: ProviderLedger] = [:]
    private var nextChanges = Duration.zero
    private var isAsking = false
    /// Up to when all changes are known, in seconds since 1970; nil: nothing was asked yet.
    private var knownUntil: Int64?
    private var asked: Int64 = 0

    /// Payments that wait at once; those beyond are found in the provider's lists.
    private static let waitingMax = 10_000
    /// Lists are asked for from a little before the last answer: a list may not have the newest yet.
    private static let overlapSeconds: Int64 = 60
    /// A refund of ours may be on its way while others make one, so books with theirs are read once more.
    private static let secondLook = Duration.seconds(30)

    package init(limits: PaymentLimits = PaymentLimits()) { self.limits = limits }

    /// Payments that wait, or are being read.
    package var count: Int { waiting.count }

    /// Takes that somebody may have moved a payment's money.
    package mutating func hinted(_ paymentID: String, now: Duration) {
        if waiting[paymentID] == nil, waiting.count >= Self.waitingMax { return }
        waiting[paymentID] = Wait(notBefore: now)
    }

    /// Starts the calls that can start now. Call it after every input, and ten times a second.
    ///
    /// - Parameter time: seconds since 1970.
    package mutating func advance(now: Duration, time: Int64) -> [Call] {
        var calls: [Call] = []
        if !isAsking, nextChanges <= now {
            isAsking = true
            asked = time
            calls.append(.changes(since: (knownUntil ?? time - limits.changesLookBackSeconds) - Self.overlapSeconds))
        }
        for (id, wait) in waiting.sorted(by: { $0.key < $1.key })
        where wait.notBefore <= now && inFlight.count < limits.booksCallsMax && !inFlight.contains(id) {
            inFlight.insert(id)
            calls.append(.books(paymentID: id))
        }
        return calls
    }

    /// Takes the provider's answer; returns what is to be proposed to the log.
    package mutating func answered(
        _ call: Call, _ result: Result<Answer, PaymentError>, now: Duration
    ) -> Finding? {
        switch call {
        case .changes:
            isAsking = false
            nextChanges = now + limits.changesLookInterval
            guard case .success(.changes(let paymentIDs)) = result else { return nil }
            knownUntil = asked
            for id in paymentIDs.sorted() { hinted(id, now: now) }
            return nil
        case .books(let id):
            inFlight.remove(id)
            let attempts = waiting.removeValue(forKey: id)?.attempts ?? 0
            switch result {
            case .success(.books(let books)): return finding(in: books, now: now)
            case .success(.changes), .failure(.refused): return nil
            case .failure:
                let pause = min(limits.retryMin * (1 << min(attempts, 16)), limits.retryMax)
                waiting[id] = Wait(notBefore: now + pause, attempts: attempts + 1)
                return nil
            }
        }
    }

    private mutating func finding(in books: ProviderBooks, now: Duration) -> Finding? {
        let ledger = books.ledger
        guard let order = books.orderID, let show = order.show, ledger.hasForeignEntries,
            proposed[ledger.paymentID] != ledger
        else { return nil }
        if proposed.count >= Self.waitingMax { proposed.removeAll() }
        proposed[ledger.paymentID] = ledger
        waiting[ledger.paymentID] = Wait(notBefore: now + Self.secondLook)
        return Finding(order: order, show: show, ledger: ledger)
    }

    /// A finding did not reach the log: it is found again.
    package mutating func failed(_ finding: Finding, now: Duration) {
        proposed[finding.ledger.paymentID] = nil
        waiting[finding.ledger.paymentID] = Wait(notBefore: now + limits.retryMin)
    }
}
