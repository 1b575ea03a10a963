import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing

/// A TCP connection that sends whatever bytes a test likes.
struct RawConnection: Sendable {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// - Parameter tls: made new for each connection; without it the connection is plain.
    static func open<Result>(
        port: Int, tls: (@Sendable () throws -> NIOSSLClientHandler)? = nil,
        _ body: (inout Session) async throws -> Result
    ) async throws -> Result {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(tls()) }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var session = Session(iterator: inbound.makeAsyncIterator(), outbound: outbound)
            return try await body(&session)
        }
    }

    struct Session {
        var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        private var unread = ""

        init(
            iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
            outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        ) {
            self.iterator = iterator
            self.outbound = outbound
        }

        func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

        /// Everything until the server closes. A reset by the server ends it as well.
        mutating func readToEnd() async throws -> String {
            var text = unread
            unread = ""
            do {
                while let bytes = try await iterator.next() { text += String(buffer: bytes) }
            } catch is IOError {
                return text
            } catch NIOSSLError.uncleanShutdown {
                return text
            }
            return text
        }

        /// One response with a `Content-Length`, or an interim one.
        mutating func readResponse() async throws -> RawResponse {
            while true {
                if let (response, rest) = RawResponse.first(of: unread) {
                    unread = rest
                    return response
                }
                let bytes = try #require(try await iterator.next(), "the server closed after: \(unread)")
                unread += String(buffer: bytes)
            }
        }
    }
}

struct RawResponse {
    var status: Int
    var headers: [String: String]
    var body: String

    static func first(of text: String) -> (RawResponse, rest: String)? {
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        let headers = Dictionary(
            lines.dropFirst().compactMap { line in
                line.firstIndex(of: ":").map {
                    (line[..<$0].lowercased(), line[line.index(after: $0)...].trimmingCharacters(in: .whitespaces))
                }
            }, uniquingKeysWith: { "\($0), \($1)" })
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        let body = text[end.upperBound...].utf8
        guard body.count >= length else { return nil }
        return (
            RawResponse(
                status: status, headers: headers, body: String(decoding: body.prefix(length), as: UTF8.self)),
            String(decoding: body.dropFirst(length), as: UTF8.self)
        )
    }

    /// The `code` of a problem document.
    var code: String? {
        guard headers["content-type"] == "application/problem+json" else { return nil }
        do {
            let document = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
            return document?["code"] as? String
        } catch {
            return nil
        }
    }
}

/// Sends one request and reads one response.
func exchange(
    port: Int, _ method: String = "GET", _ path: String, headers: [String] = [], body: String? = nil
) async throws -> RawResponse {
    try await RawConnection.open(port: port) { session in
        var lines = ["\(method) \(path) HTTP/1.1", "Host: localhost"] + headers
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        try await session.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
        return try await session.readResponse()
    }
}
