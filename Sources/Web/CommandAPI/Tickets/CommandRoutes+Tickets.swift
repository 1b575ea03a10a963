import Domain
import HTTPTypes
import Hummingbird
import WebAPI

/// What may be done with an order and its tickets after the sale. An order and a ticket carry their show's id in their
/// own, so that each finds its stream without a look-up.
extension CommandRoutes {
    func addTickets(to group: RouterGroup<APIContext>) {
        group.command(.post, "orders/{id}/refund", refund)
        group.command(.post, "tickets/{id}/transfer", offer)
        add(.accept, .post, "tickets/{id}/transfer/accept", to: group)
        add(.withdrawOffer, .delete, "tickets/{id}/transfer", to: group)
        add(.list, .post, "tickets/{id}/resale", to: group)
        add(.unlist, .delete, "tickets/{id}/resale", to: group)
        if let readTicketCode {
            group.command(.post, "tickets/{id}/scan") { try await scan($0, $1, readTicketCode) }
        }
    }

    /// A step that needs no words: who does it to which ticket is all there is.
    private func add(
        _ step: TicketStep, _ method: HTTPRequest.Method, _ path: RouterPath, to group: RouterGroup<APIContext>
    ) {
        group.command(method, path) { request, context in
            let principal = try context.requirePrincipal()
            let key = try IdempotencyKey(request.headers)
            let (ticketID, showID) = try ticket(context)
            let identity = CommandIdentity(request, principal: principal, key: key, body: nil)
            return try await submit(.ticket(step, ticketID, by: principal.userID), on: showID, identity, request)
        }
    }

    private func refund(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let key = try IdempotencyKey(request.headers)
        let orderID = try context.pathID("id", as: OrderID.self, orElse: .orderNotFound)
        guard let showID = orderID.show else { throw Problem(.orderNotFound) }
        let body = try await request.jsonBody(bytesMax: limits.bodyBytesMax)
        let identity = CommandIdentity(request, principal: principal, key: key, body: body)
        // No body says no more than an empty one: all of it.
        let asked = body.bytes.readableBytes == 0 ? RefundBody() : try body.decode(RefundBody.self)
        let command = ShowCommand.refund(
            orderID, tickets: try asked.numbers(of: orderID), by: principal.role == .admin ? nil : principal.userID)
        return try await submit(command, on: showID, identity, request)
    }

    private func offer(_ request: Request, _ context: APIContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let key = try IdempotencyKey(request.headers)
        let (ticketID, showID) = try ticket(context)
        let body = try await request.jsonBody(bytesMax: limits.bodyBytesMax)
        let identity = CommandIdentity(request, principal: principal, key: key, body: body)
        let receiver = try body.decode(TransferBody.self).to
        guard receiver != principal.userID else { throw Problem.invalid("to must be somebody else.") }
        return try await submit(
            .ticket(.offer(to: receiver), ticketID, by: principal.userID), on: showID, identity, request)
    }

    /// A code that is no good never reaches the log: anybody can make one up.
    private func scan(
        _ request: Request, _ context: APIContext, _ readTicketCode: TicketCodeReader
    ) async throws -> Response {
        let principal = try context.requireScanner()
        let key = try IdempotencyKey(request.headers)
        let (ticketID, showID) = try ticket(context)
        let body = try await request.jsonBody(bytesMax: limits.bodyBytesMax)
        let identity = CommandIdentity(request, principal: principal, key: key, body: body)
        let text = try body.decode(ScanBody.self).code
        guard let code = readTicketCode(text) else {
            throw Problem(.invalidTicketCode, detail: "The code is not signed by this service.")
        }
        guard code.ticketID == ticketID, code.show == showID else {
            throw Problem(.invalidTicketCode, detail: "The code is of another ticket.")
        }
        return try await submit(
            .ticket(.scan(generation: code.generation), ticketID, by: principal.userID), on: showID, identity, request)
    }

    private func ticket(_ context: APIContext) throws(Problem) -> (TicketID, ShowID) {
        let ticketID = try context.pathID("id", as: TicketID.self, orElse: .ticketNotFound)
        guard ticketID.number != nil, let showID = ticketID.order?.show else { throw Problem(.ticketNotFound) }
        return (ticketID, showID)
    }
}
