import Domain
import HTTPServer
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

extension TicketID {
    /// The show that the ticket is for; nil: the id is none of a ticket.
    var show: ShowID? { number == nil ? nil : order?.show }
}

/// `POST /tickets/{id}/transfer`: to whom the ticket is offered.
struct TransferBody: Decodable {
    var to: UserID
}
