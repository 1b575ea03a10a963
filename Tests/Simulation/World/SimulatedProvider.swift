import Domain
import Payments

/// The payment provider: keeps its own ledger, knows nothing of the log, and does what it is asked whenever that arrives.
///
/// What it promises is ``PaymentProvider``'s: a call that is made twice, or late, has the effect of one.
struct SimulatedProvider {
    enum State: Equatable {
        /// It will be decided then.
        case pending(until: Moment, isGood: Bool)
        case authorized
        case captured
        case voided
        case declined(String)
    }

    /// One order's payment, and all that was ever done to it.
    struct Account {
        let paymentID: String
        let amount: Int64
        let card: Card
        var state: State
        let openedAt: Moment
        var captured: Int64 = 0
        var timesCharged = 0
        var refunds: [RefundID: Int64] = [:]
        /// What somebody gave back by hand, by the provider's id of it.
        var refundsByHand: [String: Int64] = [:]
        var dispute: ProviderLedger.Dispute?
        /// When somebody last moved its money, or disputed it.
        var movedAt: Moment?

        /// Minor units that went back, in whatever way.
        var refunded: Int64 {
            let lost = dispute?.status == .lost ? dispute?.amount ?? 0 : 0
            return refunds.values.reduce(lost, +) + refundsByHand.values.reduce(0, +)
        }

        var isDisputed: Bool { dispute.map { !$0.status.isClosed } ?? false }

        var ledger: ProviderLedger {
            let ours = refunds.sorted { $0.key < $1.key }.map {
                ProviderLedger.Refund(id: "re_\($0.key)", refundID: $0.key, amount: $0.value)
            }
            let others = refundsByHand.sorted { $0.key < $1.key }.map {
                ProviderLedger.Refund(id: $0.key, refundID: nil, amount: $0.value)
            }
            return ProviderLedger(
                paymentID: paymentID, captured: captured, refunds: ours + others, disputes: dispute.map { [$0] } ?? [])
        }
    }

    /// What can't be undone.
    enum Effect {
        case captured(OrderID, Int64)
        case refunded(OrderID, RefundID, Int64)
        /// Its money is let go of, and none will be set aside for it any more.
        case released(OrderID)
    }

    private(set) var accounts: [OrderID: Account] = [:]
    private var orders: [String: OrderID] = [:]
    /// Until then nobody reaches it.
    var outageEnds: Moment = 0
    /// How long a look-up may not see a payment that there is.
    var blindTime: Moment = 0

    mutating func perform(
        _ call: PaymentMachine.Call, now: Moment
    ) -> (answer: Result<PaymentMachine.Answer, PaymentError>, effect: Effect?) {
        switch call {
        case .authorize(let payment):
            guard Card(payment) != .refused else { return (.failure(.refused("no such card")), nil) }
            return (.success(.state(state(open(payment, as: Self.verdict(on: payment, now: now), now: now), now))), nil)
        case .find(let payment):
            guard let account = accounts[payment.orderID], account.openedAt + blindTime <= now else {
                return (.success(.notFound), nil)
            }
            return (.success(.state(state(payment.orderID, now))), nil)
        case .close(let payment):
            let isNew = accounts[payment.orderID] == nil
            let answer = state(open(payment, as: .voided, now: now), now)
            return (.success(.state(answer)), isNew ? .released(payment.orderID) : nil)
        case .capture(let id): return capture(id, now)
        case .void(let id):
            let order = orders[id]
            return change(id, now) { account in
                switch account.state {
                case .pending, .authorized, .declined:
                    account.state = .voided
                    return order.map(Effect.released)
                case .captured, .voided: return nil
                }
            }
        case .refund(let id, let refundID, let amount): return refund(id, refundID, amount)
        case .books(let id):
            guard let order = orders[id], let account = accounts[order] else {
                return (.failure(.refused("resource_missing")), nil)
            }
            return (.success(.books(account.ledger)), nil)
        }
    }

    // MARK: What others do

    /// Somebody gives money back by hand.
    mutating func refundByHand(_ order: OrderID, _ amount: Int64, now: Moment) {
        guard let count = accounts[order]?.refundsByHand.count else { return }
        accounts[order]?.refundsByHand["re_hand_\(order)_\(count)"] = amount
        accounts[order]?.movedAt = now
    }

    /// The buyer's bank disputes the payment, or comes to a decision.
    mutating func dispute(_ order: OrderID, _ status: DisputeChanged.Status, now: Moment) {
        guard let account = accounts[order] else { return }
        let amount = account.dispute?.amount ?? account.captured - account.refunded
        accounts[order]?.dispute = ProviderLedger.Dispute(
            id: "dp_\(order)", status: status, amount: amount, reason: "fraudulent")
        accounts[order]?.movedAt = now
    }

