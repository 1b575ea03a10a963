public import Hummingbird
public import Prometheus
public import WebAPI

/// `GET /metrics`, for the listener of operators: the numbers tell how a sale goes.
public struct MetricsRoute: Sendable {
    private let metrics: PrometheusMetrics

    public init(_ metrics: PrometheusMetrics) { self.metrics = metrics }

    public func add(to router: Router<APIContext>) {
        router.get("metrics") { request, _ in metrics.response(to: request.headers) }
    }
}
