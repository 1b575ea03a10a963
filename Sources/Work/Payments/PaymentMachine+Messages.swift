package import Domain

// What goes in and out of the machine.
extension PaymentMachine {
    package enum Call: Equatable, Sendable {
        case authorize(PaymentRequest)
        case find(PaymentRequest)
        case close(PaymentRequest)
        case capture(String)
        case void(String)
        /// Without an amount: all that is left of the payment.
        case refund(String, RefundID, amount: Int64?)
        /// Look what others did to the payment.
        case books(String)
    }

    package enum Answer: Equatable, Sendable {
        case state(PaymentState)
        case notFound
        case refunded
        case books(ProviderLedger)
    }

    /// A call to make at the provider; its result goes to ``answered(_:_:_:now:)``.
    package struct ProviderCall: Equatable, Sendable {
        package var order: OrderID
        package var call: Call
        /// The position of the order's last event that the call is based on.
        package var seenAt: Int64
    }

    /// A step to propose to the log; what became of it goes to ``proposed(_:isRecorded:now:)``.
    package struct Proposal: Equatable, Sendable {
        package var order: OrderID
        package var show: ShowID
        package var step: PaymentStep
        /// The position of the order's last event that the step is based on. It makes the command's id: the same step,
        /// proposed on the same state, is the same command.
        package var seenAt: Int64
    }

    /// An operator should hear that an order makes no progress; the machine goes on trying.
    package struct Report: Equatable, Sendable {
        package var order: OrderID
        package var attempts: Int
        package var reason: String
    }

    /// What an answer leads to; calls come from ``advance(now:)``.
    package struct Reaction: Equatable, Sendable {
        package var report: Report?
        package var proposal: Proposal?
    }
}
