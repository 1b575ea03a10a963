import DequeModule
import HTTPServer
import HTTPTypes
import Hummingbird
public import NIOCore
import NIOHTTPTypes
import RateLimits

/// Stands behind a connection's deadlines and before the fast lane, and lets requests in by ``RequestLimits``. So neither
/// the lane nor the router knows of limits, and both answer alike.
///
/// A request is decided by its head, before any of its body is kept. A refused one is answered after those before it. If its
/// body is short, it is dropped as it arrives, and the connection goes on; if it is long, or its caller waits for a go-ahead,
/// the answer comes at once and the connection ends.
final class RateGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Bytes of a refused request's body that are waited for.
    private static let droppedBytesMax = 64 * 1024

    private struct Refusal {
        var response: WholeResponse
        var bodyBytes = 0
        /// The caller said that the request is the last of its connection.
        var isLast = false
    }

    private enum State {
        /// Requests pass. → dropping, waiting
        case open
        /// The body of a refused request arrives. → waiting
        case dropping(Refusal)
        /// The refusal waits for the answers before it. → answering
        case waiting(Refusal, isWhole: Bool)
        /// The refusal is on its way to the socket. → open; deaf, where the request did not end
        case answering
        /// The connection is told that it ends; what still comes is for nobody.
        case deaf
    }

    /// What comes behind a refused request.
    private enum Held {
        case part(HTTPRequestPart)
        case error(any Error)
        case event(ChannelEvent)
    }

    private let limits: RequestLimits
    private var context: ChannelHandlerContext?
    private var state = State.open
    /// Of the requests that passed and have no answer yet, in order; nil: nothing limits that one.
    private var standings = Deque<RequestLimits.Standing?>()
    /// Requests that passed and whose answer has not ended.
    private var unanswered = Deque<RequestLimits.Admission>()
    private var held = Deque<Held>()
    /// Somebody asked for more while there was enough.
    private var owesRead = false
    /// What is held is being taken, one after the other.
    private var isReleasing = false
    private var peer: IPAddress?

    init(_ limits: RequestLimits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        held.removeAll()
        unanswered.removeAll()
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

    func read(context: ChannelHandlerContext) {
        if held.isEmpty { context.read() } else { owesRead = true }
    }

    private func take(_ next: Held, _ context: ChannelHandlerContext) {
        switch (state, next) {
        case (.waiting, _), (.answering, _): held.append(next)
        case (.deaf, .event), (.open, .part(.body)), (.open, .part(.end)), (.open, .error), (.open, .event):
            pass(next, context)
        case (.deaf, _): break
        case (.open, .part(.head(let head))):
            switch limits.judge(head, from: peer(context)) {
            case .admitted(let admission):
                standings.append(admission.standing)
                unanswered.append(admission)
                pass(next, context)
            case .refused(let problem): refuse(head, problem)
            }
        case (.dropping(var refusal), .part(.body(let bytes))):
            refusal.bodyBytes += bytes.readableBytes
            if refusal.bodyBytes <= Self.droppedBytesMax {
                state = .dropping(refusal)
            } else {
                conclude(refusal, isWhole: false)
            }
        case (.dropping(let refusal), .part(.end)): conclude(refusal, isWhole: true)
        case (.dropping(let refusal), .part(.head)), (.dropping(let refusal), .error):
            // The rest is too late, or no HTTP.
            conclude(refusal, isWhole: false)
        case (.dropping(let refusal), .event):
            conclude(refusal, isWhole: false)
            take(next, context)
        }
    }

    private func refuse(_ head: HTTPRequest, _ problem: Problem) {
        let path = head.path.map { String($0.prefix { $0 != "?" }) }
        var response = problem.response(
            instance: path, requestID: CorrelationID.given(head.headerFields) ?? RequestID().description)
        limits.edge.add(to: &response.headers, for: head.headerFields)
        response.headers[.date] = HTTPDate.now()
        if head.method == .head { response.body.clear() }
        let fields = head.headerFields
        let isLast = fields[.connection]?.lowercased() == "close"
        if isLast { response.headers[.connection] = "close" }
        let announced = fields[.contentLength].flatMap { Int($0) } ?? 0
        if fields[.expect] != nil || announced > Self.droppedBytesMax {
            conclude(Refusal(response: response, isLast: isLast), isWhole: false)
        } else {
            state = .dropping(Refusal(response: response, isLast: isLast))
        }
    }

    private func pass(_ next: Held, _ context: ChannelHandlerContext) {
        switch next {
        case .part(let part): context.fireChannelRead(wrapInboundOut(part))
        case .error(let error): context.fireErrorCaught(error)
        case .event(let event): context.fireUserInboundEventTriggered(event)
        }
    }

    private func peer(_ context: ChannelHandlerContext) -> IPAddress? {
        if peer == nil { peer = context.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) } }
        return peer
    }

    // MARK: Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.kind != .informational:
            if let admission = unanswered.first { limits.answered(admission, head) }
            if let standing = standings.popFirst(), let standing {
                head.headerFields.set(standing)
                context.write(wrapOutboundOut(.head(head)), promise: promise)
            } else {
                context.write(data, promise: promise)
            }
        case .end:
            context.write(data, promise: promise)
            _ = unanswered.popFirst()
            if unanswered.isEmpty, case .waiting(let refusal, let isWhole) = state { answer(refusal, isWhole: isWhole) }
        case .head, .body: context.write(data, promise: promise)
        }
    }

    /// Nothing more of the refused request is waited for.
    private func conclude(_ refusal: Refusal, isWhole: Bool) {
        if unanswered.isEmpty {
            answer(refusal, isWhole: isWhole)
        } else {
            state = .waiting(refusal, isWhole: isWhole)
        }
    }

    private func answer(_ refusal: Refusal, isWhole: Bool) {
        state = .answering
        guard let context else { return }
        let response = refusal.response
        let isOut = context.eventLoop.makePromise(of: Void.self)
        let head = HTTPResponse(status: response.status, headerFields: response.headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if response.body.readableBytes > 0 { context.write(wrapOutboundOut(.body(response.body)), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: isOut)
        // Until then what follows waits: whoever sends on and on without reading waits, too.
        isOut.futureResult.assumeIsolated().whenComplete { _ in
            self.state = isWhole && !refusal.isLast ? .open : .deaf
            if refusal.isLast { self.context?.close(mode: .output, promise: nil) }
            self.release()
        }
    }

    /// Takes what was held, up to the next refused request.
    private func release() {
        guard let context, !isReleasing else { return }
        isReleasing = true
        while isTaking, let next = held.popFirst() { take(next, context) }
        isReleasing = false
        if held.isEmpty, owesRead {
            owesRead = false
            context.read()
        }
        context.fireChannelReadComplete()
    }

    private var isTaking: Bool {
        switch state {
        case .waiting, .answering: false
        case .open, .dropping, .deaf: true
        }
    }
}

extension RequestLimits {
    /// A handler for a connection of HTTP/1, or a stream of HTTP/2; it stands before the fast lane's.
    public func makeHandler() -> any RemovableChannelHandler { RateGate(self) }
}
