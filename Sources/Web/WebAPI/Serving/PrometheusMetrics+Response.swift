import HTTPTypes
public import Hummingbird
import NIOCore
public import Prometheus

extension PrometheusMetrics {
    /// The answer to `GET /metrics`.
    public func response() -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: render())))
    }
}
