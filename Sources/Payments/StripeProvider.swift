public import Domain

/// Payments by Stripe's PaymentIntents (https://docs.stripe.com/api/payment_intents): authorized now, captured later.
///
/// What makes a repeated call safe:
/// * *authorize* carries an idempotency key made of the order. Stripe answers the same request again with what it
///   recorded, and refuses another request under that key. ``close(_:)`` uses just that: it takes the key for a payment
///   that nobody will confirm, so an authorization that is still on its way finds its key used and does nothing.
/// * *capture* and *void* carry none. A payment is captured or canceled once by its state; the refusal of a second call
///   tells that state. A key would record an answer of 500 too, and repeat it for a day whatever could be done by then.
/// * *refund* looks for the refund before it makes one, because a key is forgotten after a day; the key is for two
///   calls at the same time.
///
/// Keys are forgotten after a day at the earliest. An order is authorized within its payment deadline, so no
/// authorization comes that late.
public struct StripeProvider: PaymentProvider {
    private let connection: StripeConnection

    public init(_ configuration: StripeConfiguration) { connection = StripeConnection(configuration) }

    /// Ends the connections; call it last.
    public func shutdown() async throws { try await connection.shutdown() }

    // MARK: Authorizing

    public func authorize(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState {
        var form = Self.form(of: payment)
        form.add("payment_method", payment.paymentMethod)
        form.add("payment_method_types[]", "card")
        form.add("capture_method", "manual")
        form.add("confirm", "true")
        // Nobody is there to pass a challenge: a card that demands one is declined (`authentication_required`), instead
        // of staying authorizable behind our back.
        form.add("error_on_requires_action", "true")
        do {
            let answer = try await connection.post("payment_intents", form, key: Self.key(of: payment.orderID))
            let intent = try answer.decoded(StripeIntent.self)
            return answer.wasReplayed ? try await retrieve(intent.id).state : intent.state
        } catch .keyWasUsed {
            return try await found(payment)
        } catch {
            return try Self.state(after: error)
        }
    }

    public func find(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState? {
        do {
            return try await search(payment)?.state
        } catch {
            return try Self.state(after: error)
        }
    }

    public func close(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState {
        if let state = try await find(payment) { return try await settled(state) }
        let placeholder: StripeIntent
        do throws(StripeFailure) {
            placeholder = try await connection.post(
                "payment_intents", Self.form(of: payment), key: Self.key(of: payment.orderID)
            ).decoded(StripeIntent.self)
        } catch .keyWasUsed {
            // The authorization was there first, and search lags behind. Asked again it does nothing, and is answered
            // with what was recorded: the payment, or why it was declined.
            return try await settled(try await authorize(payment))
        } catch {
            return try Self.state(after: error)
        }
        return try await void(placeholder.id)
    }

    /// A payment that is not decided must not become authorized any more.
    private func settled(_ state: PaymentState) async throws(PaymentError) -> PaymentState {
        guard case .pending(let paymentID) = state else { return state }
        return try await void(paymentID)
    }

    private func found(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState {
        guard let state = try await find(payment) else { throw .unknown("the order's payment is not found yet") }
        return state
    }

    // MARK: After it

    public func capture(_ paymentID: String) async throws(PaymentError) -> PaymentState {
        try await move(paymentID, "capture")
    }

    public func void(_ paymentID: String) async throws(PaymentError) -> PaymentState {
        try await move(paymentID, "cancel")
    }

    private func move(_ paymentID: String, _ step: String) async throws(PaymentError) -> PaymentState {
        do {
            return try await connection.post("payment_intents/\(paymentID)/\(step)", FormBody())
                .decoded(StripeIntent.self).state
        } catch {
            return try Self.state(after: error)
        }
    }

    public func refund(_ paymentID: String, _ refundID: RefundID, amount: Int64) async throws(PaymentError) {
        do throws(StripeFailure) {
            let refund: StripeRefund
            if let made = try await find(refundID, of: paymentID) {
                refund = made
            } else {
                var form = FormBody()
                form.add("payment_intent", paymentID)
                form.add("amount", amount)
                form.add("metadata[refund]", refundID.rawValue)
                refund = try await connection.post("refunds", form, key: "refund/\(refundID)")
                    .decoded(StripeRefund.self)
            }
            guard !refund.hasFailed else { throw .error(.refused(refund.failureReason ?? "refund failed")) }
        } catch {
            switch error {
            case .declined(let code): throw .refused(code)
            case .unexpectedState(let intent): throw .refused("the payment is \(intent.status)")
            case .keyWasUsed: throw .refused("the refund was made with another amount")
            case .error(let error): throw error
            }
        }
    }

    // MARK: Looking

    /// The payment of an order, as it stands now; nil: search doesn't know of any (it lags, by up to a minute).
    private func search(_ payment: PaymentRequest) async throws(StripeFailure) -> StripeIntent? {
        var query = FormBody()
        query.add("query", "metadata['order']:'\(Self.quoted(payment.orderID.rawValue))'")
        let found = try await connection.get("payment_intents/search", query).decoded(StripeIntents.self).data
        // There should be one; if there are more, then the one that matters most.
        guard let first = found.max(by: { $0.weight < $1.weight }) else { return nil }
        // What search says of it may be old.
        return try await retrieve(first.id)
    }

    private func retrieve(_ paymentID: String) async throws(StripeFailure) -> StripeIntent {
        try await connection.get("payment_intents/\(paymentID)").decoded(StripeIntent.self)
    }

    private func find(_ refundID: RefundID, of paymentID: String) async throws(StripeFailure) -> StripeRefund? {
        var after: String?
        for _ in 0..<Self.refundPagesMax {
            var query = FormBody()
            query.add("payment_intent", paymentID)
            query.add("limit", 100)
            if let after { query.add("starting_after", after) }
            let page = try await connection.get("refunds", query).decoded(StripeRefunds.self)
            if let refund = page.data.first(where: { $0.metadata?["refund"] == refundID.rawValue }) { return refund }
            guard page.hasMore == true, let last = page.data.last else { return nil }
            after = last.id
        }
        throw .error(.refused("more refunds of one payment than there are tickets"))
    }

    /// An order has fewer tickets, and so refunds, than this many pages of a hundred.
    private static let refundPagesMax = 100

    // MARK: Requests

    /// What every payment of an order says.
    private static func form(of payment: PaymentRequest) -> FormBody {
        var form = FormBody()
        form.add("amount", payment.amount)
        form.add("currency", payment.currency.lowercased())
        form.add("metadata[order]", payment.orderID.rawValue)
        return form
    }

    private static func key(of order: OrderID) -> String { "authorize/\(order)" }

    /// Inside quotes in Stripe's search language.
    private static func quoted(_ text: String) -> String {
        String(text.flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] })
    }

    /// For calls whose failure may still tell how the payment stands.
    private static func state(after failure: StripeFailure) throws(PaymentError) -> PaymentState {
        switch failure {
        case .declined(let code): return .declined(code)
        case .unexpectedState(let intent): return intent.state
        case .keyWasUsed: throw .unknown("the idempotency key was used by another request")
        case .error(let error): throw error
        }
    }
}

extension StripeIntent {
    /// Money that moved matters most, then money that may move.
    fileprivate var weight: Int {
        switch state {
        case .captured: 4
        case .authorized: 3
        case .pending: 2
        case .declined: 1
        case .voided: 0
        }
    }
}
