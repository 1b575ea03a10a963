import DequeModule
import HTTPServer
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// One connection's part of ``FastLanes``.
///
/// It stands behind the connection's limits, so these count every request alike, and before the routes. While an answer
/// of the lane is awaited, what comes behind the request waits here; while one of the routes is, everything goes there.
final class FastLane: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        /// Between requests, or inside one that passes by. → reading
        case open
        /// A request for the lane arrives. → waiting; open, when it passes by after all
        case reading(LaneRequest)
        /// Its answer is on its way; nil: as far as the socket. → open
        case waiting(LaneReply?)
    }

    /// What comes behind a request that waits.
    private enum Held {
        case part(HTTPRequestPart)
        case error(any Error)
        case event(ChannelEvent)
    }

    private let lanes: FastLanes
    private var context: ChannelHandlerContext?
    private var state = State.open
    /// Requests that passed by and are not answered.
    private var passedBy = 0
    private var held = Deque<Held>()
    /// Somebody asked for more while there was enough.
    private var owesRead = false
    /// What is held is being taken, one after the other: an answer that is written at once must not begin anew.
    private var isReleasing = false
    /// A request that passed by was the last of its connection.
    private var isClosing = false
    /// Something passed by in this burst of bytes.
    private var hasPassed = false

    init(_ lanes: FastLanes) { self.lanes = lanes }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        held.removeAll()
        if case .waiting(let reply) = state {
            state = .waiting(nil)
            reply?.end()
        }
    }

    private var isWaiting: Bool {
        guard case .waiting = state else { return false }
        return true
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { take(.part(unwrapInboundIn(data)), context) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { take(.error(error), context) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The end of the input, too, is what came behind a request.
        if let event = event as? ChannelEvent {
            take(.event(event), context)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard hasPassed else { return }
        hasPassed = false
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if held.isEmpty { context.read() } else { owesRead = true }
    }

    private func take(_ next: Held, _ context: ChannelHandlerContext) {
        switch (state, next) {
        case (.waiting, _): held.append(next)
        case (.open, .part(.head(let head))):
            if passedBy == 0, !isClosing, let request = lanes.request(head) {
                state = .reading(request)
            } else {
                passedBy += 1
                isClosing = isClosing || head.headerFields[.connection]?.lowercased() == "close"
                pass(next, context)
            }
        case (.open, _): pass(next, context)
        case (.reading(let request), .part(.body(let bytes))):
            if !request.add(bytes) { passBy(request, context) }
        case (.reading(let request), .part(.end(nil))):
            if let answer = request.answer(lanes.traces) {
                let reply = LaneReply(to: request, of: lanes, on: context.channel) { self.answer($0) }
                state = .waiting(reply)
                switch answer {
                case .now(let response): reply.send(response)
                case .later(let submit): submit(reply)
                }
            } else {
                passBy(request, context)
                pass(next, context)
            }
        case (.reading(let request), _):
            passBy(request, context)
            pass(next, context)
        }
    }

    /// Passes on what came of a request that is for the routes after all.
    private func passBy(_ request: LaneRequest, _ context: ChannelHandlerContext) {
        state = .open
        passedBy += 1
        pass(.part(.head(request.call.head)), context)
        if request.call.body.readableBytes > 0 { pass(.part(.body(request.call.body)), context) }
    }

    private func pass(_ next: Held, _ context: ChannelHandlerContext) {
        switch next {
        case .part(let part):
            hasPassed = true
            context.fireChannelRead(wrapInboundOut(part))
        case .error(let error): context.fireErrorCaught(error)
        case .event(let event): context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { passedBy -= 1 }
        context.write(data, promise: promise)
    }

    /// Answers the request that waits; nobody is there any more where the connection is gone.
    private func answer(_ response: WholeResponse) {
        state = .waiting(nil)
        guard let context else { return }
        let isOut = context.eventLoop.makePromise(of: Void.self)
        let head = HTTPResponse(status: response.status, headerFields: response.headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if response.body.readableBytes > 0 { context.write(wrapOutboundOut(.body(response.body)), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: isOut)
        // Until then the request waits: whoever sends on and on without reading waits, too, and the end of the input must
        // not close a connection that is still written to. Mostly it is now.
        isOut.futureResult.assumeIsolated().whenComplete { _ in
            self.state = .open
            self.release()
        }
    }

    /// Takes what was held, up to the next request that waits.
    private func release() {
        guard let context, !isReleasing else { return }
        isReleasing = true
        while !isWaiting, let next = held.popFirst() { take(next, context) }
        isReleasing = false
        if held.isEmpty, owesRead {
            owesRead = false
            context.read()
        }
        channelReadComplete(context: context)
    }
}
