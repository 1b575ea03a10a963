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
        let caller = try context.requirePrincipal()
        let id = try context.pathID("id", as: TicketID.self, orElse: .ticketNotFound)
        let (ticket, isOwn, token) = try await read(id, by: caller, request)
        guard let ticket else { throw Problem(.ticketNotFound, sequence: token) }
        return try Response.json(token: token) { json in
            if isOwn {
                try write(ticket, for: caller.userID, into: &json)
            } else if let record = ticket.record {
                json.value(record, ofStaffsOrder: ticket.order)
            }
        }
    }

    /// The caller's own ticket, or for the back office anybody's.
    private func read(
        _ id: TicketID, by caller: Principal, _ request: Request
    ) async throws -> (OrdersReader.Ticket?, isOwn: Bool, LogPosition) {
        let isStaff = caller.mayAct(as: .support)
        let ((ticket, isOwn), token) = try await fresh.read(reader, for: request) {
            reader async throws(StoredViewError) -> ((OrdersReader.Ticket?, Bool), LogPosition) in
            let (own, place) = try await reader.ticket(id, of: caller.userID)
            guard own == nil, isStaff else { return ((own, true), place) }
            let (anybodys, laterPlace) = try await reader.ticket(id)
            return ((anybodys, false), laterPlace)
        }
        return (ticket, isOwn, token)
    }

    private func image(_ request: Request, _ context: APIContext) async throws -> Response {
        let (ticket, user, token) = try await find(request, context)
        guard let record = ticket.record, let code = try code(of: record, in: ticket.order, for: user) else {
            throw Problem(
                .ticketUnusable, detail: "Only a valid ticket has a code to be let in with.", sequence: token,
                members: [Problem.Member("reason", .string(ticket.record?.status.rawValue ?? ""))])
        }
        guard let image = QRCode(code) else { throw Problem(.internalError) }
        var headers: HTTPFields = [.contentType: "image/svg+xml", .cacheControl: "private, no-store"]
        headers.set(token)
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: image.svg)))
    }

    private func find(
        _ request: Request, _ context: APIContext
    ) async throws -> (OrdersReader.Ticket, UserID, LogPosition) {
        let user = try context.requirePrincipal().userID
        let id = try context.pathID("id", as: TicketID.self, orElse: .ticketNotFound)
        let (ticket, token) = try await fresh.read(reader, for: request) { reader async throws(StoredViewError) in
            try await reader.ticket(id, of: user)
        }
        guard let ticket else { throw Problem(.ticketNotFound, sequence: token) }
        return (ticket, user, token)
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
