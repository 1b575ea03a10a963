public import Domain
import HTTPTypes
public import Hummingbird
public import Payments
public import WebAPI

/// What the payment provider has to say. Whatever it is, it is a hint to look at an order's payment now rather than later.
public struct WebhookRoutes: Sendable {
    private let secret: Secret
    private let limits: ServerLimits
    private let now: @Sendable () -> Timestamp
    private let hint: @Sendable (OrderID) -> Void

    /// - Parameters:
    ///   - secret: what the provider signs with.
    ///   - hint: takes the order that a webhook names; keep it short.
    public init(
        secret: Secret, limits: ServerLimits, now: @escaping @Sendable () -> Timestamp,
        hint: @escaping @Sendable (OrderID) -> Void
    ) {
        self.secret = secret
        self.limits = limits
        self.now = now
        self.hint = hint
    }

    /// - Parameter group: `/api/v1`, open to whoever has no token: who sent a webhook, its signature says.
    public func add(to group: RouterGroup<APIContext>) {
        group.post("payments/webhook") { request, _ in try await receive(request) }
    }

    private func receive(_ request: Request) async throws -> Response {
        guard let header = request.headers[.stripeSignature], let signature = WebhookSignature(header: header) else {
            throw Problem(.invalidSignature)
        }
        let body = try await request.jsonBody(bytesMax: limits.bodyBytesMax)
        let seconds = now().microseconds / 1_000_000
        guard signature.verifies(body.bytes.readableBytesView, with: secret, now: seconds) else {
            throw Problem(.invalidSignature)
        }
        guard let event = WebhookEvent(body: body.bytes.readableBytesView) else {
            throw Problem(.invalidRequest, detail: "The body is no event.")
        }
        if let order = event.orderID { hint(order) }
        return Response(status: .noContent)
    }
}
