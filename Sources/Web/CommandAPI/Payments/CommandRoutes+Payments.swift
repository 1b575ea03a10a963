import Domain
import HTTPServer
import Hummingbird
import Identity
import WebAPI

/// The calls with which operators settle payments that the payment process no longer tries by itself.
extension CommandRoutes {
    func addPayments(to group: RouterGroup<APIContext>) {
        group.command(.post, "payments/{id}/retry", by: .admin) { try await settle(.resumed, $0) }
        group.command(.post, "payments/{id}/void", by: .admin) { try await settle(.abandoned, $0) }
    }

    private func settle(_ step: PaymentStep, _ call: CommandCall) async throws -> Response {
        let (orderID, showID) = try order(call)
        let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
        return try await submit(.payment(step, of: orderID), on: showID, identity, call)
    }
}
