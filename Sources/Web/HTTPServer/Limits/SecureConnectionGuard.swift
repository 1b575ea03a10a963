import NIOCore
import NIOTLS

/// Closes a TLS connection that does not finish its handshake, or speaks HTTP/2 and stays without a stream.
///
/// Hummingbird waits for a handshake for ever, and asks an idle HTTP/2 client to go without seeing to it that it does.
final class SecureConnectionGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any
    typealias InboundOut = Any

    private let limits: ServerLimits
    private var timeout: Scheduled<Void>?
    private var openStreams = 0
    private var isNegotiated = false
    private var context: ChannelHandlerContext?

    init(limits: ServerLimits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        close(context, in: limits.tlsHandshakeTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timeout?.cancel()
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A server that stops waits for nobody who has yet to say what they want.
        if event is ChannelShouldQuiesceEvent, !isNegotiated { return context.close(promise: nil) }
        if case .handshakeCompleted(let negotiated)? = event as? TLSUserEvent {
            isNegotiated = true
            if negotiated == "h2" {
                close(context, in: limits.idleTimeout + limits.lingerTimeout)
            } else {
                // HTTP/1 has a ConnectionGuard of its own.
                timeout?.cancel()
            }
        }
        context.fireUserInboundEventTriggered(event)
    }

    /// A stream of this connection opened.
    func streamOpened() {
        openStreams += 1
        timeout?.cancel()
    }

    func streamClosed() {
        openStreams -= 1
        if openStreams == 0, let context { close(context, in: limits.idleTimeout + limits.lingerTimeout) }
    }

    private func close(_ context: ChannelHandlerContext, in delay: Duration) {
        timeout?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        timeout = context.eventLoop.scheduleTask(in: TimeAmount(delay)) { bound.value.close(promise: nil) }
    }
}
