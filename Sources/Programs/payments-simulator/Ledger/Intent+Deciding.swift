// What may be done to a payment, in which state.
extension NewIntent {
    func decide(number: Int, now: Int64) throws(Failure) -> Ledger.Change {
        let intent = Intent(
            id: "\(Intent.prefix)\(number)", created: now, amount: amount, currency: currency,
            status: confirmation.paymentMethod == nil ? .needsMethod : .needsConfirmation,
            capturesByHand: capturesByHand, metadata: metadata, paymentMethod: confirmation.paymentMethod,
            returnURL: confirmation.returnURL)
        if let method = intent.paymentMethod, Card(method) == nil {
            throw .noSuch("PaymentMethod", method, parameter: "payment_method")
        }
        guard confirms else {
            return Ledger.Change(
                answer: .intent(intent), intent: intent,
                events: [.init(type: "payment_intent.created", intent: intent)])
        }
        return try intent.confirmed(confirmation, isNew: true)
    }
}

extension Intent {
    func confirmed(_ confirmation: Confirmation, isNew: Bool) throws(Failure) -> Ledger.Change {
        guard [.needsMethod, .needsConfirmation, .needsAction].contains(status) else {
            return Ledger.Change(answer: .failure(.unexpectedState(self, "confirm")))
        }
        guard let method = confirmation.paymentMethod ?? paymentMethod else { throw .missing("payment_method") }
        guard let card = Card(method) else { throw .noSuch("PaymentMethod", method, parameter: "payment_method") }
        var next = self
        next.paymentMethod = method
        next.decline = nil
        next.returnURL = confirmation.returnURL ?? returnURL
        let isRefusedChallenge = card.verdict == .challenged && confirmation.declinesChallenges
        let verdict = isRefusedChallenge ? .declined(.authenticationRequired) : card.verdict
        var events: [WebhookEvent] = isNew ? [.init(type: "payment_intent.created", intent: next)] : []
        switch verdict {
        case .challenged:
            next.status = .needsAction
            events.append(.init(type: "payment_intent.requires_action", intent: next))
        case .declined(let decline):
            next.status = .needsMethod
            next.paymentMethod = nil
            next.decline = decline
            events.append(.init(type: "payment_intent.payment_failed", intent: next))
            return Ledger.Change(answer: .failure(.declined(decline, next)), intent: next, events: events)
        case .approved: events.append(next.approve())
        }
        return Ledger.Change(answer: .intent(next), intent: next, events: events)
    }

    /// The bank agrees to the payment.
    private mutating func approve() -> WebhookEvent {
        authorizations += 1
        guard !capturesByHand else {
            status = .authorized
            return .init(type: "payment_intent.amount_capturable_updated", intent: self)
        }
        take(amount)
        return .init(type: "payment_intent.succeeded", intent: self)
    }

    /// The customer has passed the bank's challenge, or not.
    func challenged(clientSecret: String, isPassed: Bool) throws(Failure) -> Ledger.Change {
        guard clientSecret == self.clientSecret else {
            throw .invalid("client_secret", "The client_secret provided does not match the PaymentIntent.")
        }
        guard status == .needsAction else {
            return Ledger.Change(answer: .failure(.unexpectedState(self, "challenge")))
        }
        var next = self
        guard !isPassed else {
            let event = next.approve()
            return Ledger.Change(answer: .intent(next), intent: next, events: [event])
        }
        next.status = .needsMethod
        next.paymentMethod = nil
        next.decline = .authenticationFailed
        return Ledger.Change(
            answer: .intent(next), intent: next, events: [.init(type: "payment_intent.payment_failed", intent: next)])
    }

    func captured(_ part: Int64?) throws(Failure) -> Ledger.Change {
        guard status == .authorized else { return Ledger.Change(answer: .failure(.unexpectedState(self, "capture"))) }
        guard (1...amount).contains(part ?? amount) else {
            throw .invalid("amount_to_capture", "It must be 1 up to what is authorized.", code: "amount_too_large")
        }
        var next = self
        next.take(part ?? amount)
        return Ledger.Change(
            answer: .intent(next), intent: next,
            events: [
                .init(type: "charge.captured", intent: next), .init(type: "payment_intent.succeeded", intent: next),
            ])
    }

    func canceled(_ reason: String?, now: Int64) throws(Failure) -> Ledger.Change {
        guard status != .succeeded, status != .canceled else {
            return Ledger.Change(answer: .failure(.unexpectedState(self, "cancel")))
        }
        var next = self
        next.status = .canceled
        next.cancellationReason = reason
        next.canceledAt = now
        return Ledger.Change(
            answer: .intent(next), intent: next, events: [.init(type: "payment_intent.canceled", intent: next)])
    }

    private mutating func take(_ part: Int64) {
        status = .succeeded
        captured += part
        charges += 1
    }
}

extension NewRefund {
    /// - Parameter bounces: the money does not get there.
    func decide(_ intent: Intent, number: Int, now: Int64, bounces: Bool) throws(Failure) -> Ledger.Change {
        guard intent.status == .succeeded else {
            throw .invalid("payment_intent", "This PaymentIntent does not have a successful charge to refund.")
        }
        let left = intent.captured - intent.refunded
        guard left > 0 else {
            throw .invalid(nil, "The charge has already been refunded.", code: "charge_already_refunded")
        }
        let amount = amount ?? left
        guard amount <= left else {
            throw .invalid("amount", "Refund amount (\(amount)) is greater than unrefunded amount on charge (\(left))")
        }
        var refund = Refund(
            id: "re_sim\(number)", created: now, intent: intent.id, amount: amount, currency: intent.currency,
            metadata: metadata)
        guard !bounces else {
            refund.failureReason = "expired_or_canceled_card"
            return Ledger.Change(
                answer: .refund(refund), refund: refund,
                events: [.init(type: "refund.failed", intent: intent, refund: refund)])
        }
        var next = intent
        next.refunded += amount
        return Ledger.Change(
            answer: .refund(refund), intent: next, refund: refund,
            events: [
                .init(type: "refund.created", intent: next, refund: refund),
                .init(type: "charge.refunded", intent: next),
            ])
    }
}
