public import HTTPTypes
public import Hummingbird
import NIOCore
public import Prometheus

extension PrometheusMetrics {
    /// The answer to `GET /metrics`.
    ///
    /// - Parameter headers: of the request; its `Accept` chooses the format.
    public func response(to headers: HTTPFields) -> Response {
        let format = ExpositionFormat(accept: headers[.accept])
        return Response(
            status: .ok, headers: [.contentType: format.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: render(format, process: ProcessReading()))))
    }
}
