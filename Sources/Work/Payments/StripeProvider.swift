package import Domain

/// Payments by Stripe's PaymentIntents (https://docs.stripe.com/api/payment_intents): authorized now, captured later.
///
/// What makes a repeated call safe:
/// * *authorize* carries an idempotency key made of the order. Stripe answers the same request again with what it
///   recorded, and refuses another request under that key. ``close(_:)`` uses just that: it takes the key for a payment
///   that nobody will confirm, so an authorization that is still on its way finds its key used and does nothing.
/// * *capture* and *void* carry none. A payment is captured or canceled once by its state; the refusal of a second call
///   tells that state. A key would record an answer of 500 too, and repeat it for a day whatever could be done by then.
/// * *refund* looks for the refund before it makes one, because a key is forgotten after a day; the key is for two
///   calls at the same time. Each key is good for one attempt: where the refund failed, or was refused (as for want of
///   balance, which Stripe records), the next call goes on to the next key. A refund counts as made once Stripe has
///   it; one that comes back days later is for whoever watches the account there.
///
/// Keys are forgotten after a day at the earliest. No authorization is asked for that late, except where a show sells
/// after the payment deadline what is still free; it is looked for first, and by then search knows of it.
///
/// Stripe records an answer of 500 under the key as well. If that was the answer to *authorize*, and no payment is
/// found, the key is dead for a day: neither *authorize* nor *close* gets anything else out of it. The order fails at
/// its payment deadline, its seats are free again, and the close of its payment is tried until the key is forgotten.
package struct StripeProvider: PaymentProvider {
    private let connection: StripeConnection
    private let seal: @Sendable (String) -> [UInt8]

    /// - Parameter seal: encrypts what the buyer's browser needs: it goes into the log, and is the buyer's alone.
    package init(_ configuration: StripeConfiguration, seal: @escaping @Sendable (String) -> [UInt8]) {
        connection = StripeConnection(configuration)
        self.seal = seal
    }

    /// Ends the connections; call it last.
    package func shutdown() async throws { try await connection.shutdown() }

    package static func canCharge(_ amount: Int64, _ currency: String) -> Bool {
        StripeAmount.charges(currency) && StripeAmount(amount, currency) != nil
    }

    // MARK: Authorizing

    package func authorize(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState {
        guard var form = Self.form(of: payment) else { throw .refused(StripeAmount.refusal) }
        form.add("payment_method", payment.paymentMethod)
        form.add("payment_method_types[]", "card")
        form.add("capture_method", "manual")
        form.add("confirm", "true")
        if !payment.returnURL.isEmpty { form.add("return_url", payment.returnURL) }
        let id: String?
        do throws(StripeFailure) {
            let answer = try await connection.post("payment_intents", form, key: Self.key(of: payment.orderID))
            let intent = try answer.decoded(StripeIntent.self)
            guard answer.wasReplayed else { return sealed(intent) }
            id = intent.id
        } catch .keyWasUsed {
            id = nil
        } catch .error(.refused(let said)) {
            // Not for what was asked, so an earlier call may have got through.
            throw .undecided(said)
        } catch {
            return try Self.state(after: error)
        }
        guard let intent = try await look(for: payment, id) else {
            throw .undecided("the order's payment is not found yet")
        }
        // To refuse would be to say that there is none; looking for it will tell.
        if let difference = intent.difference(from: payment) { throw .undecided(difference) }
        return sealed(intent)
    }

    package func find(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState? {
        guard let intent = try await look(for: payment, payment.paymentID) else { return nil }
        if let difference = intent.difference(from: payment) { throw .refused(difference) }
        return sealed(intent)
    }

    package func close(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState {
        if let intent = try await look(for: payment) { return try await settled(intent.state) }
        guard let form = Self.form(of: payment) else { return .voided }
        let placeholder: StripeIntent
        do throws(StripeFailure) {
            placeholder = try await connection.post("payment_intents", form, key: Self.key(of: payment.orderID))
                .decoded(StripeIntent.self)
        } catch .keyWasUsed {
            return try await settledByKey(payment)
        } catch .invalid {
            // An authorization says all that this did, and is refused like it.
            return .voided
        } catch {
            return try Self.state(after: error)
        }
        return try await void(placeholder.id)
    }

    /// The authorization was there first, and search lags behind. Asked again it does nothing, and is answered with
    /// what was recorded: the payment, or why there is none.
    private func settledByKey(_ payment: PaymentRequest) async throws(PaymentError) -> PaymentState {
        do throws(PaymentError) {
            return try await settled(try await authorize(payment))
        } catch .refused {
            return .voided
        }
    }

    /// A payment that is not decided must not become authorized any more.
    private func settled(_ state: PaymentState) async throws(PaymentError) -> PaymentState {
        switch state {
        case .pending(let paymentID), .actionRequired(let paymentID, _): return try await void(paymentID)
        case .authorized, .captured, .voided, .declined: return state
        }
    }

    /// Where the payment stands, as others may read it.
    private func sealed(_ intent: StripeIntent) -> PaymentState {
        guard case .actionRequired(let id, _) = intent.state else { return intent.state }
        return .actionRequired(id, sealedSecret: seal(intent.clientSecret ?? ""))
    }

    // MARK: After it

    package func capture(_ paymentID: String) async throws(PaymentError) -> PaymentState {
        do throws(StripeFailure) {
            let intent = try await moved(paymentID, "capture")
            if case .captured = intent.state, intent.received != intent.amount {
                throw .error(.refused("\(intent.received) of \(intent.amount) \(intent.currency) was captured"))
            }
            return intent.state
        } catch {
            return try Self.state(after: error)
        }
    }

    package func void(_ paymentID: String) async throws(PaymentError) -> PaymentState {
        do throws(StripeFailure) {
            return try await moved(paymentID, "cancel").state
        } catch {
            return try Self.state(after: error)
        }
    }

    /// The payment after that step, or where it stands instead.
    private func moved(_ paymentID: String, _ step: String) async throws(StripeFailure) -> StripeIntent {
        do throws(StripeFailure) {
            return try await connection.post("payment_intents/\(paymentID)/\(step)", FormBody())
                .decoded(StripeIntent.self)
        } catch .unexpectedState(let intent) {
            return intent
        }
    }

    // MARK: Refunds

    package func refund(_ paymentID: String, _ refundID: RefundID, amount: Int64?) async throws(PaymentError) {
        do throws(StripeFailure) {
            let attempts = try await attempts(at: refundID, of: paymentID)
            if let made = attempts.first(where: { !$0.hasFailed }) {
                return try await requireAll(of: amount, in: made, of: paymentID)
            }
            let refund = try await make(refundID, of: paymentID, amount, after: attempts)
            guard !refund.hasFailed else { throw .error(.refused(refund.failureReason ?? "the refund failed")) }
        } catch {
            switch error {
            case .error(.refused("charge_already_refunded")) where amount == nil: return
            case .declined(let code), .invalid(let code): throw .refused(code)
            case .unexpectedState(let intent): throw .refused("the payment is \(intent.status)")
            case .keyWasUsed: throw .undecided("the refund's key was used for another amount")
            case .error(let error): throw error
            }
        }
    }

    /// A log that was restored may ask for more than the refund was that it lost.
    private func requireAll(
        of minorUnits: Int64?, in made: StripeRefund, of paymentID: String
    ) async throws(StripeFailure) {
        guard let minorUnits, let units = made.amount else { return }
        let currency = try await retrieve(paymentID).currency
        guard StripeAmount.minorUnits(of: units, currency) >= minorUnits else {
            throw .error(.refused("the refund was made before, of less"))
        }
    }

    /// - Parameter failed: the attempts that there were.
    private func make(
        _ refundID: RefundID, of paymentID: String, _ minorUnits: Int64?, after failed: [StripeRefund]
    ) async throws(StripeFailure) -> StripeRefund {
        let payment = try await retrieve(paymentID)
        var form = FormBody()
        form.add("payment_intent", paymentID)
        if let minorUnits {
            guard let amount = StripeAmount(minorUnits, payment.currency) else {
                throw .error(.refused(StripeAmount.refusal))
            }
            form.add("amount", amount.units)
        }
        form.add("metadata[refund]", refundID.rawValue)
        // For the webhooks about the refund, which name nothing else of ours.
        if let order = payment.metadata?["order"] { form.add("metadata[order]", order) }
        for attempt in failed.count..<failed.count + Self.refundKeysMax {
            let key = "refund/\(refundID)" + (attempt == 0 ? "" : "/\(attempt)")
            let answer = try await connection.post("refunds", form, key: key)
            // Another amount was asked for under this key, before others gave some of it back: made or not, it is listed.
            if case .keyWasUsed? = answer.failureIfAny {
                let made = try await attempts(at: refundID, of: paymentID).first { !$0.hasFailed }
                if let made {
                    try await requireAll(of: minorUnits, in: made, of: paymentID)
                    return made
                }
                continue
            }
            // This key is spent, on an attempt that came to nothing.
            if answer.wasReplayed, answer.isRefusal { continue }
            let refund = try answer.decoded(StripeRefund.self)
            if answer.wasReplayed, failed.contains(where: { $0.id == refund.id }) { continue }
            return refund
        }
        throw .error(.refused("refused \(Self.refundKeysMax) times in one day"))
    }

    /// Keys are tried in their order, each one call. An operator does not retry that often in a day.
    private static let refundKeysMax = 20

    // MARK: Looking

    /// The payment of an order, as it stands now; nil: search doesn't know of any (it lags, by up to a minute).
    ///
    /// - Parameter id: the payment's, where it is known.
    private func look(for payment: PaymentRequest, _ id: String? = nil) async throws(PaymentError) -> StripeIntent? {
        do throws(StripeFailure) {
            if let id { return try await retrieve(id) }
            guard let found = try await search(payment.orderID) else { return nil }
            return try await retrieve(found)
        } catch {
            switch error {
            // That we may not look tells nothing of what is there.
            case .error(.refused(let said)), .invalid(let said), .declined(let said): throw .undecided(said)
            case .unexpectedState(let intent): throw .undecided("the payment is \(intent.status)")
            case .keyWasUsed: throw .undecided("a look-up has no key")
            case .error(let error): throw error
            }
        }
    }

    private func search(_ order: OrderID) async throws(StripeFailure) -> String? {
        var query = FormBody()
        query.add("query", "metadata['order']:'\(Self.quoted(order.rawValue))'")
        let found = try await connection.get("payment_intents/search", query).decoded(StripeIntents.self).data
        // There should be one; if there are more, then the one that matters most. What search says of it may be old.
        return found.max { $0.weight < $1.weight }?.id
    }

    private func retrieve(_ paymentID: String) async throws(StripeFailure) -> StripeIntent {
        try await connection.get("payment_intents/\(paymentID)").decoded(StripeIntent.self)
    }

    /// All that was made for a refund of ours: at most one of them has not failed.
    private func attempts(at refundID: RefundID, of paymentID: String) async throws(StripeFailure) -> [StripeRefund] {
        var query = FormBody()
        query.add("payment_intent", paymentID)
        return try await pages("refunds", query, of: StripeRefund.self)
            .filter { $0.metadata?["refund"] == refundID.rawValue }
    }

    // MARK: What others did

    package func books(of paymentID: String) async throws(PaymentError) -> ProviderBooks {
        do throws(StripeFailure) {
            let intent = try await retrieve(paymentID)
            let inMinorUnits = { StripeAmount.minorUnits(of: $0, intent.currency) }
            var query = FormBody()
            query.add("payment_intent", paymentID)
            let refunds = try await pages("refunds", query, of: StripeRefund.self).reversed()
            let disputes = try await pages("disputes", query, of: StripeDispute.self).reversed()
            return ProviderBooks(
                orderID: intent.metadata?["order"].flatMap(OrderID.init(checking:)),
                ledger: ProviderLedger(
                    paymentID: intent.id, captured: inMinorUnits(intent.received),
                    refunds: refunds.filter { !$0.hasFailed }.map { refund in
                        ProviderLedger.Refund(
                            id: refund.id, refundID: refund.metadata?["refund"].flatMap(RefundID.init(checking:)),
                            amount: inMinorUnits(refund.amount ?? 0))
                    },
                    disputes: disputes.map { dispute in
                        ProviderLedger.Dispute(
                            id: dispute.id, status: dispute.standing, amount: inMinorUnits(dispute.amount),
                            reason: dispute.reason ?? "")
                    }))
        } catch {
            throw Self.error(after: error)
        }
    }

    package func changedPayments(since time: Int64) async throws(PaymentError) -> Set<String> {
        do throws(StripeFailure) {
            var query = FormBody()
            query.add("created[gte]", time)
            let refunds = try await pages("refunds", query, of: StripeRefund.self)
                .filter { $0.metadata?["refund"] == nil }.compactMap(\.paymentID)
            let disputes = try await pages("disputes", query, of: StripeDispute.self).compactMap(\.paymentID)
            return Set(refunds + disputes)
        } catch {
            throw Self.error(after: error)
        }
    }

    /// A whole list, newest first.
    func pages<Object: StripeListed>(
        _ path: String, _ query: FormBody, of _: Object.Type
    ) async throws(StripeFailure) -> [Object] {
        var found: [Object] = []
        var after: String?
        for _ in 0..<Self.pagesMax {
            var query = query
            query.add("limit", 100)
            if let after { query.add("starting_after", after) }
            let page = try await connection.get(path, query).decoded(StripePage<Object>.self)
            found += page.data
            guard page.hasMore == true, let last = page.data.last else { return found }
            after = last.id
        }
        throw .error(.undecided("more than \(Self.pagesMax * 100) entries in \(path)"))
    }

    private static let pagesMax = 1_000

    /// Of a look that came to nothing.
    static func error(after failure: StripeFailure) -> PaymentError {
        switch failure {
        case .declined(let said), .invalid(let said): .refused(said)
        case .unexpectedState(let intent): .undecided("the payment is \(intent.status)")
        case .keyWasUsed: .undecided("a look-up has no key")
        case .error(let error): error
        }
    }

    // MARK: Requests

    /// What every payment of an order says; nil: Stripe has no such amount.
    private static func form(of payment: PaymentRequest) -> FormBody? {
        guard let amount = StripeAmount(payment.amount, payment.currency) else { return nil }
        var form = FormBody()
        form.add("amount", amount.units)
        form.add("currency", amount.currency)
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
        case .keyWasUsed: throw .undecided("the idempotency key was used by another request")
        case .invalid(let code): throw .refused(code)
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
        case .pending, .actionRequired: 2
        case .declined: 1
        case .voided: 0
        }
    }
}
