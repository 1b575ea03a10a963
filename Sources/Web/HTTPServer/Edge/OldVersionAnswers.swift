import NIOCore
import NIOHTTP1

/// Answers requests of HTTP/1.0, which nginx sends unless it is told otherwise, in that version (RFC 9112, section 2.5): the
/// end of a body without a length is the end of the connection, and there are no interim answers.
///
/// It stands before the codec that drops the version. ``ConnectionGuard`` ends the connection.
final class OldVersionAnswers: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// A request of HTTP/1.0 came: the last of its connection.
    private(set) var isOld = false
    /// All of it came. What follows is not read.
    private var isWhole = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isWhole { return }
        switch unwrapInboundIn(data) {
        case .head(let head): isOld = head.version == .http1_0
        case .body: break
        case .end: isWhole = isOld
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What follows may not even be HTTP.
        if !isWhole { context.fireErrorCaught(error) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isOld, case .head(var head) = unwrapOutboundIn(data) else {
            context.write(data, promise: promise)
            return
        }
        guard head.status.code >= 200 else {
            promise?.succeed()
            return
        }
        head.version = .http1_0
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}
