public import EventLog
public import HTTPTypes
public import Hummingbird
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
        var json = JSONWriter(capacity: capacity)
        try write(&json)
        return Response.json(status, token: token, bytes: json.bytes)
    }

    /// A response with a JSON body that is already written.
    public static func json(
        _ status: HTTPResponse.Status = .ok, token: LogPosition? = nil, bytes: [UInt8]
    ) -> Response {
        var headers = HTTPFields()
        // Room for these two, the token's two, and the Date that the server adds.
        headers.reserveCapacity(6)
        headers.append(HTTPField(name: .contentType, value: "application/json"))
        if let token { headers.set(token) }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
