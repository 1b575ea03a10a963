public import Availability
import Domain
import EventLog
public import Following
import HTTPServer
public import Hummingbird
import Identity
public import PostgresViews
import Text
public import WebAPI

/// `GET /shows/{id}/door-list`: a show's tickets for its scanners, who may lose the network later.
public struct DoorListRoutes: Sendable {
    /// Orders of a page; each has 6 tickets or so.
    private static let ordersMax = 1_000
    private static let ordersDefault = 500

    private let reader: OrdersReader
    private let shows: View<Availability>
    private let fresh: FreshRead
    private let places = PlaceIndexes()

    public init(reader: OrdersReader, shows: View<Availability>, fresh: FreshRead) {
        self.reader = reader
        self.shows = shows
        self.fresh = fresh
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("shows/{id}/door-list") { request, context in try await list(request, context) }
    }

    /// Where the list goes on, and the sequence number that it began at: what changed after that has to be told whole.
    private struct Place {
        var after: OrdersReader.DoorCursor
        var start: Int64

        init?(_ cursor: PageCursor) {
            guard let parts = cursor.element?.split(separator: ".", maxSplits: 1), parts.count == 2,
                let start = Int64(parts[0]), start >= 0, let order = OrderID(checking: String(parts[1]))
            else { return nil }
            after = OrdersReader.DoorCursor(position: cursor.position, order: order)
            self.start = start
        }

        static func cursor(_ next: OrdersReader.DoorCursor, start: Int64) -> PageCursor {
            PageCursor(next.position, element: "\(start).\(next.order)")
        }
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let caller = try context.requirePrincipal()
        let id = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        _ = try caller.post(at: id)
        let parameters = QueryParameters(request)
        let limit = try parameters.integer("limit", in: 1...Self.ordersMax, default: Self.ordersDefault)
        let place = try parameters.cursor { Place($0) }
        let given = try parameters.single("since").map { text throws(Problem) in
            guard let token = LogPosition(text) else {
                throw Problem(.invalidSequence, detail: "since must be the sequence of a list.")
            }
            return token
        }
        let (payload, areas) = try await fresh.read(shows, for: request) { projection, token in
            guard let show = projection.shows[id] else { throw Problem(.showNotFound, sequence: token) }
            return (show.planPayload, show.details.areas)
        }
        let index = try places.index(of: id, payload: payload, areas: areas)
        let (page, since, token) = try await fresh.read(reader.position, for: request, since: given) { isFresh, since in
            // Greater than any id: what changed at that sequence number is known.
            let known = since.map { OrdersReader.DoorCursor(position: $0.position, order: OrderID("\u{7F}")) }
            do throws(StoredViewError) {
                let (page, token) = try await reader.door(of: id, after: place?.after ?? known, limit: limit)
                return isFresh(token) ? (page, since, token) : nil
            } catch {
                throw Problem(error)
            }
        }
        let start = place?.start ?? since?.position ?? token.position
        return Response.json(token: token, capacity: 256 + 640 * page.elements.count) { json in
            json.object { json in
                json.member("showId", id)
                json.member("sequence", token.description)
                if let since { json.member("since", since.description) }
                json.array("tickets") { json in
                    for order in page.elements {
                        // What ended before the list began is nothing that a device has to forget.
                        for ticket in order.tickets where ticket.isUsable || order.position > start {
                            json.write(ticket, of: order, at: index.place(of: ticket))
                        }
                    }
                }
                if let next = page.next { json.member("nextCursor", Place.cursor(next, start: start).description) }
            }
        }
    }
}

extension OrderRecord.Ticket {
    fileprivate var isUsable: Bool {
        switch status {
        case .valid, .listed, .scanned, .outside: true
        case .returned, .resold, .suspended: false
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ ticket: OrderRecord.Ticket, of order: OrderRecord, at place: TicketPlace) {
        object { json in
            json.member("ticketId", ticket.ticketID)
            json.member("generation", ticket.generation)
            json.member("status", ticket.status.rawValue)
            json.members(place)
            if let pass = ticket.passes.last { json.members(pass) }
        }
    }
}
