import DequeModule
public import Domain
import HeapModule
import SeededRandom

/// The payment process, without its IO: for every order with an unsettled payment, what to ask of the provider, and what
/// to propose to the log.
///
/// Nothing is decided here. Each step is proposed as a command, and the decider, on what the log says, makes it so or not;
/// money moves only as the log has it: it is captured when the sale is in there, voided when no sale can come any more.
/// A second process that did the same at the same time would do no harm: calls are idempotent at the provider, commands in
/// the log.
///
/// Whoever drives it performs the actions, in any order, and feeds the results back. Times are of any clock that never
/// goes back.
public struct PaymentMachine: Sendable {
    public enum Call: Equatable, Sendable {
        case authorize(PaymentRequest)
        case find(PaymentRequest)
        case close(PaymentRequest)
        case capture(String)
        case void(String)
        /// Without an amount: all that is left of the payment.
        case refund(String, RefundID, amount: Int64?)
    }

    public enum Answer: Equatable, Sendable {
        case state(PaymentState)
        case notFound
        case refunded
    }

    public enum Action: Equatable, Sendable {
        /// Ask the provider, then ``answered(_:_:_:now:)``. The sequence number is of what the order was seen to be: what
        /// can't be undone is only done where that is as durable as a commit can be.
        case call(OrderID, Call, seenAt: Int64)
        /// Propose to the log, then ``proposed(_:isRecorded:now:)``. The sequence number, of what the order was seen to be,
        /// makes the command's id: the same proposal on the same state is the same command.
        case propose(OrderID, ShowID, PaymentStep, seenAt: Int64)
        /// Say that something was tried this often in vain; it goes on being tried.
        case report(OrderID, attempts: Int, reason: String)
    }

    private struct Order: Sendable {
        enum Errand: Equatable, Sendable {
            case none
            case calling(Call)
            case proposing
        }

        var record: OrderRecord
        /// What is on its way, of which there is one thing at a time.
        var errand = Errand.none
        /// It stands in ``ready``.
        var isQueued = false
        /// What was seen of the order when the last proposal was made.
        var proposedAt: Int64 = 0
        /// Attempts at the present work that settled nothing, and how many of them were answered.
        var attempts = 0
        var answers = 0
        /// A call may have been made whose answer is not known.
        var mustLookUp: Bool
        /// The provider's id, found before the log has it.
        var foundID: String?
        /// The provider's id of a charge that nothing was sold for.
        var strayChargeID: String?
        /// Not before this time.
        var at: Duration
        /// When the entry in ``later`` is due that counts; others of this order are old ones.
        var wakesAt: Duration?

        var isBusy: Bool { errand != .none }
    }

    private let limits: PaymentLimits
    private var random: SeededGenerator
    private var orders: [OrderID: Order] = [:]
    private var ready = Deque<OrderID>()
    private var later = Heap<Later>()
    private var callCount = 0
    private var breaker = CircuitBreaker()

    public init(limits: PaymentLimits = PaymentLimits(), seed: UInt64) {
        self.limits = limits
        random = SeededGenerator(seed: seed)
    }

    /// Unsettled orders that are known.
    public var count: Int { orders.count }

    /// Entries in the queues, old ones included.
    var queuedCount: Int { ready.count + later.count }

    /// The provider is being spared.
    public var isSparing: Bool { breaker.isOpen }

    // MARK: Inputs

    /// An order as the log has it now; nil: its payment is settled.
    ///
    /// - Parameter isFresh: this process has followed the order from its start, so no call was made for it by another.
    public mutating func changed(_ id: OrderID, to record: OrderRecord?, isFresh: Bool, now: Duration) {
        guard let record, let work = record.work, !record.isFree else {
            orders[id] = nil
            return
        }
        guard var order = orders[id] else {
            orders[id] = Order(record: record, mustLookUp: !isFresh, at: now)
            return enqueue(id)
        }
        guard record.position > order.record.position else { return }
        let wasParked = order.record.parkedBecause != nil
        if order.record.work != work || wasParked { (order.attempts, order.answers) = (0, 0) }
        order.record = record
        order.at = now
        orders[id] = order
        if !order.isBusy { enqueue(id) }
    }

    /// Somebody says that something happened to the order's payment: look now rather than later.
    public mutating func hinted(_ id: OrderID, now: Duration) {
        guard let order = orders[id], !order.isBusy else { return }
        orders[id]?.at = min(order.at, now)
        enqueue(id)
    }

