package import Domain
import SeededRandom

/// The payment protocol, without its IO: for every order with an unsettled payment, what to call at the provider and what
/// to propose to the log.
///
/// **The log decides.** The machine proposes every step as a command, and the decider accepts it or not by what is
/// recorded. Money follows the log: a payment is captured when its sale is recorded, and voided when no sale can come
/// any more.
///
/// **Every step can be repeated.** Calls are idempotent at the provider and commands in the log, so a second process that
/// does the same at the same time does no harm.
///
/// **Nothing unknown is guessed.** After a call that may have taken effect, and for an order that another process may have
/// worked on, the payment is looked up before it is authorized.
///
/// **Nothing is given up.** An order is retried until the provider answers. While the provider fails, all orders wait for
/// ``CircuitBreaker``, and when it returns they go on at once, as many as ``PaymentLimits/callsMax`` allows. An answer that
/// settles nothing is retried a limited number of times; then the payment is parked for an operator.
///
/// The caller performs the calls and proposals in any order and feeds the results back. Times are of any clock that never
/// goes back.
package struct PaymentMachine: Sendable {
    private struct Order: Sendable {
        /// What is in flight for the order: one thing at a time.
        enum InFlight: Equatable, Sendable {
            /// Nothing. Becomes `call` when the order's turn comes.
            case nothing
            /// A call at the provider. Its answer leads to `proposal` if it settles something, else to `nothing`.
            case call(Call)
            /// A proposal to the log. Becomes `nothing` when the sequencer has answered.
            case proposal
        }

        var record: OrderRecord
        var inFlight = InFlight.nothing
        /// The position of the record that the last proposal is based on.
        var proposedAt: Int64 = 0
        /// Attempts at the present work that settled nothing, and how many of them got an answer about the payment.
        var attempts = 0
        var answers = 0
        /// A call with an unknown outcome may have authorized the payment.
        var mustLookUp: Bool
        /// The provider's id of the payment, known before the log has it.
        var foundID: String?
        /// The provider's id of a payment that was charged without a sale.
        var strayChargeID: String?
        /// The earliest time of the next call.
        var notBefore: Duration
        /// The last call got no answer, so the order waits for the provider rather than for its own next step.
        var isHeldUp = false
        /// Why the provider refused the last call; it is looked up in the provider's books before an operator is asked.
        var refusal: String?
        /// The books were looked at since the present work began.
        var hasReadBooks = false
        /// Looks at a payment that the buyer has to act on.
        var looks = 0
        /// The last call was made while the breaker was open.
        var isProbe = false

        var isParked: Bool { record.parkedBecause != nil }
    }

    private let limits: PaymentLimits
    private var random: SeededGenerator
    private var orders: [OrderID: Order] = [:]
    private var queue = OrderQueue()
    private var callsInFlight = 0
    private var breaker = CircuitBreaker()

    package init(limits: PaymentLimits = PaymentLimits(), seed: UInt64) {
        self.limits = limits
        random = SeededGenerator(seed: seed)
    }

    /// The number of orders with an unsettled payment.
    package var count: Int { orders.count }

    /// Entries in the queue, including those that are out of date.
    var queuedCount: Int { queue.count }

    /// The provider fails, and gets only probes.
    package var isCircuitOpen: Bool { breaker.isOpen }

    // MARK: Inputs

    /// Takes an order as the log has it now. Nil: its payment is settled.
    ///
    /// - Parameter isNew: this process has followed the order from its start, so no other process made a call for it.
    package mutating func changed(_ id: OrderID, to record: OrderRecord?, isNew: Bool, now: Duration) {
        guard let record, let work = record.work, !record.isFree else {
            orders[id] = nil
            return queue.cancelTimer(of: id)
        }
        guard var order = orders[id] else {
            return proceed(id, Order(record: record, mustLookUp: !isNew, notBefore: now), now: now)
        }
        guard record.position > order.record.position else { return }
        if order.record.work != work || order.isParked {
            (order.attempts, order.answers) = (0, 0)
            (order.refusal, order.hasReadBooks) = (nil, false)
        }
        order.record = record
        order.notBefore = now
        if order.inFlight == .nothing { queue.add(id) }
        update(id, order)
    }

    /// Takes a webhook that names the order: its next call need not wait.
    package mutating func hinted(_ id: OrderID, now: Duration) {
        guard let order = orders[id], order.inFlight == .nothing else { return }
        proceed(id, order, now: min(order.notBefore, now))
    }

    /// Takes the provider's answer to a call.
    package mutating func answered(
        _ id: OrderID, _ call: Call, _ result: Result<Answer, PaymentError>, now: Duration
    ) -> Reaction {
        precondition(callsInFlight > 0, "every answer is to a call in flight")
        callsInFlight -= 1
        switch result {
        case .success, .failure(.refused), .failure(.undecided): breaker.succeeded()
        case .failure(.unknown), .failure(.unavailable):
            if breaker.failed(at: now, using: &random) { waitForProvider(now: now) }
        }
        // If the order was settled in the meantime, and perhaps reopened, the answer is about none of its present needs.
        guard var order = orders[id], order.inFlight == .call(call) else { return Reaction() }
        order.inFlight = .nothing
        if case .success(let answer) = result { order.foundID = answer.paymentID ?? order.foundID }
        // If the order changed in the meantime, the answer tells at most the payment's id.
        guard call.serves(order.record.work) else {
            proceed(id, order, now: now)
            return Reaction()
        }
        switch result {
        case .success(let answer): return handle(answer, after: call, id, order, now: now)
        case .failure(.refused(let reason)):
            if case .authorize = call { return propose(.refused(reason), id, order) }
            // Somebody may have moved the money at the provider: the books tell, once.
            guard !order.hasReadBooks, call.isRefusableByBooks, !order.record.paymentID.isEmpty else {
                return propose(.parked(reason: order.refusal ?? reason), id, order)
            }
            (order.refusal, order.hasReadBooks) = (reason, true)
            proceed(id, order, now: now)
            return Reaction()
        case .failure(.undecided(let reason)):
            order.mustLookUp = true
            return retryLater(id, order, because: reason, now: now)
        case .failure(.unknown(let reason)):
            order.mustLookUp = true
            order.isHeldUp = true
            return retryLater(id, order, because: reason, now: now)
        case .failure(.unavailable(let reason)):
            order.isHeldUp = true
            return retryLater(id, order, because: reason, now: now)
        }
    }

    /// Takes whether a proposal is known to be recorded. What came of it comes with ``changed(_:to:isNew:now:)``.
    package mutating func proposed(_ id: OrderID, isRecorded: Bool, now: Duration) {
        guard var order = orders[id], order.inFlight == .proposal else { return }
        order.inFlight = .nothing
        // A recorded proposal comes back as a change of the order. If it does not come in time, the work is done again.
        let isConfirmed = order.record.position > order.proposedAt
        // That an order is unanswered changes it only if it is too late.
        let longest = order.isHeldUp ? limits.outageRetryMax : limits.confirmationTimeout
        let pause = isRecorded ? min(longest, limits.confirmationTimeout) : limits.retryMin
        wait(id, order, until: isConfirmed ? now : now + pause)
    }

    /// Starts the calls that can start now. Call it after every input, and ten times a second.
    package mutating func advance(now: Duration) -> [ProviderCall] {
        queue.wake(now: now)
        var calls: [ProviderCall] = []
        while callsInFlight < limits.callsMax, breaker.allowsCall(at: now), let id = queue.next() {
            guard let order = orders[id], order.inFlight == .nothing, !order.isParked else { continue }
            if order.notBefore > now {
                queue.add(id, at: order.notBefore)
            } else {
                calls.append(start(id, order, now: now))
            }
        }
        return calls
    }

    // MARK: Steps

    private mutating func start(_ id: OrderID, _ order: Order, now: Duration) -> ProviderCall {
        var order = order
        let call = nextCall(for: order)
        order.inFlight = .call(call)
        order.isHeldUp = false
        order.isProbe = breaker.isOpen
        update(id, order)
        callsInFlight += 1
        breaker.called(at: now, using: &random)
        return ProviderCall(order: id, call: call, seenAt: order.record.position)
    }

    private func nextCall(for order: Order) -> Call {
        let record = order.record
        let request = PaymentRequest(
            orderID: record.orderID, amount: record.total, currency: record.currency,
            paymentMethod: record.paymentMethod, returnURL: record.returnURL,
            paymentID: record.paymentID.isEmpty ? nil : record.paymentID)
        if order.refusal != nil, record.work != .authorize { return .books(record.paymentID) }
        switch record.work {
        case .authorize:
            return order.mustLookUp || record.status == .requiresAction ? .find(request) : .authorize(request)
        case .capture: return .capture(record.paymentID)
        case .void:
            if let chargeID = order.strayChargeID {
                return .refund(chargeID, RefundID(ofStrayCharge: record.orderID), amount: nil)
            }
            let paymentID = record.paymentID.isEmpty ? order.foundID : record.paymentID
            return paymentID.map(Call.void) ?? .close(request)
        case .refund(let refundID, let amount): return .refund(record.paymentID, refundID, amount: amount)
        case nil: preconditionFailure("an order in the machine has work to do")
        }
    }

    private mutating func handle(
        _ answer: Answer, after call: Call, _ id: OrderID, _ order: Order, now: Duration
    ) -> Reaction {
        var order = order
        order.mustLookUp = false
        let refusal = order.refusal
        order.refusal = nil
        switch order.record.nextStep(after: call, answer) {
        case .propose(let step): return propose(step, id, order)
        case .proceed: proceed(id, order, now: now)
        case .refundStrayCharge(let paymentID):
            order.strayChargeID = paymentID
            proceed(id, order, now: now)
        case .park: return propose(.parked(reason: refusal ?? "refused"), id, order)
        case .awaitBuyer:
            // Not a failure, and no reason to hurry: a webhook tells sooner.
            order.looks += 1
            order.attempts = 0
            wait(id, order, until: now + min(limits.buyerLookMin * (1 << min(order.looks, 8)), limits.buyerLookMax))
        case .awaitDecision:
            order.mustLookUp = true
            return retryLater(id, order, because: "the provider has not decided", now: now)
        case .retryLater(let reason):
            order.answers += 1
            guard order.answers < limits.attemptsMax else {
                return propose(.parked(reason: "\(order.answers) attempts: \(reason)"), id, order)
            }
            return retryLater(id, order, because: reason, now: now)
        }
        return Reaction()
    }

    /// Does at once whatever the order needs now.
    private mutating func proceed(_ id: OrderID, _ order: Order, now: Duration) {
        var order = order
        order.notBefore = now
        queue.add(id)
        update(id, order)
    }

    private mutating func propose(_ step: PaymentStep, _ id: OrderID, _ order: Order) -> Reaction {
        var order = order
        order.inFlight = .proposal
        (order.attempts, order.answers) = (0, 0)
        order.proposedAt = order.record.position
        update(id, order)
        return Reaction(
            proposal: Proposal(order: id, show: order.record.showID, step: step, seenAt: order.record.position))
    }

    /// Tries again after a pause, without end: an outage ends. Only an authorization may come too late, which the log
    /// knows.
    private mutating func retryLater(
        _ id: OrderID, _ order: Order, because reason: String, now: Duration
    ) -> Reaction {
        var order = order
        order.attempts += 1
        var reaction = Reaction()
        if order.attempts == limits.attemptsMax {
            let report = Report(order: id, attempts: order.attempts, reason: reason)
            if order.record.work == .authorize {
                reaction = propose(.unanswered(salt: random.next()), id, order)
                reaction.report = report
                return reaction
            }
            reaction.report = report
        }
        if order.isHeldUp && breaker.isOpen {
            proceed(id, order, now: now)
        } else {
            // Jitter in the upper half, so that orders which failed together do not come back together.
            wait(id, order, until: now + pause(before: order) * Double.random(in: 0.5...1, using: &random))
        }
        return reaction
    }

    /// An order without an answer may be the first that meets an outage, or the last to hear of it. If as many attempts
    /// have failed as would open the breaker and others succeed, the order is what fails.
    private func pause(before order: Order) -> Duration {
        let mayBeOutage = order.isHeldUp && (order.isProbe || order.attempts <= CircuitBreaker.failuresMax)
        let longest = mayBeOutage ? min(limits.outageRetryMax, limits.retryMax) : limits.retryMax
        return min(limits.retryMin * (1 << min(order.attempts - 1, 16)), longest)
    }

    /// The breaker has opened: orders that the provider holds up wait for it, in the queue, and for no pause of their own.
    private mutating func waitForProvider(now: Duration) {
        let heldUp = orders.filter { $0.value.isHeldUp && $0.value.inFlight == .nothing }
        for (id, order) in heldUp.sorted(by: { $0.key < $1.key }) { proceed(id, order, now: now) }
    }

    private mutating func wait(_ id: OrderID, _ order: Order, until time: Duration) {
        var order = order
        order.notBefore = time
        queue.add(id, at: time)
        update(id, order)
    }

    private mutating func update(_ id: OrderID, _ order: Order) {
        precondition(
            order.inFlight != .nothing || order.isParked || queue.contains(id),
            "an order that has nothing in flight and is not parked waits in the queue")
        orders[id] = order
    }
}

extension OrderRecord {
    /// There is nothing to pay: the command that sells the order settles it too, in a later event of the same batch.
    fileprivate var isFree: Bool { total == 0 && (work == .authorize || work == .capture) }
}
