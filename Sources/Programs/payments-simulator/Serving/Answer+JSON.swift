internal import Text

// Stripe's JSON, as far as anybody reads it.
extension Answer {
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            switch self {
            case .intent(let intent): intent.write(&writer)
            case .refund(let refund): refund.write(&writer)
            case .intents(let intents, let hasMore):
                writer.list("list", "/v1/payment_intents", hasMore) { writer in
                    for intent in intents { writer.object { intent.write(&$0) } }
                }
            case .found(let intents):
                writer.list("search_result", "/v1/payment_intents/search", false) { writer in
                    for intent in intents { writer.object { intent.write(&$0) } }
                }
            case .refunds(let refunds, let hasMore):
                writer.list("list", "/v1/refunds", hasMore) { writer in
                    for refund in refunds { writer.object { refund.write(&$0) } }
                }
            case .dispute(let dispute): dispute.write(&writer)
            case .disputes(let disputes, let hasMore):
                writer.list("list", "/v1/disputes", hasMore) { writer in
                    for dispute in disputes { writer.object { dispute.write(&$0) } }
                }
            case .failure(let failure): writer.object("error") { failure.write(&$0) }
            }
        }
        return writer.bytes
    }
}

extension Intent {
    func write(_ writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("object", "payment_intent")
        writer.member("amount", amount)
        writer.member("amount_capturable", status == .authorized ? amount : 0)
        writer.member("amount_received", captured)
        if let canceledAt {
            writer.member("canceled_at", canceledAt)
        } else {
            writer.member("canceled_at", orNull: nil)
        }
        writer.member("cancellation_reason", orNull: cancellationReason)
        writer.member("capture_method", capturesByHand ? "manual" : "automatic_async")
        writer.member("client_secret", clientSecret)
        writer.member("confirmation_method", "automatic")
        writer.member("created", created)
        writer.member("currency", currency)
        if let decline {
            writer.object("last_payment_error") { writer in
                writer.member("code", decline.code)
                writer.member("decline_code", orNull: decline.issuerCode)
                writer.member("message", decline.message)
                writer.member("type", "card_error")
            }
        } else {
            writer.member("last_payment_error", orNull: nil)
        }
        writer.member("latest_charge", orNull: authorizations > 0 ? "ch_sim\(number)" : nil)
        writer.member("livemode", false)
        writer.write("metadata", metadata)
        writeNextAction(&writer)
        writer.member("payment_method", orNull: paymentMethod)
        writer.array("payment_method_types") { $0.value("card") }
        writer.member("status", status.rawValue)
    }

    /// Where a browser takes the customer to the bank: to the simulator's own page.
    private func writeNextAction(_ writer: inout JSONWriter) {
        guard status == .needsAction else { return writer.member("next_action", orNull: nil) }
        writer.object("next_action") { writer in
            guard let returnURL else { return writer.member("type", "use_stripe_sdk") }
            writer.member("type", "redirect_to_url")
            writer.object("redirect_to_url") { writer in
                writer.member("return_url", returnURL)
                writer.member("url", "/challenges/\(id)?client_secret=\(clientSecret)")
            }
        }
    }

    /// The charge that it made, for events about charges.
    func writeCharge(_ writer: inout JSONWriter) {
        writer.member("id", "ch_sim\(number)")
        writer.member("object", "charge")
        writer.member("amount", amount)
        writer.member("amount_captured", captured)
        writer.member("amount_refunded", refunded)
        writer.member("currency", currency)
        writer.write("metadata", metadata)
        writer.member("payment_intent", id)
        writer.member("refunded", refunded == captured)
    }
}

extension Refund {
    func write(_ writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("object", "refund")
        writer.member("amount", amount)
        writer.member("charge", "ch_sim\(intent.dropFirst(Intent.prefix.count))")
        writer.member("created", created)
        writer.member("currency", currency)
        writer.write("metadata", metadata)
        writer.member("payment_intent", intent)
        writer.member("reason", orNull: nil)
        if let failureReason { writer.member("failure_reason", failureReason) }
        writer.member("status", failureReason == nil ? "succeeded" : "failed")
    }
}

extension Dispute {
    func write(_ writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("object", "dispute")
        writer.member("amount", amount)
        writer.array("balance_transactions") { writer in
            guard status == .open || status == .lost || status == .won else { return }
            writer.object { writer in
                writer.member("amount", -amount)
                writer.member("object", "balance_transaction")
            }
            guard status == .won else { return }
            writer.object { writer in
                writer.member("amount", amount)
                writer.member("object", "balance_transaction")
            }
        }
        writer.member("charge", "ch_sim\(intent.dropFirst(Intent.prefix.count))")
        writer.member("created", created)
        writer.member("currency", currency)
        writer.member("is_charge_refundable", status == .inquiry || status == .inquiryClosed)
        writer.member("livemode", false)
        writer.write("metadata", [:])
        writer.member("payment_intent", intent)
        writer.member("reason", reason)
        writer.member("status", status.rawValue)
    }
}

extension Failure {
    fileprivate func write(_ writer: inout JSONWriter) {
        if let code { writer.member("code", code) }
        if let issuerCode { writer.member("decline_code", issuerCode) }
        writer.member("message", message)
        if let parameter { writer.member("param", parameter) }
        if let intent { writer.object("payment_intent") { intent.write(&$0) } }
        writer.member("type", kind.rawValue)
    }
}

extension JSONWriter {
    fileprivate mutating func list(
        _ kind: String, _ url: String, _ hasMore: Bool, _ data: (inout JSONWriter) -> Void
    ) {
        member("object", kind)
        array("data", data)
        member("has_more", hasMore)
        member("url", url)
        if kind == "search_result" { member("next_page", orNull: nil) }
    }
}
