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

extension TicketID {
    /// The show that the ticket is for; nil: the id is none of a ticket.
    var show: ShowID? { number == nil ? nil : order?.show }
}

/// `POST /tickets/{id}/transfer`: to whom the ticket is offered.
struct TransferBody: Decodable {
    var to: UserID
}

/// `POST /orders/{id}/swap`: the seats that tickets get instead of theirs.
struct SwapBody: Decodable {
    struct Swap: Decodable {
        var ticket: TicketID
        var seat: String
        var ticketType: DisplayText?
    }

    enum Difference: String, Decodable {
        /// What the new seats cost less goes back; if they cost more, nothing is swapped.
        case refund
        /// The tickets cost what they cost before.
        case waive
    }

    var swaps: [Swap]
    var difference: Difference?

    /// Tickets that one request may name; an order has no more.
    private static let swapsMax = 100

    func command(on order: OrderID, by caller: Principal) throws(Problem) -> SwapTickets {
        guard (1...Self.swapsMax).contains(swaps.count) else {
            throw .invalid("swaps must have 1 to \(Self.swapsMax) entries.")
        }
        var seats: [Int: SwapTickets.Seat] = [:]
        for swap in swaps {
            guard swap.ticket.order == order, let number = swap.ticket.number else {
                throw Problem(.ticketNotFound, detail: "The order has no ticket \(swap.ticket).")
            }
            _ = try HoldBody.named(seats: [swap.seat], areas: [:])
            guard difference != .waive || swap.ticketType == nil else {
                throw .invalid("A ticketType has a price: it can't be named where the difference is waived.")
            }
            let seat = SwapTickets.Seat(guid: swap.seat, ticketType: swap.ticketType?.text)
            guard seats.updateValue(seat, forKey: number) == nil else {
                throw .invalid("\(swap.ticket) is named twice.")
            }
        }
        return SwapTickets(
            orderID: order, seats: seats, waivesDifference: difference == .waive, by: caller.userID,
            channels: caller.channels)
    }
}
