internal import NIOCore
internal import NIOHTTPTypes

/// Closes a connection as soon as the caller's half of it is closed. Callers that are left without an answer give up by
/// closing theirs, and their connections would else stay until there are no more.
final class CallerWatch: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}
