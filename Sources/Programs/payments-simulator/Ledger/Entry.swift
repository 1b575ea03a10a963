internal import Text

/// One line of the journal: all that one call changed. A payment or refund stands in it as it was afterwards.
struct Entry: Codable, Equatable, Sendable {
    var intent: Intent?
    var refund: Refund?
    var dispute: Dispute?
    var key: RecordedKey?
}

/// An idempotency key and what its first call was answered with.
struct RecordedKey: Codable, Equatable, Sendable {
    var name: String
    /// Of the call and all its parameters.
    var fingerprint: String
    /// Nil: what the entry changed.
    var failure: Failure?
}

extension Entry {
    /// The line, with its end. Written by hand, as it is on every call's way; read by `Codable`.
    func line() -> [UInt8] {
        var writer = JSONWriter(capacity: 640)
        writer.object { writer in
            if let intent { writer.object("intent") { intent.writeEntry(&$0) } }
            if let refund { writer.object("refund") { refund.writeEntry(&$0) } }
            if let dispute { writer.object("dispute") { dispute.writeEntry(&$0) } }
            if let key {
                writer.object("key") { writer in
                    writer.member("name", key.name)
                    writer.member("fingerprint", key.fingerprint)
                    if let failure = key.failure { writer.object("failure") { failure.writeEntry(&$0) } }
                }
            }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }
}

extension Intent {
    fileprivate func writeEntry(_ writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("created", created)
        writer.member("amount", amount)
        writer.member("currency", currency)
        writer.member("status", status.rawValue)
        writer.member("capturesByHand", capturesByHand)
        writer.write("metadata", metadata)
        if let paymentMethod { writer.member("paymentMethod", paymentMethod) }
        if let decline {
            writer.object("decline") { writer in
                writer.member("code", decline.code)
                if let issuerCode = decline.issuerCode { writer.member("issuerCode", issuerCode) }
                writer.member("message", decline.message)
            }
        }
        if let cancellationReason { writer.member("cancellationReason", cancellationReason) }
        if let canceledAt { writer.member("canceledAt", canceledAt) }
        writer.member("captured", captured)
        writer.member("refunded", refunded)
        writer.member("charges", charges)
        writer.member("authorizations", authorizations)
        if let returnURL { writer.member("returnURL", returnURL) }
    }
}

extension Refund {
    fileprivate func writeEntry(_ writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("created", created)
        writer.member("intent", intent)
        writer.member("amount", amount)
        writer.member("currency", currency)
        writer.write("metadata", metadata)
        if let failureReason { writer.member("failureReason", failureReason) }
    }
}

extension Dispute {
    fileprivate func writeEntry(_ writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("created", created)
        writer.member("intent", intent)
        writer.member("amount", amount)
        writer.member("currency", currency)
        writer.member("reason", reason)
        writer.member("status", status.rawValue)
    }
}

extension Failure {
    fileprivate func writeEntry(_ writer: inout JSONWriter) {
        writer.member("status", status)
        writer.member("kind", kind.rawValue)
        if let code { writer.member("code", code) }
        if let issuerCode { writer.member("issuerCode", issuerCode) }
        if let parameter { writer.member("parameter", parameter) }
        writer.member("message", message)
        if let intent { writer.object("intent") { intent.writeEntry(&$0) } }
    }
}

extension JSONWriter {
    /// A flat object of strings, in a fixed order.
    mutating func write(_ key: StaticString, _ members: [String: String]) {
        object(key) { writer in
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                writer.value(value)
            }
        }
    }
}
