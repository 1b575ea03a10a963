public import EventLog
public import HTTPTypes
public import Hummingbird
import NIOCore
public import Text

extension Response {
    /// A response with a JSON body.
    ///
    /// - Parameters:
    ///   - token: what the body reflects; sets `Sequence` and the cookie.
    ///   - capacity: how many bytes the body will have, about.
    public static func json(
        _ status: HTTPResponse.Status = .ok, token: LogPosition? = nil, capacity: Int = 512,
        _ write: (inout JSONWriter) throws -> Void
    ) rethrows -> Response {
        Response(try WholeResponse.json(status, token: token, capacity: capacity, write))
    }
}

extension WholeResponse {
    /// A response with a JSON body; see ``Response/json(_:token:capacity:_:)``.
    public static func json(
        _ status: HTTPResponse.Status = .ok, token: LogPosition? = nil, capacity: Int = 512,
        _ write: (inout JSONWriter) throws -> Void
    ) rethrows -> WholeResponse {
        var json = JSONWriter(capacity: capacity)
        try write(&json)
        var headers = HTTPFields()
        // Room for these two, the token's two, and what the server, its edge and a command add.
        headers.reserveCapacity(14)
        headers.append(HTTPField(name: .contentType, value: "application/json"))
        if let token { headers.set(token) }
        return WholeResponse(status, headers: headers, body: ByteBuffer(bytes: json.bytes))
    }
}
