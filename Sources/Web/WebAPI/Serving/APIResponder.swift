public import HTTPServer
import HTTPTypes
public import Hummingbird
import Logging
import NIOHTTP1
public import Traces
import Tracing

/// Stands around the router: whatever comes out of it, or is thrown through it, leaves as an answer of this API. Errors
/// become problem documents, requests are counted, timed and, at debug level, logged.
///
/// One layer instead of a middleware for each, because every layer costs each request.
public struct APIResponder<Base: HTTPResponder<APIContext>>: HTTPResponder {
    public typealias Context = APIContext

    private let base: Base
    private let routes: RouteTable
    private let edge: EdgeHeaders
    private let traces: SpanRecorder?
    /// Counts the requests; whoever answers one of a route past the router counts it here too.
    public let metrics: RequestMetrics

    /// - Parameters:
    ///   - router: with all its routes; later ones are not seen.
    ///   - edge: the headers of every answer.
    ///   - traces: where requests' spans go; nil: nothing is traced.
    public init(
        _ router: Router<APIContext>, edge: EdgeHeaders = EdgeHeaders(), traces: SpanRecorder? = nil
    ) where Base == RouterResponder<APIContext> {
        self.edge = edge
        self.traces = traces
        base = router.buildResponder()
        routes = RouteTable(router)
        metrics = RequestMetrics(routes)
    }

    public func respond(to request: Request, context: APIContext) async throws -> Response {
        let start = ContinuousClock.now
        metrics.begin()
        defer { metrics.end() }
        var context = context
        let given = CorrelationID.given(request.headers)
        context.correlation = given ?? context.id
        let span = traces?.startRequest(
            traceParent: request.headers[.traceParent], traceState: request.headers[.traceState])
        context.setLogMetadata(span?.trace)
        var response: Response
        do {
            if let preflight = preflight(request) {
                response = preflight
            } else {
                // Whatever logs on the way says which request it is about.
                var scope = ServiceContext.topLevel
                scope.correlation = context.correlation
                scope.activeSpan = span
                response = try await ServiceContext.withValue(scope) { [context] in
                    try await base.respond(to: request, context: context)
                }
            }
            if response.status.code >= 400, response.headers[.contentType] != Problem.contentType {
                response = answer(foreign(response, request), to: request, context)
            }
        } catch let error as HTTPParserError {
            // The connection is past understanding: ConnectionGuard answers and closes it.
            throw error
        } catch {
            response = answer(problem(for: error, context), to: request, context)
        }
        response.headers.keepLaterCookie(of: request.headers)
        edge.add(to: &response.headers, for: request.headers)
        if let given { response.headers[.requestID] = given }
        if request.method == .head { response = response.createHeadResponse() }
        let elapsed = start.duration(to: .now)
        let command = response.headers[.commandID]
        span?.end(route: context.endpointPath, request.method, response.status, command: command)
        var logger = context.logger
        if let command, logger.logLevel <= .debug { logger[metadataKey: "command"] = "\(command)" }
        metrics.record(
            route: context.endpointPath, request.method, path: request.uri.path, traceID: traceID(span, request),
            response.status, elapsed, logger)
        return response
    }

    /// The trace that the request is recorded in, as far as is known: by this node or, where it traces nothing, by its caller.
    private func traceID(_ span: TraceSpan?, _ request: Request) -> String? {
        traces == nil ? TraceParent.sampledTraceID(request.headers) : span?.trace.traceID.description
    }

    /// The answer to a browser that asks what a page of another origin may send; nil: it does not ask, or gets the answer
    /// that anybody does.
    private func preflight(_ request: Request) -> Response? {
        guard request.method == .options, let cors = edge.cors else { return nil }
        let methods = routes.methods(for: request.uri.path)
        guard !methods.isEmpty else { return nil }
        return cors.preflight(request.headers, methods: methods).map { Response(status: .noContent, headers: $0) }
    }

    private func answer(_ problem: Problem, to request: Request, _ context: APIContext) -> Response {
        Response(problem.response(instance: request.uri.path, requestID: context.correlation))
    }

    private func problem(for error: any Error, _ context: APIContext) -> Problem {
        if let problem = Problem(foreign: error) {
            if problem.status.code == 500 {
                context.logger.error(
                    "request failed",
                    metadata: ["route": "\(context.endpointPath ?? "none")", "detail": "\(problem.detail ?? "none")"])
            }
            return problem
        }
        context.logger.error("request failed", metadata: ["error": "\(String(reflecting: error))"])
        return Problem(
            .internalError, detail: "The service's log says more, under the request id \(context.correlation).")
    }

    /// The problem in place of an error response that the framework made.
    private func foreign(_ response: Response, _ request: Request) -> Problem {
        if response.status == .notFound {
            let methods = routes.methods(for: request.uri.path)
            if !methods.isEmpty, !methods.contains(request.method.rawValue) {
                return Problem(.methodNotAllowed, headers: [.allow: methods.joined(separator: ", ")])
            }
        }
        return Problem(foreign: response.status)
    }
}