    func books(of id: String) -> Result<BooksWatch.Answer, PaymentError> {
        guard let order = orders[id], let account = accounts[order] else {
            return .failure(.refused("resource_missing"))
        }
        return .success(.books(ProviderBooks(orderID: order, ledger: account.ledger)))
    }

    /// The payments whose money others have moved since a time.
    func changes(since time: Moment) -> Set<String> {
        Set(accounts.values.filter { $0.movedAt.map { $0 >= time } ?? false }.map(\.paymentID))
    }

    private mutating func capture(
        _ id: String, _ now: Moment
    ) -> (answer: Result<PaymentMachine.Answer, PaymentError>, effect: Effect?) {
        guard let order = orders[id] else { return (.failure(.refused("resource_missing")), nil) }
        guard accounts[order]?.card != .uncapturable else { return (.failure(.refused("the bank does not pay")), nil) }
        return change(id, now) { account in
            guard account.state == .authorized else { return nil }
            account.state = .captured
            account.captured = account.amount
            account.timesCharged += 1
            return .captured(order, account.amount)
        }
    }

    private mutating func refund(
        _ id: String, _ refundID: RefundID, _ amount: Int64?
    ) -> (answer: Result<PaymentMachine.Answer, PaymentError>, effect: Effect?) {
        guard let order = orders[id], let account = accounts[order], account.state == .captured else {
            return (.failure(.refused("there is nothing to refund")), nil)
        }
        guard account.refunds[refundID] == nil else { return (.success(.refunded), nil) }
        guard !account.isDisputed else { return (.failure(.refused("it is disputed")), nil) }
        let left = account.captured - account.refunded
        if amount == nil, left == 0 { return (.success(.refunded), nil) }
        let amount = amount ?? left
        guard amount > 0, amount <= left else {
            return (.failure(.refused("more than is left of it")), nil)
        }
        accounts[order]?.refunds[refundID] = amount
        return (.success(.refunded), .refunded(order, refundID, amount))
    }

    private mutating func open(_ payment: PaymentRequest, as state: State, now: Moment) -> OrderID {
        guard accounts[payment.orderID] == nil else { return payment.orderID }
        let account = Account(
            paymentID: "pi_\(payment.orderID)", amount: payment.amount, card: Card(payment), state: state, openedAt: now
        )
        accounts[payment.orderID] = account
        orders[account.paymentID] = payment.orderID
        return payment.orderID
    }

    private mutating func change(
        _ id: String, _ now: Moment, _ body: (inout Account) -> Effect?
    ) -> (answer: Result<PaymentMachine.Answer, PaymentError>, effect: Effect?) {
        guard let order = orders[id] else { return (.failure(.refused("resource_missing")), nil) }
        _ = state(order, now)
        guard var account = accounts[order] else { return (.failure(.refused("resource_missing")), nil) }
        let effect = body(&account)
        accounts[order] = account
        return (.success(.state(state(order, now))), effect)
    }

    /// As it is now; what was pending may be decided.
    private mutating func state(_ order: OrderID, _ now: Moment) -> PaymentState {
        guard var account = accounts[order] else { preconditionFailure("no payment of \(order)") }
        if case .pending(let until, let isGood) = account.state, until <= now {
            account.state = isGood ? .authorized : .declined("do_not_honor")
            accounts[order] = account
        }
        return switch account.state {
        case .pending: .pending(account.paymentID)
        case .authorized: .authorized(account.paymentID)
        case .captured: .captured(account.paymentID)
        case .voided: .voided
        case .declined(let code): .declined(code)
        }
    }

    private static func verdict(on payment: PaymentRequest, now: Moment) -> State {
        switch Card(payment) {
        case .declined: .declined("insufficient_funds")
        case .slow: .pending(until: now + .milliseconds(600), isGood: true)
        case .slowAndDeclined: .pending(until: now + .milliseconds(300), isGood: false)
        case .good, .uncapturable, .refused: .authorized
        }
    }
}

/// What clients pay with.
enum Card: String, CaseIterable {
    case good, declined
    /// The bank takes its time.
    case slow, slowAndDeclined
    /// No call with it is taken.
    case refused
    /// It is authorized, and yet the money does not come.
    case uncapturable

    fileprivate init(_ payment: PaymentRequest) {
        guard let card = Card(rawValue: payment.paymentMethod) else {
            preconditionFailure("nobody pays with \(payment.paymentMethod)")
        }
        self = card
    }
}
