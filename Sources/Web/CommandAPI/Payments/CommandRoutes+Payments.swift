import Domain
import Hummingbird
import WebAPI

/// For operators: what the payment process gave up trying by itself.
extension CommandRoutes {
    func addPayments(to group: RouterGroup<APIContext>) {
        group.command(.post, "payments/{id}/retry") { try await settle(.resumed, $0, $1) }
        group.command(.post, "payments/{id}/void") { try await settle(.abandoned, $0, $1) }
    }

    private func settle(_ step: PaymentStep, _ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try context.requireAdmin()
        let key = try IdempotencyKey(request.headers)
        let orderID = try context.pathID("id", as: OrderID.self, orElse: .orderNotFound)
        guard let showID = orderID.show else { throw Problem(.orderNotFound) }
        let identity = CommandIdentity(request, principal: principal, key: key, body: nil)
        return try await submit(.payment(step, of: orderID), on: showID, identity, request)
    }
}