    /// The provider answered a call.
    public mutating func answered(
        _ id: OrderID, _ call: Call, _ result: Result<Answer, PaymentError>, now: Duration
    ) -> [Action] {
        callCount -= 1
        switch result {
        case .success, .failure(.refused), .failure(.undecided): breaker.succeeded()
        case .failure(.unknown), .failure(.unavailable): breaker.failed(at: now)
        }
        // The order was settled since, and may have begun anew: this is no answer to what it needs now.
        guard var order = orders[id], order.errand == .calling(call) else { return [] }
        order.errand = .none
        orders[id] = order
        if case .success(let answer) = result { order.foundID = answer.paymentID ?? order.foundID }
        // It is an answer to what the order needed before it changed: at most it tells the payment's id.
        guard call.serves(order.record.work) else { return next(id, order, now: now) }
        switch result {
        case .success(let answer): return goOn(id, order, after: call, answer, now: now)
        case .failure(.refused(let reason)):
            if case .authorize = call { return propose(id, order, .refused(reason)) }
            return propose(id, order, .parked(reason: reason))
        case .failure(.unknown(let reason)), .failure(.undecided(let reason)):
            order.mustLookUp = true
            return again(id, order, because: reason, now: now)
        case .failure(.unavailable(let reason)): return again(id, order, because: reason, now: now)
        }
    }

    /// A proposal was recorded, or it is not known to be. What came of it comes with ``changed(_:to:isFresh:now:)``.
    public mutating func proposed(_ id: OrderID, isRecorded: Bool, now: Duration) {
        guard var order = orders[id], order.errand == .proposing else { return }
        order.errand = .none
        // Recorded, there is nothing to do until the log's word arrives; should none come, it is tried again.
        let isKnown = order.record.position > order.proposedAt
        order.at = isKnown ? now : now + (isRecorded ? limits.echoPatience : limits.retryMin)
        orders[id] = order
        postpone(id, until: order.at)
    }

    /// Starts what can be started. Call after every input, and ten times a second.
    public mutating func advance(now: Duration) -> [Action] {
        while let first = later.min, first.at <= now {
            later.removeMin()
            guard orders[first.order]?.wakesAt == first.at else { continue }
            orders[first.order]?.wakesAt = nil
            enqueue(first.order)
        }
        var actions: [Action] = []
        while callCount < limits.callsMax, let id = ready.popFirst() {
            guard var order = orders[id] else { continue }
            order.isQueued = false
            orders[id] = order
            guard !order.isBusy, order.record.parkedBecause == nil else { continue }
            if order.at > now {
                postpone(id, until: order.at)
            } else if let until = breaker.blockedUntil(now) {
                postpone(id, until: until)
            } else {
                actions.append(start(id, order))
            }
        }
        return actions
    }

    // MARK: Steps

    private mutating func start(_ id: OrderID, _ order: Order) -> Action {
        var order = order
        let record = order.record
        let request = PaymentRequest(
            orderID: id, amount: record.total, currency: record.currency, paymentMethod: record.paymentMethod)
        let paymentID = record.paymentID.isEmpty ? order.foundID : record.paymentID
        let call: Call =
            switch record.work {
            case .authorize: order.mustLookUp ? .find(request) : .authorize(request)
            case .capture: .capture(record.paymentID)
            case .void:
                if let chargeID = order.strayChargeID {
                    .refund(chargeID, RefundID(ofStrayCharge: id), amount: nil)
                } else {
                    paymentID.map(Call.void) ?? .close(request)
                }
            case .refund(let refundID, let amount): .refund(record.paymentID, refundID, amount: amount)
            case nil: preconditionFailure("a settled order has no task")
            }
        order.errand = .calling(call)
        orders[id] = order
        callCount += 1
        breaker.passed()
        return .call(id, call, seenAt: record.position)
    }

    private mutating func goOn(
        _ id: OrderID, _ order: Order, after call: Call, _ answer: Answer, now: Duration
    ) -> [Action] {
        var order = order
        order.mustLookUp = false
        switch (order.record.work, answer) {
        case (.authorize, .notFound): return next(id, order, now: now)
        case (.authorize, .state(.authorized(let paymentID))), (.authorize, .state(.captured(let paymentID))):
            return propose(id, order, .authorized(paymentID))
        case (.authorize, .state(.declined(let code))): return propose(id, order, .declined(code))
        case (.authorize, .state(.voided)): return propose(id, order, .declined("canceled"))
        case (.authorize, .state(.pending)):
            order.mustLookUp = true
            return again(id, order, because: "the provider has not decided", now: now)
        case (.capture, .state(.captured)): return propose(id, order, .captured)
        case (.capture, .state(.pending)):
            return undecided(id, order, because: "the provider has not decided", now: now)
        case (.capture, .state(let state)):
            return propose(id, order, .parked(reason: "can't be captured: \(state.name)"))
        case (.void, .state(.voided)), (.void, .state(.declined)), (.void, .refunded):
            return propose(id, order, .voided)
        case (.void, .state(.captured)) where order.record.status == .confirmed:
            // The money was taken before the sale was taken back: it is refunded next.
            return propose(id, order, .captured)
        case (.void, .state(.captured(let paymentID))):
            // By somebody else, or for a sale that was lost with the log's tail: it goes back.
            order.strayChargeID = paymentID
            return next(id, order, now: now)
        // Closed too late: now it is known what to void.
        case (.void, .state) where call.isClose: return next(id, order, now: now)
        case (.void, .state(let state)): return undecided(id, order, because: "it is \(state.name)", now: now)
        case (.refund(let refundID, _), .refunded): return propose(id, order, .refunded(refundID))
        case (.authorize, .refunded), (.capture, .notFound), (.capture, .refunded), (.void, .notFound),
            (.refund, .notFound), (.refund, .state), (nil, _):
            return undecided(id, order, because: "the provider's answer is to another question", now: now)
        }
    }

