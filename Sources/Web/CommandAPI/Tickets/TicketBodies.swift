import Domain
import HTTPServer
import Identity
import WebAPI

/// `POST /orders/{id}/refund`: the tickets to give back; all that are left where none are named.
struct RefundBody: Decodable {
    var tickets: [TicketID]?

    /// Tickets that one request may name; an order has no more.
    private static let ticketsMax = 100

    /// The tickets' numbers in their order; nil: all that are left.
    func numbers(of order: OrderID) throws(Problem) -> [Int]? {
        guard let tickets else { return nil }
        guard (1...Self.ticketsMax).contains(tickets.count) else {
            throw .invalid("tickets must name 1 to \(Self.ticketsMax), or be left out.")
        }
        var numbers: [Int] = []
        for ticket in tickets {
            guard ticket.order == order, let number = ticket.number else {
                throw Problem(.ticketNotFound, detail: "The order has no ticket \(ticket).")
            }
            numbers.append(number)
        }
        return numbers
    }
}

/// `POST /tickets/{id}/scan`.
struct ScanBody: Decodable {
    var code: String

    func command(
        of ticketID: TicketID, on show: ShowID, _ identity: CommandIdentity,
        _ readTicketCode: CommandRoutes.TicketCodeReader
    ) throws(Problem) -> ShowCommand {
        guard let code = readTicketCode(code) else {
            throw Problem(.invalidTicketCode, detail: "The code is not signed by this service.")
        }
        guard code.ticketID == ticketID, code.show == show else {
            throw Problem(.invalidTicketCode, detail: "The code belongs to another ticket.")
        }
        return .ticket(.scan(generation: code.generation), ticketID, by: identity.principal.userID)
    }
}

extension TicketID {
    /// The show that the ticket is for; nil: the id is none of a ticket.
    var show: ShowID? { number == nil ? nil : order?.show }
}

/// `POST /tickets/{id}/transfer`: to whom the ticket is offered.
struct TransferBody: Decodable {
    var to: UserID
}
