import Domain

extension PaymentMachine {
    /// What an answer of the provider leads to.
    enum NextStep: Equatable {
        /// Do at once whatever the order needs now.
        case proceed
        case propose(PaymentStep)
        /// The provider charged this payment without a sale: give the money back.
        case refundStrayCharge(String)
        /// The buyer has to act: look the payment up after a pause, as often as it takes.
        case awaitBuyer
        /// The provider is still deciding: look the payment up after a pause, as often as it takes.
        case awaitDecision
        /// Leave it to an operator, for the reason that it was refused for.
        case park
        /// The answer settles nothing: try again after a pause, and leave it to an operator after too many attempts.
        case retryLater(String)
    }
}

extension OrderRecord {
    /// What the answer to `call` leads to, given what the order needs now.
    func nextStep(
        after call: PaymentMachine.Call, _ answer: PaymentMachine.Answer
    ) -> PaymentMachine.NextStep {
        switch (work, answer) {
        case (.authorize, .notFound): .proceed
        case (.authorize, .state(.authorized(let paymentID))), (.authorize, .state(.captured(let paymentID))):
            .propose(.authorized(paymentID))
        case (.authorize, .state(.declined(let code))): .propose(.declined(code))
        case (.authorize, .state(.voided)): .propose(.declined("canceled"))
        case (.authorize, .state(.pending)): .awaitDecision
        case (.authorize, .state(.actionRequired)) where status == .requiresAction: .awaitBuyer
        case (.authorize, .state(.actionRequired(let paymentID, let sealedSecret))):
            .propose(.actionRequired(paymentID, sealedSecret: sealedSecret))
        case (.capture, .state(.captured)): .propose(.captured)
        case (.capture, .state(.pending)): .retryLater("the provider has not decided")
        case (.capture, .state(let state)): .propose(.parked(reason: "can't be captured: \(state.name)"))
        case (.void, .state(.voided)), (.void, .state(.declined)), (.void, .refunded): .propose(.voided)
        // The money was taken before the sale was revoked: the refund comes next.
        case (.void, .state(.captured)) where status == .confirmed: .propose(.captured)
        // Somebody else took it, or a sale that was lost with the log's tail.
        case (.void, .state(.captured(let paymentID))): .refundStrayCharge(paymentID)
        // The close came too late, and tells which payment to void.
        case (.void, .state) where call.isClose: .proceed
        case (.void, .state(let state)): .retryLater("it is \(state.name)")
        case (.refund(let refundID, _), .refunded): .propose(.refunded(refundID))
        case (.capture, .books(let ledger)) where ledger.captured > 0: .propose(.observed(ledger))
        case (.refund(let refundID, let amount), .books(let ledger))
        where ledger.hasForeignEntries
            || ledger.refunds.contains { $0.refundID == refundID && $0.amount > 0 && $0.amount < amount }:
            .propose(.observed(ledger))
        case (_, .books): .park
        case (.authorize, .refunded), (.capture, .notFound), (.capture, .refunded), (.void, .notFound),
            (.refund, .notFound), (.refund, .state), (nil, _):
            .retryLater("the provider's answer is to another question")
        }
    }
}

extension PaymentMachine.Call {
    /// Whether its answer tells what to do next about `work`.
    func serves(_ work: OrderRecord.Work?) -> Bool {
        switch (self, work) {
        case (.authorize, .authorize), (.find, .authorize), (.capture, .capture), (.close, .void), (.void, .void),
            (.refund, .void):
            true
        case (.refund(_, let made, _), .refund(let due, _)): made == due
        case (.books, .capture), (.books, .refund), (.books, .void): true
        default: false
        }
    }

    /// Its refusal may be because somebody moved the money before, which the provider's books tell.
    var isRefusableByBooks: Bool {
        switch self {
        case .capture, .refund: true
        case .authorize, .find, .close, .void, .books: false
        }
    }

    fileprivate var isClose: Bool {
        if case .close = self { true } else { false }
    }
}

extension PaymentMachine.Answer {
    /// The provider's id of a payment that may move money.
    var paymentID: String? {
        switch self {
        case .state(.pending(let id)), .state(.actionRequired(let id, _)), .state(.authorized(let id)),
            .state(.captured(let id)):
            id
        case .state(.voided), .state(.declined), .notFound, .refunded, .books: nil
        }
    }
}

extension PaymentState {
    fileprivate var name: String {
        switch self {
        case .pending: "not decided"
        case .actionRequired: "waiting for the buyer"
        case .authorized: "still authorized"
        case .captured: "captured"
        case .voided: "voided"
        case .declined(let code): "declined, \(code)"
        }
    }
}
