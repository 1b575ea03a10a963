import Domain
import Text
import WebAPI

/// What a file of comma-separated values is about. Columns are only added, at the end.
enum Export: String, CaseIterable, Sendable {
    case orders, tickets, sales

    /// The names of the columns.
    private var names: [String] {
        switch self {
        case .orders:
            [
                "order_id", "user_id", "status", "failure", "payment", "payment_id", "currency", "total", "refunded",
                "refund_due", "tickets", "tickets_left", "started_at",
            ]
        case .tickets:
            [
                "ticket_id", "order_id", "order_user_id", "owner_id", "status", "generation", "seat", "row",
                "seat_number", "block", "area", "category", "ticket_type", "currency", "price", "scanned_at", "gate",
                "channel",
            ]
        case .sales:
            [
                "category", "ticket_type", "channel", "currency", "price", "sold", "returned", "resold", "left",
                "gross", "given_back", "net",
            ]
        }
    }

    /// Writes the header, and a line for each order, ticket or kind of tickets, in parts of at least `partBytesMin` bytes
    /// but for the last.
    func write(
        _ books: ShowBooks, partBytesMin: Int, _ send: ([UInt8]) async throws -> Void
    ) async throws {
        var csv = CSVWriter()
        for name in names { csv.cell(name) }
        csv.endLine()
        let currency = books.show?.currency ?? ""
        switch self {
        case .orders:
            for order in books.orders {
                csv.line(order)
                if let part = csv.take(bytesMin: partBytesMin) { try await send(part) }
            }
        case .tickets:
            for ticket in books.tickets {
                csv.line(ticket, currency)
                if let part = csv.take(bytesMin: partBytesMin) { try await send(part) }
            }
        case .sales:
            for sales in books.sales { csv.line(sales, currency) }
        }
        if let part = csv.take() { try await send(part) }
    }
}

extension CSVWriter {
    fileprivate mutating func line(_ order: OrderRecord) {
        cell(order.orderID.rawValue)
        cell(order.userID.rawValue)
        cell(order.status.rawValue)
        cell(order.failure?.name ?? "")
        cell(order.payment.name)
        cell(order.paymentID)
        cell(order.currency)
        cell(order.total)
        cell(order.refunds.reduce(0) { $0 + ($1.isDone ? $1.amount : 0) })
        cell(order.payment == .captured ? order.refunds.reduce(0) { $0 + ($1.isDone ? 0 : $1.amount) } : 0)
        cell(order.tickets.count)
        cell(order.tickets.count { $0.status != .returned && $0.status != .resold })
        cell(order.startedAt.rfc3339)
        endLine()
    }

    fileprivate mutating func line(_ ticket: ShowBooks.Ticket, _ currency: String) {
        cell(ticket.ticketID.rawValue)
        cell(ticket.order.orderID.rawValue)
        cell(ticket.order.userID.rawValue)
        cell(ticket.record.owner.rawValue)
        cell(ticket.record.status.rawValue)
        cell(ticket.record.generation)
        cell(ticket.place.seat ?? "")
        cell(ticket.place.row)
        cell(ticket.place.seatNumber)
        cell(ticket.place.block)
        cell(ticket.place.area?.rawValue ?? "")
        cell(ticket.place.category)
        cell(ticket.place.ticketType)
        cell(currency)
        cell(ticket.price)
        cell(ticket.record.scannedAt?.rfc3339 ?? "")
        cell(ticket.record.passes.last?.gate ?? "")
        cell(ticket.channel)
        endLine()
    }

    fileprivate mutating func line(_ sales: ShowBooks.Sales, _ currency: String) {
        cell(sales.category)
        cell(sales.ticketType)
        cell(sales.channel)
        cell(currency)
        cell(sales.price)
        cell(sales.sold)
        cell(sales.returned)
        cell(sales.resold)
        cell(sales.left)
        cell(Int64(sales.sold) * sales.price)
        cell(Int64(sales.returned + sales.resold) * sales.price)
        cell(Int64(sales.left) * sales.price)
        endLine()
    }
}
