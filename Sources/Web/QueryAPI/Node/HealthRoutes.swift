import EventLog
import HTTPServer
public import Hummingbird
public import PostgresOrders
public import Projecting
public import Prometheus
import Text
public import WebAPI

/// For load balancers and orchestrators: is the process alive, and should it get requests.
public struct HealthRoutes: Sendable {
    private let replica: Replica
    private let orders: OrdersProgress?
    private let metrics: PrometheusMetrics

    /// - Parameter orders: of the Orders view, where this process folds it.
    public init(replica: Replica, orders: OrdersProgress? = nil, metrics: PrometheusMetrics) {
        self.replica = replica
        self.orders = orders
        self.metrics = metrics
    }

    public func add(to router: Router<APIContext>) {
        router.get("health/live") { _, _ in Response.json { $0.object { $0.member("status", "live") } } }
        router.get("health/ready") { _, _ in try ready() }
        router.get("metrics") { _, _ in metrics.response() }
    }

    private func ready() throws -> Response {
        let status = replica.status
        let stops = replica.stops + (orders?.stop.map { [("orders", $0)] } ?? [])
        guard stops.isEmpty else {
            throw Problem(
                .projectionStopped,
                detail: stops.map { "\($0.name) stopped at event \($0.stop.position): \($0.stop.reason)." }
                    .joined(separator: " "),
                members: [
                    Problem.Member(
                        "stopped",
                        .array(
                            stops.map { name, stop in
                                .object([
                                    .init("view", .string(name)), .init("sequence", .integer(stop.position)),
                                    .init("reason", .string(stop.reason)),
                                ])
                            }))
                ])
        }
        guard status.isReady else {
            throw Problem(
                .notReady, detail: "The views have not caught up with the log.", retryAfterSeconds: 1,
                members: [Problem.Member("head", .integer(status.head))])
        }
        return Response.json { json in
            json.object { json in
                json.member("status", "ready")
                json.member("epoch", status.epoch)
                json.member("head", status.head)
                json.object("views") { json in
                    for view in replica.views {
                        json.key(view.name)
                        json.value(view.checkpoint)
                    }
                    if let orders { json.member("orders", orders.place.sequence) }
                }
            }
        }
    }
}
