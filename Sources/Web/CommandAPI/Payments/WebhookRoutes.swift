public import Domain
public import HTTPServer
import HTTPTypes
public import Hummingbird
public import NIOCore
public import WebAPI

/// Takes the payment provider's webhooks. Each is a hint to look at an order's payment now rather than later, and no more.
public struct WebhookRoutes: Sendable {
    /// A webhook as the provider's rules read it.
    public enum Webhook: Sendable {
        /// The provider did not sign it.
        case forged
        case unreadable
        /// An event about this order; nil for an event about no order of ours. The payment is one that somebody may have
        /// moved the money of, by the provider's id.
        case event(OrderID?, movedPayment: String? = nil)
    }

    /// Checks the signature and reads the body.
    public typealias Reader = @Sendable (_ signature: String, _ body: ByteBufferView) -> Webhook

    private let limits: ServerLimits
    private let read: Reader
    private let hint: @Sendable (OrderID) -> Void
    private let hintPayment: @Sendable (String) -> Void

    /// - Parameters:
    ///   - hint: takes the order that a webhook names; keep it short.
    ///   - hintPayment: takes a payment that somebody may have moved the money of.
    public init(
        limits: ServerLimits, read: @escaping Reader, hint: @escaping @Sendable (OrderID) -> Void,
        hintPayment: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.hintPayment = hintPayment
        self.limits = limits
        self.read = read
        self.hint = hint
    }

    /// - Parameter group: `/api/v1`, open to callers without a token: a webhook's signature says who sent it.
    public func add(to group: RouterGroup<APIContext>) {
        group.post("payments/webhook") { request, _ in try await receive(request) }
    }

    private func receive(_ request: Request) async throws -> Response {
        guard let signature = request.headers[.stripeSignature] else { throw Problem(.invalidSignature) }
        let body = try await request.jsonBody(bytesMax: limits.webhookBodyBytesMax)
        switch read(signature, body.bytes.readableBytesView) {
        case .forged: throw Problem(.invalidSignature)
        case .unreadable: throw Problem(.invalidRequest, detail: "The body is no event.")
        case .event(let order, let payment):
            if let order { hint(order) }
            if let payment { hintPayment(payment) }
            return Response(status: .noContent)
        }
    }
}
