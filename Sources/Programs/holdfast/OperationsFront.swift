import Configuration
import HTTPServer
import Hummingbird
import Logs
import Prometheus
import QueryAPI
import ServiceLifecycle
import WebAPI

/// A listener of its own for whoever runs the node: metrics, health with its numbers, and the views. Callers of the API
/// never reach it.
struct OperationsFront {
    /// Nil: the node has none.
    let server: (any Service)?

    /// Far more than a few who look at metrics need.
    private static let connectionsMax = 256

    init(
        _ config: ConfigReader, _ shared: SharedParts, _ routes: Routes, _ follow: FollowSide,
        _ metrics: PrometheusMetrics, _ levels: LogLevels
    ) throws {
        guard config.text(.operationsPort) != nil else {
            server = nil
            return
        }
        let host = try config.required(.operationsHost)
        let port = try config.number(.operationsPort, in: 0...65_535)
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        HealthRoutes(
            replica: follow.replica, sinks: follow.sinks,
            checks: NodeChecks.all(shared, follow, data: try config.required(.data))
        ).add(to: router, for: .operators)
        MetricsRoute(metrics).add(to: router)
        let operators = router.group("api/v1").add(
            middleware: Authentication(routes.authenticator, audit: routes.audit))
        ProjectionRoutes(replica: follow.replica).add(to: operators)
        LogLevelRoutes(levels).add(to: operators)
        // A name that is good on this machine alone is in no certificate.
        let identity = UnsafeStart.isLoopback(host) ? nil : try TLSIdentity(config)
        let edge = EdgeHeaders(isSecure: identity != nil)
        var limits = routes.limits
        limits.connectionsMax = Self.connectionsMax
        server = Application(
            responder: APIResponder(router, edge: edge), server: try limits.server(tls: identity, edge: edge),
            configuration: limits.configuration(address: .hostname(host, port: port)), logger: Subsystem.http.logger)
    }
}
