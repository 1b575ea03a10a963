public import EventLog
public import HTTPTypes
public import NIOCore

extension HTTPFields {
    /// The headers of a stream of Server-Sent Events: nobody on the way keeps it or holds parts of it back.
    ///
    /// - Parameter token: the place in the log that the stream begins at.
    public static func eventStream(at token: LogPosition) -> HTTPFields {
        var headers: HTTPFields = [
            .contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no",
        ]
        headers.set(token)
        return headers
    }
}

extension ByteBuffer {
    /// Appends an event of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html).
    ///
    /// - Parameters:
    ///   - id: what its reader comes back with.
    ///   - data: without line feeds.
    public mutating func writeEvent(_ name: StaticString, id: LogPosition, data: [UInt8]) {
        writeString("id: \(id)\nevent: ")
        writeStaticString(name)
        writeString("\ndata: ")
        writeBytes(data)
        writeString("\n\n")
    }

    /// A comment of a stream, for whoever on the way takes a silent one for dead.
    public static var streamComment: ByteBuffer { ByteBuffer(staticString: ":\n\n") }
}