    /// Goes on at once with whatever is to be done now.
    private mutating func next(_ id: OrderID, _ order: Order, now: Duration) -> [Action] {
        orders[id] = order
        orders[id]?.at = now
        enqueue(id)
        return []
    }

    private mutating func propose(_ id: OrderID, _ order: Order, _ step: PaymentStep) -> [Action] {
        var order = order
        order.errand = .proposing
        (order.attempts, order.answers) = (0, 0)
        order.proposedAt = order.record.position
        orders[id] = order
        return [.propose(id, order.record.showID, step, seenAt: order.record.position)]
    }

    /// The provider answers, and the answer settles nothing: after some attempts it is left to an operator.
    private mutating func undecided(_ id: OrderID, _ order: Order, because reason: String, now: Duration) -> [Action] {
        var order = order
        order.answers += 1
        guard order.answers < limits.attemptsMax else {
            return propose(id, order, .parked(reason: "\(order.answers) attempts: \(reason)"))
        }
        return again(id, order, because: reason, now: now)
    }

    /// Tries again after a pause, for ever: an outage ends, and then all goes on by itself. Only an authorization may
    /// come too late, which the log knows.
    private mutating func again(_ id: OrderID, _ order: Order, because reason: String, now: Duration) -> [Action] {
        var order = order
        order.attempts += 1
        var actions: [Action] = []
        if order.attempts == limits.attemptsMax {
            actions.append(.report(id, attempts: order.attempts, reason: reason))
            if order.record.work == .authorize {
                return actions + propose(id, order, .unanswered(salt: random.next()))
            }
        }
        let pause = min(limits.retryMin * (1 << min(order.attempts - 1, 16)), limits.retryMax)
        // Full jitter in the upper half, so that what failed together does not come back together.
        order.at = now + pause * Double.random(in: 0.5...1, using: &random)
        orders[id] = order
        postpone(id, until: order.at)
        return actions
    }

    private mutating func enqueue(_ id: OrderID) {
        guard orders[id]?.isQueued == false else { return }
        orders[id]?.isQueued = true
        ready.append(id)
    }

    /// An order that is looked at sooner anyway needs no second entry, so hints can't make the heap grow.
    private mutating func postpone(_ id: OrderID, until time: Duration) {
        guard orders[id]?.wakesAt.map({ time < $0 }) ?? true else { return }
        orders[id]?.wakesAt = time
        later.insert(Later(at: time, order: id))
    }
}

private struct Later: Comparable, Sendable {
    var at: Duration
    var order: OrderID
    static func < (a: Self, b: Self) -> Bool { (a.at, a.order) < (b.at, b.order) }
}

extension OrderRecord {
    /// There is nothing to pay: the command that sells it settles it, and a reader who comes in the middle waits.
    fileprivate var isFree: Bool { total == 0 && (work == .authorize || work == .capture) }
}

extension PaymentMachine.Call {
    /// Whether its answer tells how to go on with `work`.
    fileprivate func serves(_ work: OrderRecord.Work?) -> Bool {
        switch (self, work) {
        case (.authorize, .authorize), (.find, .authorize), (.capture, .capture), (.close, .void), (.void, .void),
            (.refund, .void):
            true
        case (.refund(_, let made, _), .refund(let due, _)): made == due
        default: false
        }
    }

    fileprivate var isClose: Bool {
        if case .close = self { true } else { false }
    }
}

extension PaymentMachine.Answer {
    fileprivate var paymentID: String? {
        switch self {
        case .state(.pending(let id)), .state(.authorized(let id)), .state(.captured(let id)): id
        case .state(.voided), .state(.declined), .notFound, .refunded: nil
        }
    }
}

extension PaymentState {
    fileprivate var name: String {
        switch self {
        case .pending: "not decided"
        case .authorized: "still authorized"
        case .captured: "captured"
        case .voided: "voided"
        case .declined(let code): "declined, \(code)"
        }
    }
}
