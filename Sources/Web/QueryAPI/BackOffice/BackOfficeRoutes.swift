import Domain
import HTTPServer
public import Hummingbird
import Identity
public import PostgresViews
import Text
public import WebAPI

/// Orders and tickets of a show, whoever they belong to, for the back office.
public struct BackOfficeRoutes: Sendable {
    private let reader: OrdersReader
    private let fresh: FreshRead

    public init(reader: OrdersReader, fresh: FreshRead) {
        self.reader = reader
        self.fresh = fresh
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("shows/{id}/orders") { request, context in try await orders(request, context) }
        group.get("shows/{id}/tickets") { request, context in try await tickets(request, context) }
    }

    private func orders(_ request: Request, _ context: APIContext) async throws -> Response {
        let show = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let parameters = QueryParameters(request)
        let limit = try parameters.pageLimit()
        let before = try parameters.cursor { $0.element == nil && $0.position > 0 ? $0.position : nil }
        let filter = try Self.filter(parameters)
        let (page, token) = try await fresh.read(reader, for: request) { reader async throws(StoredViewError) in
            try await reader.orders(of: show, filter, before: before, limit: limit)
        }
        return .json(token: token, capacity: 64 + 1024 * page.elements.count) { json in
            json.object { json in
                json.array("orders") { json in
                    for order in page.elements { json.value(order, isForStaff: true) }
                }
                if let next = page.next { json.member("nextCursor", PageCursor(next).description) }
            }
        }
    }

    private func tickets(_ request: Request, _ context: APIContext) async throws -> Response {
        let show = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let parameters = QueryParameters(request)
        let limit = try parameters.pageLimit()
        let after = try parameters.cursor { $0.position == 0 ? $0.element.flatMap(TicketID.init(checking:)) : nil }
        let filter = try Self.filter(parameters)
        let (page, token) = try await fresh.read(reader, for: request) { reader async throws(StoredViewError) in
            try await reader.tickets(of: show, filter, after: after, limit: limit)
        }
        return .json(token: token, capacity: 64 + 512 * page.elements.count) { json in
            json.object { json in
                json.array("tickets") { json in
                    for ticket in page.elements {
                        if let record = ticket.record { json.value(record, ofStaffsOrder: ticket.order) }
                    }
                }
                if let next = page.next {
                    json.member("nextCursor", PageCursor(0, element: next.rawValue).description)
                }
            }
        }
    }

    /// One of `user`, `seat` and `order`, or none.
    private static func filter(_ parameters: QueryParameters) throws(Problem) -> OrdersReader.Filter {
        let (user, seat, order) = (
            try parameters.single("user"), try parameters.single("seat"), try parameters.single("order")
        )
        guard [user, seat, order].compactMap(\.self).count <= 1 else {
            throw Problem(.invalidRequest, detail: "Only one of user, seat and order may be given.")
        }
        if let user {
            guard let id = UserID(checking: user) else { throw Problem(.invalidRequest, detail: "user is no user id.") }
            return .user(id)
        }
        if let order {
            guard let id = OrderID(checking: order) else {
                throw Problem(.invalidRequest, detail: "order is no order id.")
            }
            return .order(id)
        }
        guard let seat else { return .all }
        guard (1...1_024).contains(seat.utf8.count), !seat.unicodeScalars.contains("\0") else {
            throw Problem(.invalidRequest, detail: "seat is no guid of a seat.")
        }
        return .seat(seat)
    }
}
