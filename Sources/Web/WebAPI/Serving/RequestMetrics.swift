public import HTTPTypes
public import Logging
import Metrics
import Prometheus
import Synchronization

/// Counts and times requests by route. What has no route is counted together, whatever its path and method: the labels
/// are ours to choose, never the caller's.
public struct RequestMetrics: Sendable {
    private let routes: [RouteTable.Route: RouteMetrics]
    private let unmatched = RouteMetrics(route: "unmatched", method: "any")
    private let inFlight = Meter(label: "http_requests_in_flight")

    init(_ table: RouteTable) {
        routes = Dictionary(
            table.routes.map { ($0, RouteMetrics(route: $0.template, method: $0.method.rawValue)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// A request came.
    public func begin() { inFlight.increment() }
    /// It has its answer, or nobody to give it to.
    public func end() { inFlight.decrement() }

    /// Counts an answered request and, at debug level, logs it.
    ///
    /// - Parameters:
    ///   - template: the route's path as the router writes it; nil: it has none.
    ///   - traceID: of the trace that the request is recorded in; the time is kept as its exemplar.
    ///   - elapsed: until the response's head; a stream goes on after that.
    public func record(
        route template: String?, _ method: HTTPRequest.Method, path: String, traceID: String?,
        _ status: HTTPResponse.Status, _ elapsed: Duration, _ logger: Logger
    ) {
        let route = template.flatMap { routes[RouteTable.Route(template: $0, method: method)] } ?? unmatched
        route.record(status: status.code, elapsed, traceID: traceID)
        logger.debug(
            "request",
            metadata: [
                "method": "\(method)", "path": "\(path)", "status": "\(status.code)", "elapsed": "\(elapsed)",
            ])
    }
}

private final class RouteMetrics: Sendable {
    private let route: String
    private let method: String
    private let duration: any TimerHandler
    /// The same as ``duration``; nil where metrics keep no exemplars.
    private let exemplars: (any ExemplarTimer)?
    /// A counter for each status; the routes answer with only so many.
    private let counters = Mutex<[Int: Counter]>([:])

    init(route: String, method: String) {
        self.route = route
        self.method = method
        duration = MetricsSystem.factory.makeTimer(
            label: "http_request_duration", dimensions: [("method", method), ("route", route)])
        exemplars = duration as? any ExemplarTimer
    }

    func record(status: Int, _ elapsed: Duration, traceID: String?) {
        let (seconds, attoseconds) = elapsed.components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        if let traceID, let exemplars {
            exemplars.recordNanoseconds(nanoseconds, traceID: traceID)
        } else {
            duration.recordNanoseconds(nanoseconds)
        }
        let counter = counters.withLock { counters in
            if let counter = counters[status] { return counter }
            let counter = Counter(
                label: "http_requests",
                dimensions: [("method", method), ("route", route), ("status", String(status))])
            counters[status] = counter
            return counter
        }
        counter.increment()
    }
}
