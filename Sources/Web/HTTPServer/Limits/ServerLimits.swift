import HTTPTypes

/// How much of a server one caller may use: bytes, connections and time. Each limit is there so that no caller can slow
/// the others (promise 8).
public struct ServerLimits: Sendable, Equatable {
    /// Bytes of all headers of a request. 16 KiB is twice what browsers and proxies send at most; more is a 431.
    public var headersBytesMax = 16 * 1024
    /// Bytes of one header, and of the request's path. 8 KiB holds the largest token with room to spare.
    public var headerBytesMax = 8 * 1024
    /// Headers of a request.
    public var headersCountMax = 100
    /// Bytes of an ordinary body: what any caller may make the service read at once. The largest that a command needs, a hold of
    /// 100 seats and areas with the longest names, has about 14 KB.
    public var bodyBytesMax = 16 * 1024
    /// Bytes of a body with a seating plan, or with a show's channels. 100,000 seats have about 15 MB.
    public var seatingPlanBodyBytesMax = 32 * 1024 * 1024
    /// Bytes of a message of the payment provider.
    public var webhookBodyBytesMax = 256 * 1024
    /// Bytes of a body with what the provider's books say of a payment. A thousand refunds with the longest names have about
    /// 380 KB.
    public var paymentBooksBodyBytesMax = 512 * 1024
    /// A body may have one JSON value for so many bytes of what is allowed: more than any sensible one has, and a bound on
    /// what it takes to decode.
    public static let bodyBytesPerValue = 8

    /// Bytes of a body with scans that a device made without a network. A thousand have about 400 KB.
    public var scanUploadBodyBytesMax = 2 * 1024 * 1024

    /// The time from a request's first byte until its headers are complete; after that 408.
    public var headersDeadline: Duration = .seconds(10)
    /// The time from a request's headers until its body is complete, for a body of any size; after that 408. A body that
    /// arrives at ``bodyBytesPerSecondMin`` or faster never times out.
    public var bodyDeadline: Duration = .seconds(10)
    /// The rate at which a body earns more time: a large upload is not a slow one.
    public var bodyBytesPerSecondMin = 64 * 1024
    /// How long a connection may be open without a request.
    public var idleTimeout: Duration = .seconds(60)
    /// How long a caller may leave an answer unread that no longer fits the socket's buffers.
    public var writeStallTimeout: Duration = .seconds(30)
    /// How long a connection stays open after an answer that came before the end of the request's body, so that the
    /// caller can read it: closing at once would throw it away with the unread rest.
    public var lingerTimeout: Duration = .seconds(2)
    /// Bytes of such a rest that are still read.
    public var lingerBytesMax = 1024 * 1024
    /// The time that a request which has begun to arrive has left once the server is told to stop; after that 503
    /// `shutting-down`.
    public var shutdownReadTimeout: Duration = .seconds(5)
    /// How long a connection without a request stays open once the server is told to stop, for a request on its way.
    public var shutdownIdleTimeout: Duration = .milliseconds(500)
    /// Until a TLS connection is negotiated.
    public var tlsHandshakeTimeout: Duration = .seconds(10)

    /// Open connections: ten thousand streams, and room for everybody else; more wait in the backlog. Each takes a file
    /// descriptor and about 10 KB.
    public var connectionsMax = 12_288
    /// Connections the kernel holds until they are accepted.
    public var backlog = 1024

    public init() {}
}

extension ServerLimits {
    /// Whether the headers of a request over HTTP/2 are within the limits, which its parser does not know. A list of more than
    /// 16 KiB is refused before, by the protocol.
    func allow(_ head: HTTPRequest) -> Bool {
        var bytes = head.path?.utf8.count ?? 0
        guard bytes <= headerBytesMax, head.headerFields.count <= headersCountMax else { return false }
        for field in head.headerFields {
            let size = field.name.rawName.utf8.count + field.value.utf8.count
            guard size <= headerBytesMax else { return false }
            bytes += size
        }
        return bytes <= headersBytesMax
    }
}
