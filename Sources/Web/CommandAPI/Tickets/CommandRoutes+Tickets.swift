import Domain
import HTTPServer
import HTTPTypes
import Hummingbird
import Identity
import WebAPI

/// What may be done with an order and its tickets after the sale. An order and a ticket carry their show's id in their
/// own, so that each finds its stream without a look-up.
extension CommandRoutes {
    func addTickets(to group: RouterGroup<APIContext>) {
        group.command(.post, "orders/{id}/refund", refund)
        group.command(.post, "orders/{id}/swap", swap)
        group.command(.post, "tickets/{id}/transfer", offer)
        add(.accept, .post, "tickets/{id}/transfer/accept", to: group)
        add(.withdrawOffer, .delete, "tickets/{id}/transfer", to: group)
        add(.list, .post, "tickets/{id}/resale", to: group)
        add(.unlist, .delete, "tickets/{id}/resale", to: group)
    }

    /// Adds a step without a body: the caller and the ticket say everything.
    private func add(
        _ step: TicketStep, _ method: HTTPRequest.Method, _ path: RouterPath, to group: RouterGroup<APIContext>
    ) {
        group.command(method, path) { call in
            let (ticketID, showID) = try ticket(call)
            let identity = try await call.identity(bytesMax: limits.bodyBytesMax)
            return try await submit(.ticket(step, ticketID, by: call.principal.userID), on: showID, identity, call)
        }
    }

    private func refund(_ call: CommandCall) async throws -> Response {
        let (orderID, showID) = try order(call)
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        // No body says no more than an empty one: all of it.
        let asked = body.bytes.readableBytes == 0 ? RefundBody() : try body.decode(RefundBody.self)
        let command = ShowCommand.refund(
            orderID, tickets: try asked.numbers(of: orderID),
            by: try call.principal.isKnown(as: .organiser) ? nil : call.principal.userID)
        return try await submit(command, on: showID, identity, call)
    }

    private func swap(_ call: CommandCall) async throws -> Response {
        let (orderID, showID) = try order(call)
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let command = try body.decode(SwapBody.self).command(on: orderID, by: call.principal)
        return try await submit(.swap(command), on: showID, identity, call)
    }

    private func offer(_ call: CommandCall) async throws -> Response {
        let (ticketID, showID) = try ticket(call)
        let (body, identity) = try await call.body(bytesMax: limits.bodyBytesMax)
        let (owner, receiver) = (call.principal.userID, try body.decode(TransferBody.self).to)
        guard receiver != owner else { throw Problem.invalid("to must be somebody else.") }
        return try await submit(.ticket(.offer(to: receiver), ticketID, by: owner), on: showID, identity, call)
    }

    /// The ticket in the path and its show.
    func ticket(_ call: CommandCall) throws(Problem) -> (TicketID, ShowID) {
        let ticketID = try call.pathID(as: TicketID.self, orElse: .ticketNotFound)
        guard let showID = ticketID.show else { throw Problem(.ticketNotFound) }
        return (ticketID, showID)
    }

    /// The order in the path and its show.
    func order(_ call: CommandCall) throws(Problem) -> (OrderID, ShowID) {
        let orderID = try call.pathID(as: OrderID.self, orElse: .orderNotFound)
        guard let showID = orderID.show else { throw Problem(.orderNotFound) }
        return (orderID, showID)
    }
}
