import HTTPTypes
import Metrics
import NIOCore
public import RateLimits

/// How many connections each address may have open at once. A proxy that is ours may have any number: they are everybody's.
public struct ConnectionQuota: Sendable {
    private let counts: OpenCounts<AddressGroup>
    private let proxies: TrustedProxies
    private let refusals: Counter

    public init(perAddressMax: Int, proxies: TrustedProxies) {
        counts = OpenCounts(countMax: perAddressMax)
        self.proxies = proxies
        refusals = Counter(label: "http_refused_connections")
    }

    /// Counts a connection until it is closed. False: its address has as many open as it may have.
    func admit(_ channel: any Channel) -> Bool {
        guard let peer = channel.remoteAddress?.ipAddress.flatMap({ IPAddress($0) }), !proxies.contains(peer) else {
            return true
        }
        guard let lease = counts.open(peer.group) else {
            refusals.increment()
            return false
        }
        channel.closeFuture.whenComplete { _ in withExtendedLifetime(lease) {} }
        return true
    }

    /// What a caller is told who has too many connections.
    var refusal: Problem {
        Problem(
            .tooManyRequests, detail: "At most \(counts.countMax) connections of one address are open at once.",
            retryAfterSeconds: 60)
    }
}

/// Answers a connection that is one too many before anything is read from it, and closes it.
final class RefusedConnection: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let problem: Problem
    private let edge: EdgeHeaders
    private let lingerTimeout: Duration

    init(_ problem: Problem, _ edge: EdgeHeaders, lingerTimeout: Duration) {
        self.problem = problem
        self.edge = edge
        self.lingerTimeout = lingerTimeout
    }

    func channelActive(context: ChannelHandlerContext) {
        var response = problem.response(instance: nil, requestID: nil)
        edge.add(to: &response.headers, for: [:])
        var text = "HTTP/1.1 \(response.status)\r\nConnection: close\r\n"
        for field in response.headers { text += "\(field.name): \(field.value)\r\n" }
        var bytes = ByteBuffer(string: text + "\r\n")
        bytes.writeImmutableBuffer(response.body)
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        context.close(mode: .output, promise: nil)
        // Closed at once, it would lose the answer with whatever was sent already.
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: TimeAmount(lingerTimeout)) { bound.value.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
