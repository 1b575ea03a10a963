import Domain
import EventLog
import HTTPServer
import HTTPTypes
public import Hummingbird
public import Identity
public import PostgresViews
import QRCode
import Text
public import WebAPI

/// The tickets that are the caller's now, whoever bought them; for the back office anybody's.
public struct TicketRoutes: Sendable {
    private let reader: OrdersReader
    private let fresh: FreshRead
    private let codes: TicketCodes

    public init(reader: OrdersReader, fresh: FreshRead, codes: TicketCodes) {
        self.reader = reader
        self.fresh = fresh
        self.codes = codes
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("me/tickets") { request, context in try await list(request, context) }
        group.get("tickets/{id}") { request, context in try await ticket(request, context) }
        group.get("tickets/{id}/qr.svg") { request, context in try await image(request, context) }
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        let parameters = QueryParameters(request)
        let limit = try parameters.pageLimit()
        let after = try parameters.cursor { Self.place($0) }
        let (page, token) = try await fresh.read(reader, for: request) { reader async throws(StoredViewError) in
            try await reader.tickets(of: user, after: after, limit: limit)
        }
        return try Response.json(token: token, capacity: 64 + 512 * page.elements.count) { json in
            try json.object { json in
                try json.array("tickets") { json in
                    for ticket in page.elements { try write(ticket, for: user, into: &json) }
                }
                if let next = page.next {
                    json.member("nextCursor", PageCursor(next.since, element: "\(next.number)").description)
                }
            }
        }
    }

    private func ticket(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        let (ticket, isOwn, token) = try await fresh.ticket(reader, request, context)
        return try Response.json(token: token) { json in
            if isOwn {
                try write(ticket, for: user, into: &json)
            } else if let record = ticket.record {
                json.value(record, ofStaffsOrder: ticket.order)
            }
        }
    }

    private func image(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        let (ticket, _, token) = try await fresh.ticket(reader, request, context, ownOnly: true)
        guard let record = ticket.record, let code = try code(of: record, in: ticket.order, for: user) else {
            throw Problem(
                .ticketUnusable, detail: "Only a valid ticket has a code to be let in with.", sequence: token,
                members: [Problem.Member("reason", .string(ticket.record?.status.rawValue ?? ""))])
        }
        guard let image = QRCode(code) else { throw Problem(.internalError) }
        var headers: HTTPFields = [.contentType: "image/svg+xml"]
        headers.set(token)
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: image.svg)))
    }

    private func write(_ ticket: OrdersReader.Ticket, for user: UserID, into json: inout JSONWriter) throws {
        guard let record = ticket.record else { throw Problem(.internalError) }
        json.value(record, of: ticket.order, for: user, code: try code(of: record, in: ticket.order, for: user))
    }

    /// For its owner, and while it lets anybody in.
    private func code(of ticket: OrderRecord.Ticket, in order: OrderRecord, for user: UserID) throws -> String? {
        guard ticket.owner == user, ticket.status == .valid else { return nil }
        return try codes.code(
            TicketCodes.Claim(ticketID: ticket.ticketID, generation: ticket.generation, show: order.showID))
    }

    private static func place(_ cursor: PageCursor) -> OrdersReader.TicketCursor? {
        guard cursor.position > 0, let number = cursor.element.flatMap({ Int32($0) }), number > 0 else { return nil }
        return OrdersReader.TicketCursor(since: cursor.position, number: Int(number))
    }
}
