import NIOCore
import NIOPosix

/// A connection that sends bytes as a test likes, at the pace it likes.
enum RawConnection {

    struct Session {
        fileprivate var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
        fileprivate let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        /// What came and was not taken yet.
        private(set) var unread = ""

        fileprivate init(
            _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
        ) {
            self.inbound = inbound.makeAsyncIterator()
            self.outbound = outbound
        }

        func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

        /// A request line and headers; `Host` is added.
        func send(_ lines: [String]) async throws {
            try await send((lines + ["Host: localhost", "", ""]).joined(separator: "\r\n"))
        }

        /// All that comes until the node hangs up.
        mutating func readToEnd() async throws -> String {
            do {
                while let bytes = try await inbound.next() { unread += String(buffer: bytes) }
            } catch is IOError {
                // Hung up the hard way.
            }
            defer { unread = "" }
            return unread
        }

        /// One answer with a body of announced length.
        mutating func readAnswer() async throws -> String {
            while true {
                if let end = unread.firstRange(of: "\r\n\r\n")?.upperBound {
                    let line = unread[..<end].split(separator: "\r\n").first {
                        $0.lowercased().hasPrefix("content-length:")
                    }
                    let length = line.flatMap { Int($0.split(separator: " ")[1]) } ?? 0
                    if unread[end...].utf8.count >= length {
                        let last = unread.utf8.index(end, offsetBy: length)
                        defer { unread = String(unread[last...]) }
                        return String(unread[..<last])
                    }
                }
                guard let bytes = try await inbound.next() else { return unread }
                unread += String(buffer: bytes)
            }
        }
    }

    static func open<R>(to node: Node, _ body: (inout Session) async throws -> R) async throws -> R {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: node.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var session = Session(inbound, outbound)
            return try await body(&session)
        }
    }

    /// Sends a request without a body and returns the answer as it came.
    static func exchange(with node: Node, _ lines: String...) async throws -> String {
        try await open(to: node) { session in
            try await session.send(lines)
            return try await session.readAnswer()
        }
    }
}
