import Domain
import EventLog
import HTTPServer
public import Hummingbird
import Identity
public import PostgresViews
import Text
public import WebAPI

/// The caller's own orders, and any order for the back office.
public struct OrderHistoryRoutes: Sendable {
    private let reader: OrdersReader
    private let fresh: FreshRead
    private let openSecret: SecretOpener

    /// - Parameter openSecret: opens what the buyer's browser needs to act on a payment.
    public init(reader: OrdersReader, fresh: FreshRead, openSecret: @escaping SecretOpener) {
        self.reader = reader
        self.openSecret = openSecret
        self.fresh = fresh
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("me/orders") { request, context in try await list(request, context) }
        group.get("orders/{id}") { request, context in try await order(request, context) }
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        let parameters = QueryParameters(request)
        let limit = try parameters.pageLimit()
        // The sequence number that started the last order of the page before.
        let before = try parameters.cursor { $0.element == nil && $0.position > 0 ? $0.position : nil }
        let (page, token) = try await fresh.read(reader, for: request) { reader async throws(StoredViewError) in
            try await reader.orders(of: user, before: before, limit: limit)
        }
        return Response.json(token: token, capacity: 64 + 768 * page.elements.count) { json in
            json.object { json in
                json.array("orders") { json in for order in page.elements { json.value(order, openSecret: openSecret) }
                }
                if let next = page.next { json.member("nextCursor", PageCursor(next).description) }
            }
        }
    }

    private func order(_ request: Request, _ context: APIContext) async throws -> Response {
        let (order, isForStaff, token) = try await fresh.order(reader, request, context)
        // What the buyer's browser needs is the buyer's alone.
        let openSecret = order.userID == context.principal?.userID ? self.openSecret : nil
        return Response.json(token: token) { $0.value(order, isForStaff: isForStaff, openSecret: openSecret) }
    }
}

extension FreshRead {
    /// Reads the stored orders, as fresh as the request asks; returns them with the place they are of.
    func read<R>(
        _ reader: OrdersReader, for request: Request,
        _ body: (OrdersReader) async throws(StoredViewError) -> (R, LogPosition)
    ) async throws -> (R, LogPosition) {
        try await read(reader.position, for: request) { isFresh, _ in
            do throws(StoredViewError) {
                let result = try await body(reader)
                return isFresh(result.1) ? result : nil
            } catch {
                throw Problem(error)
            }
        }
    }
}

extension Problem {
    init(_ error: StoredViewError) {
        switch error.code {
        case .unavailable:
            self.init(
                .ordersUnavailable, detail: "The orders did not answer; they may be back in a moment.",
                retryAfterSeconds: 1)
        case .otherFormat:
            self.init(
                .ordersUnavailable, detail: "The orders are being brought to another version.", retryAfterSeconds: 10)
        // A bug or a wrong set-up, and none of the caller's business.
        default: self.init(.internalError)
        }
    }
}
