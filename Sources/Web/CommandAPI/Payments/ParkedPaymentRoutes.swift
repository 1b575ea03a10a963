import Domain
import EventLog
public import Following
import HTTPServer
public import Hummingbird
import Identity
public import OpenPayments
import Text
public import WebAPI

/// The payments that wait for an operator, and those that are disputed. Each organiser sees those of their own shows.
public struct ParkedPaymentRoutes: Sendable {
    private let view: View<OpenPayments>
    private let fresh: FreshRead
    private let owners: ShowOwners?

    /// - Parameter owners: whose the shows are; nil: the instance's own.
    public init(view: View<OpenPayments>, fresh: FreshRead, owners: ShowOwners? = nil) {
        self.owners = owners
        self.view = view
        self.fresh = fresh
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("payments/parked") { request, context in
            try await list("parked", request, context, where: { $0.needsOperator }) { $0.value(parked: $1) }
        }
        group.get("payments/disputes") { request, context in
            try await list("disputes", request, context, where: { !$0.disputes.isEmpty }) { $0.value(disputed: $1) }
        }
    }

    private func list(
        _ name: StaticString, _ request: Request, _ context: APIContext,
        where isListed: @escaping @Sendable (OrderRecord) -> Bool,
        write: @escaping @Sendable (inout JSONWriter, OrderRecord) -> Void
    ) async throws -> Response {
        let caller = try context.requirePrincipal()
        let parameters = QueryParameters(request)
        let limit = try parameters.pageLimit()
        let after = try parameters.cursor { Place($0) }
        let (parked, token) = try await fresh.read(view, for: request) { view, place in
            (view.orders.values.filter(isListed), place)
        }
        var rest = parked.map { (place: Place($0), order: $0) }
            .filter { waiting in after.map { waiting.place > $0 } ?? true }
            .sorted { $0.place < $1.place }
        if caller.isBound, let owners {
            let all = rest
            rest = []
            for waiting in all where rest.count <= limit {
                guard case .organisation(let owner) = try await owners.owner(of: waiting.order.showID) else { continue }
                if caller.mayAct(as: .organiser, for: owner, waiting.order.showID) { rest.append(waiting) }
            }
        }
        return Response.json(token: token) { [rest] json in
            json.object { json in
                json.array(name) { json in for waiting in rest.prefix(limit) { write(&json, waiting.order) } }
                if rest.count > limit { json.member("nextCursor", rest[limit - 1].place.cursor) }
            }
        }
    }

    /// A payment's place in the list: the one that has waited longest is first; payments parked by one event are in the
    /// order of their ids.
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
            json.member("reason", order.parkedBecause ?? order.review ?? "")
            json.array("ways") { json in for way in order.ways { json.value(way.rawValue) } }
        }
    }

    fileprivate mutating func value(disputed order: OrderRecord) {
        object { json in
            json.member("orderId", order.orderID)
            json.member("showId", order.showID)
            json.member("userId", order.userID)
            json.member("paymentId", order.paymentID)
            json.array("disputes") { json in
                for dispute in order.disputes {
                    json.object { json in
                        json.member("disputeId", dispute.disputeID)
                        json.member("status", dispute.status.rawValue)
                        json.member("amount", dispute.amount)
                        json.member("reason", dispute.reason)
                    }
                }
            }
            let ways = order.ways.isEmpty ? [OrderRecord.Way.suspend, .restore, .end] : order.ways
            json.array("ways") { json in for way in ways { json.value(way.rawValue) } }
        }
    }
}
