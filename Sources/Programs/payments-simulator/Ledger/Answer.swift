/// What a call is answered with.
enum Answer: Equatable, Sendable {
    case intent(Intent)
    case refund(Refund)
    case intents([Intent], hasMore: Bool)
    case found([Intent])
    case refunds([Refund], hasMore: Bool)
    case dispute(Dispute)
    case disputes([Dispute], hasMore: Bool)
    case failure(Failure)

    var status: Int {
        if case .failure(let failure) = self { failure.status } else { 200 }
    }
}

/// Stripe's error object (https://docs.stripe.com/api/errors).
struct Failure: Error, Codable, Equatable, Sendable {
    enum Kind: String, Codable, Sendable {
        case api = "api_error"
        case card = "card_error"
        case idempotency = "idempotency_error"
        case request = "invalid_request_error"
    }

    var status: Int
    var kind: Kind
    var code: String?
    var issuerCode: String?
    var parameter: String?
    var message: String
    /// The payment that it is about, as it stands.
    var intent: Intent?

    static func invalid(_ parameter: String?, _ message: String, code: String? = nil) -> Failure {
        Failure(status: 400, kind: .request, code: code, parameter: parameter, message: message)
    }

    static func missing(_ parameter: String) -> Failure {
        invalid(parameter, "Missing required param: \(parameter).", code: "parameter_missing")
    }

    /// What a parameter names is not there; in the path that is 404.
    static func noSuch(_ thing: String, _ id: String, parameter: String, inPath: Bool = false) -> Failure {
        Failure(
            status: inPath ? 404 : 400, kind: .request, code: "resource_missing", parameter: parameter,
            message: "No such \(thing): '\(id)'")
    }

    static func unexpectedState(_ intent: Intent, _ step: String) -> Failure {
        Failure(
            status: 400, kind: .request, code: "payment_intent_unexpected_state",
            message: "You cannot \(step) this PaymentIntent because it has a status of \(intent.status.rawValue).",
            intent: intent)
    }

    static func declined(_ decline: Intent.Decline, _ intent: Intent) -> Failure {
        Failure(
            status: 402, kind: .card, code: decline.code, issuerCode: decline.issuerCode, message: decline.message,
            intent: intent)
    }

    static let broken = Failure(status: 500, kind: .api, message: "An unknown error occurred")

    static func keyReused(_ key: String) -> Failure {
        Failure(
            status: 400, kind: .idempotency,
            message: "Keys for idempotent requests can only be used with the same parameters they were first used with."
                + " Try using a key other than '\(key)' if you meant to execute a different request.")
    }

    static func keyUnderWay(_ key: String) -> Failure {
        Failure(
            status: 409, kind: .idempotency, code: "idempotency_key_in_use",
            message: "There is currently another in-progress request using this Idempotent Key: \(key)")
    }
}
