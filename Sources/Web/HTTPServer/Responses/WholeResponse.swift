public import HTTPTypes
public import Hummingbird
public import NIOCore

/// A response whose body is in memory, so that it can be written without waiting.
public struct WholeResponse: Sendable {
    public var status: HTTPResponse.Status
    /// `Content-Length` included.
    public var headers: HTTPFields
    public var body: ByteBuffer

    /// - Parameter headers: `Content-Length` is added.
    public init(_ status: HTTPResponse.Status, headers: HTTPFields = [:], body: ByteBuffer = ByteBuffer()) {
        self.status = status
        self.headers = headers
        self.body = body
        self.headers.append(HTTPField(name: .contentLength, value: String(body.readableBytes)))
    }
}

extension Response {
    public init(_ whole: WholeResponse) {
        self.init(
            status: whole.status, headers: whole.headers,
            body: whole.body.readableBytes == 0 ? ResponseBody() : ResponseBody(byteBuffer: whole.body))
    }
}
