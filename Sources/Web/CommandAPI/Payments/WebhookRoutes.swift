public import Domain
public import HTTPServer
import HTTPTypes
public import Hummingbird
public import NIOCore
public import WebAPI

/// Takes the payment provider's webhooks. Each is a hint to look at an order's payment now rather than later, and no more.
public struct WebhookRoutes: Sendable {
    /// What the provider's rules make of a webhook.
    public enum Webhook: Sendable {
        /// The provider did not sign it.
        case forged
        case unreadable
        /// It is about this order; nil: about nothing that there is an order for.
        case event(OrderID?)
    }

    /// Checks the signature and reads the body.
    public typealias Reader = @Sendable (_ signature: String, _ body: ByteBufferView) -> Webhook

    private let limits: ServerLimits
    private let read: Reader
    private let hint: @Sendable (OrderID) -> Void

    /// - Parameter hint: takes the order that a webhook names; keep it short.
    public init(limits: ServerLimits, read: @escaping Reader, hint: @escaping @Sendable (OrderID) -> Void) {
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
        let body = try await request.jsonBody(bytesMax: limits.bodyBytesMax)
        switch read(signature, body.bytes.readableBytesView) {
        case .forged: throw Problem(.invalidSignature)
        case .unreadable: throw Problem(.invalidRequest, detail: "The body is no event.")
        case .event(let order):
            if let order { hint(order) }
            return Response(status: .noContent)
        }
    }
}
