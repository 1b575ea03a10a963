import Domain
import EventLog
public import Following
import HTTPServer
public import Hummingbird
import Identity
public import OpenPayments
import Text
public import WebAPI

/// For operators: the payments that wait for one.
public struct ParkedPaymentRoutes: Sendable {
    private let view: View<OpenPayments>
    private let fresh: FreshRead

    public init(view: View<OpenPayments>, fresh: FreshRead) {
        self.view = view
        self.fresh = fresh
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("payments/parked") { request, context in try await list(request, context) }
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        _ = try context.requireAdmin()
        let parameters = QueryParameters(request)
        let limit = try parameters.pageLimit()
        let after = try parameters.cursor { Place($0) }
        let (parked, token) = try await fresh.read(view, for: request) { view, place in
            (view.orders.values.filter { $0.parkedBecause != nil }, place)
        }
        let rest = parked.map { (place: Place($0), order: $0) }
            .filter { waiting in after.map { waiting.place > $0 } ?? true }
            .sorted { $0.place < $1.place }
        return Response.json(token: token) { json in
            json.object { json in
                json.array("parked") { json in for waiting in rest.prefix(limit) { json.value(parked: waiting.order) } }
                if rest.count > limit { json.member("nextCursor", rest[limit - 1].place.cursor) }
            }
        }
    }

    /// Of a payment in the list: the longest waiting is first, and what one event made wait goes by its id.
    private struct Place: Comparable {
        var position: Int64
        var orderID: OrderID

        init(_ order: OrderRecord) {
            position = order.position
            orderID = order.orderID
        }

        init?(_ cursor: PageCursor) {
            guard cursor.position > 0, let orderID = cursor.element.flatMap(OrderID.init(checking:)) else { return nil }
            position = cursor.position
            self.orderID = orderID
        }

        var cursor: String { PageCursor(position, element: orderID.rawValue).description }

        static func < (one: Place, other: Place) -> Bool {
            (one.position, one.orderID) < (other.position, other.orderID)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func value(parked order: OrderRecord) {
        object { json in
            json.member("orderId", order.orderID)
            json.member("showId", order.showID)
            json.member("userId", order.userID)
            json.member("status", order.status.rawValue)
            if !order.isRefundOnly {
                json.member("total", order.total)
                json.member("currency", order.currency)
            }
            if case .refund(let refundID, let amount) = order.work {
                json.object("refund") { json in
                    json.member("refundId", refundID)
                    json.member("amount", amount)
                }
            }
            json.member("paymentId", order.paymentID)
            json.member("reason", order.parkedBecause ?? "")
        }
    }
}
