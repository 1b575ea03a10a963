public import EventLog
public import NIOCore

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
