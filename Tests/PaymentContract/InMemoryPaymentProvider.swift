package import Domain
package import Payments

/// A payment provider in memory that keeps the contract of the real one.
///
/// It draws no random numbers and reads no clock: the same calls get the same answers.
package actor InMemoryPaymentProvider: PaymentProvider {
    /// One order's payment, and all that was ever done to it.
    package struct Account: Equatable, Sendable {
        package enum State: Equatable, Sendable {
            case actionRequired, authorized, captured, voided
            case declined(String)
        }

        package let paymentID: String
        package let amount: Int64
        package let currency: String
        package fileprivate(set) var state: State
        package fileprivate(set) var captured: Int64 = 0
        /// How often money was taken: once, or never.
        package fileprivate(set) var timesCharged = 0
        package fileprivate(set) var refunds: [RefundID: Int64] = [:]
        /// What somebody gave back by hand, by the provider's ids.
        package fileprivate(set) var refundsByHand: [String: Int64] = [:]
        package fileprivate(set) var disputes: [ProviderLedger.Dispute] = []

        package var refunded: Int64 { refunds.values.reduce(0, +) + refundsByHand.values.reduce(0, +) }

        fileprivate var answer: PaymentState {
            switch state {
            case .actionRequired: .actionRequired(paymentID, sealedSecret: Array("secret of \(paymentID)".utf8))
            case .authorized: .authorized(paymentID)
            case .captured: .captured(paymentID)
            case .voided: .voided
            case .declined(let code): .declined(code)
            }
        }

        /// Why it is not the payment that was asked for; nil: it is, or no money can move by it.
        fileprivate func difference(from payment: PaymentRequest) -> String? {
            guard answer.mayMoveMoney, amount != payment.amount || currency != payment.currency else { return nil }
            return "the payment is of \(amount) \(currency)"
        }
    }

    package enum Call: Hashable, Sendable, CaseIterable {
        case authorize, find, close, capture, void, refund
    }

    /// A call that goes wrong.
    package enum Fault: Equatable, Sendable {
        /// Nothing happens, and that is all that is known.
        case before(PaymentError)
        /// It happens, and the answer is lost.
        case after(PaymentError)
    }

    /// What there is for each order: its authorization, its refusal, or that it was closed.
    package private(set) var accounts: [OrderID: Account] = [:]

    private var orders: [String: OrderID] = [:]
    private var faults: [Call: [Fault]] = [:]
    private let declines: [String: String]

    /// - Parameter declines: the payment methods that are declined, each with the code for why.
    package init(declines: [String: String] = InMemoryPaymentProvider.testCards) { self.declines = declines }

    /// Stripe's test cards that are declined (https://docs.stripe.com/testing#declined-payments).
    package static let testCards = [
        "pm_card_visa_chargeDeclined": "generic_decline",
        "pm_card_visa_chargeDeclinedInsufficientFunds": "insufficient_funds",
        "pm_card_visa_chargeDeclinedLostCard": "lost_card",
        "pm_card_visa_chargeDeclinedStolenCard": "stolen_card",
        "pm_card_chargeDeclinedExpiredCard": "expired_card",
        "pm_card_chargeDeclinedIncorrectCvc": "incorrect_cvc",
        "pm_card_chargeDeclinedProcessingError": "processing_error",
    ]

    /// The next call of this kind goes wrong; with several faults, one call after the other.
    package func fail(next call: Call, _ fault: Fault) { faults[call, default: []].append(fault) }

    /// How many calls of this kind are still to go wrong.
    package func faultsLeft(of call: Call) -> Int { faults[call, default: []].count }

    /// Stripe's largest amount: eight digits.
    private static let amountMax: Int64 = 99_999_999

    // MARK: The provider

    package static func canCharge(_ amount: Int64, _ currency: String) -> Bool { amount <= amountMax }

    package func authorize(_ payment: PaymentRequest) throws(PaymentError) -> PaymentState {
        try perform(.authorize) { () throws(PaymentError) in
            guard let account = accounts[payment.orderID] else {
                guard Self.canCharge(payment.amount, payment.currency) else { throw .refused("amount_too_large") }
                return open(payment, as: verdict(on: payment)).answer
            }
            if let difference = account.difference(from: payment) { throw .undecided(difference) }
            return account.answer
        }
    }

    package func find(_ payment: PaymentRequest) throws(PaymentError) -> PaymentState? {
        try perform(.find) { () throws(PaymentError) in
            let account = accounts[payment.orderID]
            if let difference = account?.difference(from: payment) { throw .refused(difference) }
            return account?.answer
        }
    }

    package func close(_ payment: PaymentRequest) throws(PaymentError) -> PaymentState {
        try perform(.close) { () throws(PaymentError) in
            let account = accounts[payment.orderID] ?? open(payment, as: .voided)
            guard account.state == .actionRequired else { return account.answer }
            return try change(account.paymentID) { $0.state = .voided }
        }
    }

    package func capture(_ paymentID: String) throws(PaymentError) -> PaymentState {
        try perform(.capture) { () throws(PaymentError) in
            if let account = orders[paymentID].flatMap({ accounts[$0] }), account.state == .captured,
                account.captured != account.amount
            {
                throw .refused("\(account.captured) of \(account.amount) was captured")
            }
            return try change(paymentID) { account in
                guard account.state == .authorized else { return }
                account.state = .captured
                account.captured = account.amount
                account.timesCharged += 1
            }
        }
    }

    package func void(_ paymentID: String) throws(PaymentError) -> PaymentState {
        try perform(.void) { () throws(PaymentError) in
            try change(paymentID) { account in
                switch account.state {
                case .actionRequired, .authorized, .declined: account.state = .voided
                case .captured, .voided: break
                }
            }
        }
    }

    package func refund(_ paymentID: String, _ refundID: RefundID, amount: Int64?) throws(PaymentError) {
        try perform(.refund) { () throws(PaymentError) in
            guard let order = orders[paymentID], let account = accounts[order], account.state == .captured else {
                throw .refused("there is nothing to refund")
            }
            // It was made before, whatever is asked now.
            if let made = account.refunds[refundID] {
                guard made >= amount ?? 0 else { throw .refused("it was made before, of less") }
                return
            }
            let left = account.captured - account.refunded
            if amount == nil, left == 0 { return }
            let amount = amount ?? left
            guard amount > 0, amount <= left else {
                throw .refused("more than is left of it")
            }
            accounts[order]?.refunds[refundID] = amount
        }
    }

    package func books(of paymentID: String) throws(PaymentError) -> ProviderBooks {
        guard let order = orders[paymentID], let account = accounts[order] else { throw .refused("resource_missing") }
        let refunds = account.refunds.sorted { $0.key < $1.key }.map { refundID, amount in
            ProviderLedger.Refund(id: "re_\(refundID)", refundID: refundID, amount: amount)
        }
        let byHand = account.refundsByHand.sorted { $0.key < $1.key }.map { id, amount in
            ProviderLedger.Refund(id: id, refundID: nil, amount: amount)
        }
        return ProviderBooks(
            orderID: order,
            ledger: ProviderLedger(
                paymentID: paymentID, captured: account.captured, refunds: refunds + byHand,
                disputes: account.disputes))
    }

    package func changedPayments(since time: Int64) throws(PaymentError) -> Set<String> {
        Set(accounts.values.filter { !$0.refundsByHand.isEmpty || !$0.disputes.isEmpty }.map(\.paymentID))
    }

    // MARK: What others do

    /// Stripe's test card whose bank always wants to see the buyer.
    package static let challengedCard = "pm_card_threeDSecure2Required"

    /// The buyer passes the bank's challenge, or fails it.
    package func challenge(_ order: OrderID, isPassed: Bool) {
        guard accounts[order]?.state == .actionRequired else { return }
        accounts[order]?.state = isPassed ? .authorized : .declined("payment_intent_authentication_failure")
    }

    /// Somebody takes the money by hand, all of it or a part.
    package func captureByHand(_ order: OrderID, amount: Int64? = nil) {
        guard let account = accounts[order], account.state == .authorized else { return }
        accounts[order]?.state = .captured
        accounts[order]?.captured = amount ?? account.amount
        accounts[order]?.timesCharged += 1
    }

    /// Somebody gives money back by hand; more than there is, is all that is left.
    package func refundByHand(_ order: OrderID, _ id: String, amount: Int64) {
        guard let account = accounts[order], account.state == .captured else { return }
        accounts[order]?.refundsByHand[id] = min(amount, account.captured - account.refunded)
    }

    package func dispute(_ order: OrderID, _ dispute: ProviderLedger.Dispute) {
        accounts[order]?.disputes.removeAll { $0.id == dispute.id }
        accounts[order]?.disputes.append(dispute)
    }

    // MARK: Inside

    private func verdict(on payment: PaymentRequest) -> Account.State {
        if payment.paymentMethod == Self.challengedCard { return .actionRequired }
        return declines[payment.paymentMethod].map { .declined($0) } ?? .authorized
    }

    private func open(_ payment: PaymentRequest, as state: Account.State) -> Account {
        let account = Account(
            paymentID: "pi_\(payment.orderID)", amount: payment.amount, currency: payment.currency, state: state)
        accounts[payment.orderID] = account
        orders[account.paymentID] = payment.orderID
        return account
    }

    private func change(_ paymentID: String, _ body: (inout Account) -> Void) throws(PaymentError) -> PaymentState {
        guard let order = orders[paymentID], var account = accounts[order] else { throw .refused("resource_missing") }
        body(&account)
        accounts[order] = account
        return account.answer
    }

    private func perform<R>(_ call: Call, _ body: () throws(PaymentError) -> R) throws(PaymentError) -> R {
        guard let fault = faults[call]?.first else { return try body() }
        faults[call]?.removeFirst()
        switch fault {
        case .before(let error): throw error
        case .after(let error):
            _ = try body()
            throw error
        }
    }
}
