import EventLog
public import Following
import HTTPServer
public import Hummingbird
public import Prometheus
import Text
public import WebAPI

/// For load balancers and orchestrators: is the process alive, and should it get requests.
public struct HealthRoutes: Sendable {
    private let replica: Replica
    private let sinks: [any LogSink]
    private let metrics: PrometheusMetrics

    /// - Parameter sinks: everything in this process that follows the log.
    public init(replica: Replica, sinks: [any LogSink], metrics: PrometheusMetrics) {
        self.replica = replica
        self.sinks = sinks
        self.metrics = metrics
    }

    public func add(to router: Router<APIContext>) {
        router.get("health/live") { _, _ in Response.json { $0.object { $0.member("status", "live") } } }
        router.get("health/ready") { _, _ in try ready() }
        router.get("metrics") { _, _ in metrics.response() }
    }

    private func ready() throws -> Response {
        let status = replica.status
        let stops = sinks.compactMap { sink in sink.stop.map { (name: sink.name, stop: $0) } }
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
                    for sink in sinks {
                        json.key(sink.name)
                        json.value(sink.place.position)
                    }
                }
            }
        }
    }
}
