import Domain
import HTTPServer
import Hummingbird
import Identity
import WebAPI

/// The calls with which operators settle what the payment process does not settle by itself: parked payments, money that
/// somebody moved at the provider, and disputes.
extension CommandRoutes {
    func addPayments(to group: RouterGroup<APIContext>) {
        group.command(.post, "payments/{id}/retry") { try await settle(.resumed, $0) }
        group.command(.post, "payments/{id}/void") { try await settle(.abandoned, $0) }
        group.command(.post, "payments/{id}/accept") { try await settle(.accepted, $0) }
        group.command(.post, "payments/{id}/observe", observe)
        group.command(.post, "payments/{id}/suspend") { try await change($0) { .suspended($0) } }
        group.command(.post, "payments/{id}/restore") { try await change($0) { .restored($0) } }
        group.command(.post, "payments/{id}/end") { try await change($0) { .ended($0) } }
    }

    private func settle(_ step: PaymentStep, _ call: CommandCall) async throws -> Response {
        let (orderID, showID) = try order(call)
        let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
        return try await submit(.payment(step, of: orderID), on: showID, identity, call)
    }

    /// What the caller read in the provider's books; see `holdfast payments reconcile`.
    private func observe(_ call: CommandCall) async throws -> Response {
        let (orderID, showID) = try order(call)
        let (body, identity) = try await call.body(bytesMax: limits.paymentBooksBodyBytesMax)
        let ledger = try body.decode(BooksBody.self).ledger()
        return try await submit(.payment(.observed(ledger), of: orderID), on: showID, identity, call)
    }

    /// A step that is about the tickets that the body names, or about all that it can be about.
    private func change(_ call: CommandCall, _ step: ([Int]?) -> PaymentStep) async throws -> Response {
        let (orderID, showID) = try order(call)
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let asked = body.bytes.readableBytes == 0 ? RefundBody() : try body.decode(RefundBody.self)
        let command = ShowCommand.payment(step(try asked.numbers(of: orderID)), of: orderID)
        return try await submit(command, on: showID, identity, call)
    }
}
