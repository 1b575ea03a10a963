import CommandAPI
import Domain
import NIOCore
import Payments

extension WebhookRoutes {
    /// Reads webhooks by the rules of the provider that payments are settled with.
    ///
    /// - Parameter secret: what the provider signs with.
    static func reader(_ secret: Secret, now: @escaping @Sendable () -> Timestamp) -> Reader {
        { header, body in
            guard let signature = WebhookSignature(header: header),
                signature.verifies(body, with: secret, now: now().microseconds / 1_000_000)
            else { return .forged }
            return WebhookEvent(body: body).map { .event($0.orderID, movedPayment: $0.movedPaymentID) } ?? .unreadable
        }
    }
}
