internal import Text

/// Something that happened to a payment, as Stripe tells it (https://docs.stripe.com/api/events/object).
struct WebhookEvent: Equatable, Sendable {
    var type: String
    /// As it was right after.
    var intent: Intent
    /// What it is about, where that is not the payment or its charge.
    var refund: Refund?
    var dispute: Dispute?

    func body(id: String, now: Int64) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.object { writer in
            writer.member("id", id)
            writer.member("object", "event")
            writer.member("api_version", "2024-06-20")
            writer.member("created", now)
            writer.member("livemode", false)
            writer.member("pending_webhooks", 1)
            writer.member("type", type)
            writer.object("data") { writer in
                writer.object("object") { writer in
                    if let refund {
                        refund.write(&writer)
                    } else if let dispute {
                        dispute.write(&writer)
                    } else if type.hasPrefix("charge.") {
                        intent.writeCharge(&writer)
                    } else {
                        intent.write(&writer)
                    }
                }
            }
        }
        return writer.bytes
    }
}
