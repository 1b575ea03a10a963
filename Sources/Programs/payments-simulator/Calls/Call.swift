internal import Crypto
internal import Text

/// One call of the API, with everything checked that can be without the ledger.
enum Call: Equatable, Sendable {
    case create(NewIntent)
    case confirm(String, Confirmation)
    case capture(String, amount: Int64?)
    case cancel(String, reason: String?)
    case retrieve(String)
    case list(Page)
    case search(Search)
    case refund(NewRefund)
    case retrieveRefund(String)
    case listRefunds(of: String?, Page)
    /// The customer passes the bank's challenge, or fails it, with what the browser was given.
    case challenge(String, clientSecret: String, isPassed: Bool)
    case dispute(NewDispute)
    case retrieveDispute(String)
    case listDisputes(of: String?, Page)
    /// What the merchant says about it; decides the dispute with the words that Stripe's tests have for that.
    case contest(String, evidence: String?)
    /// The merchant gives the dispute up.
    case concede(String)

    /// It may change something; the others only look.
    var changes: Bool {
        switch self {
        case .create, .confirm, .capture, .cancel, .refund, .challenge, .dispute, .contest, .concede: true
        case .retrieve, .list, .search, .retrieveRefund, .listRefunds, .retrieveDispute, .listDisputes: false
        }
    }
}

struct NewIntent: Equatable, Sendable {
    var amount: Int64
    var currency: String
    var capturesByHand: Bool
    var metadata: [String: String]
    var confirms: Bool
    var confirmation: Confirmation
}

struct Confirmation: Equatable, Sendable {
    var paymentMethod: String?
    /// A card that demands authentication is declined instead of waiting for it.
    var declinesChallenges: Bool
    var returnURL: String?
}

struct NewRefund: Equatable, Sendable {
    var intent: String
    /// Nil: all that is left.
    var amount: Int64?
    var metadata: [String: String]
}

/// A customer's bank disputes a payment.
struct NewDispute: Equatable, Sendable {
    var intent: String
    /// Nil: all that was captured.
    var amount: Int64?
    var reason = "fraudulent"
    /// The bank only asks, and takes nothing yet.
    var isInquiry = false
}

struct Page: Equatable, Sendable {
    var limit = 10
    var startingAfter: String?
    /// Seconds since 1970, both included.
    var created: ClosedRange<Int64> = .min ... .max
}

/// The part of Stripe's search language (https://docs.stripe.com/search) that finds payments by what we gave them:
/// `metadata['order']:'A' AND status:'succeeded'`.
struct Search: Equatable, Sendable {
    var metadata: [String: String] = [:]
    var status: String?
    var limit = 10
    /// What is younger is not found yet: Stripe's search follows behind.
    var lagSeconds: Int64 = 0
}

/// An idempotency key and what it was used for.
struct IdempotencyKey: Equatable, Sendable {
    static let lengthMax = 255

    var name: String
    var fingerprint: String

    init(_ name: String, path: String, fields: FormFields) {
        self.name = name
        fingerprint = SHA256.hash(data: Array("\(path)?\(fields.canonical)".utf8)).hex
    }
}
