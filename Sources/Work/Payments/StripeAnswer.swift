internal import Foundation
internal import NIOCore

/// One answer of Stripe's, before anybody asks what it means.
struct StripeAnswer: Sendable {
    var status: UInt
    /// It is the recorded answer to an earlier call with the same idempotency key: how things stood then.
    var wasReplayed = false
    var body: ByteBuffer

    /// Nothing came of the call, for good.
    var isRefusal: Bool {
        guard status != 200 else { return false }
        return switch failure {
        case .declined, .invalid, .error(.refused): true
        case .unexpectedState, .keyWasUsed, .error(.unknown), .error(.undecided), .error(.unavailable): false
        }
    }

    /// The object that the answer holds, or what went wrong.
    func decoded<Object: Decodable>(_: Object.Type) throws(StripeFailure) -> Object {
        guard status == 200 else { throw failure }
        do {
            return try JSONDecoder().decode(Object.self, from: Data(body.readableBytesView))
        } catch {
            // It did succeed; at what, we can't tell.
            throw .error(.unknown("the answer is not a \(Object.self)"))
        }
    }

    /// Nil: it succeeded.
    var failureIfAny: StripeFailure? { status == 200 ? nil : failure }

    /// What an answer other than 200 means (https://docs.stripe.com/api/errors).
    var failure: StripeFailure {
        let body: StripeErrorBody
        do {
            body = try JSONDecoder().decode(StripeErrorBody.self, from: Data(self.body.readableBytesView))
        } catch {
            return .error(failureByStatus("status \(status)"))
        }
        let error = body.error
        let said = error.code ?? error.type ?? "status \(status)"
        if error.type == "card_error" { return .declined(error.declineCode) }
        if status == 400, error.type == "idempotency_error" { return .keyWasUsed }
        if (400...499).contains(status), error.code == "payment_intent_unexpected_state", let intent = body.intent {
            return .unexpectedState(intent)
        }
        // Who pays gave it, so it is theirs to mend: another card.
        if status == 400, error.parameter == "payment_method" { return .declined(said) }
        if status == 400 || status == 402, error.type == "invalid_request_error", error.parameter != nil {
            return .invalid(said)
        }
        if status == 404, error.code == "resource_missing" { return .error(.refused(said)) }
        return .error(failureByStatus(said))
    }

    private func failureByStatus(_ said: String) -> PaymentError {
        switch status {
        // Our key is wrong, expired or may not do this, or the address is not the API's: nothing about the payment.
        case 401, 403, 404: .unavailable(said)
        // Another call with this key, or on this object, is under way; or there were too many calls. None began.
        case 409, 429: .unavailable(said)
        // Something that Stripe needs failed underway.
        case 424: .unknown(said)
        case 400...499: .refused(said)
        // 5xx: "treat the result as indeterminate" (https://docs.stripe.com/error-low-level). Others: not Stripe. One that
        // was recorded says nothing of how Stripe is now.
        default: wasReplayed ? .undecided(said) : .unknown(said)
        }
    }
}

/// What a call came to when not to its object.
enum StripeFailure: Error, Equatable {
    /// The payment was tried and declined, with the code for why.
    case declined(String)
    /// The payment is past what was asked of it, or not there yet; it stands so.
    case unexpectedState(StripeIntent)
    /// Another request, with other parameters, had the idempotency key first. This one did nothing.
    case keyWasUsed
    /// A parameter can't be what it is. The call did nothing, and the same one never will.
    case invalid(String)
    case error(PaymentError)
}
