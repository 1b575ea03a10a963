import HTTPServer
import HTTPTypes
import Traces
import Tracing

/// A request's span, by OpenTelemetry's semantic conventions for HTTP servers. It has no path and no query: they name who is
/// asked about, and the route says enough.
extension TraceSpan {
    /// Ends the span of a request.
    ///
    /// - Parameter template: the route's path as the router writes it; nil: it has none.
    func end(route template: String?, _ method: HTTPRequest.Method, _ status: HTTPResponse.Status, command: String?) {
        // What is no method of HTTP is a text of the caller's.
        let name = HTTPRequest.Method.ofRoutes.contains(method) ? method.rawValue : "_OTHER"
        operationName = template.map { "\(name) \($0)" } ?? name
        set("http.request.method", .string(name))
        set("http.response.status_code", .int64(Int64(status.code)))
        if let template { set("http.route", .string(template)) }
        if let command { set("holdfast.command", .string(command)) }
        if status.code >= 500 { fail(String(status.code)) }
        end()
    }
}

extension HTTPRequest.Method {
    fileprivate static let ofRoutes: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
}
