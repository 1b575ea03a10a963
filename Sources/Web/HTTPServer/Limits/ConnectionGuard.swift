import HTTPTypes
import Metrics
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// What a connection is told of the request that it answers.
public enum ConnectionEvent: Sendable {
    /// The answer has no end of its own: a caller that closes its half of the connection wants no more of it.
    case answerGoesOn
}

/// Keeps one connection (of HTTP/1) or one stream (of HTTP/2) within its deadlines, see ``ConnectionPace``, and answers
/// where no route can: a request that can't be parsed, whose headers never end, or that breaks a rule of HTTP which the parsers
/// below do not know, still gets a problem document.
///
/// Hummingbird's own handler sees neither dripping headers nor a dripping body, and reads on after an early answer for
/// as long as the caller cares to send.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let malformed = Counter(label: "http_malformed_requests")

    private let edge: EdgeHeaders
    private var pace: ConnectionPace
    private var wakeUp: (at: NIODeadline, task: Scheduled<Void>)?
    private var isStream = false
    /// The guard of the connection that this is a stream of.
    private var connection: SecureConnectionGuard?
    /// Whether this burst of bytes completed any part of a request.
    private var sawPart = false
    /// Whether the caller waits for a go-ahead before it sends the body.
    private var expectsContinue = false
    /// Whether what follows this request is not HTTP, or not ours to read.
    private var endsConnection = false
    private var isHeld = false
    /// Whether the caller has closed its half of the connection.
    private var hasCallerFinished = false
    /// Whether nothing is left to do once it has.
    private var endsWithCaller = false
    /// The problem to send in place of the bare 400 with which Hummingbird answers a request that it can't parse.
    private var refusal: Problem?
    /// The request that breaks a rule has come; nothing that follows is passed on.
    private var isRefused = false
    /// Knows the version of the requests; nil: this is a stream of HTTP/2.
    private var versions: OldVersionAnswers?

    /// - Parameter edge: the headers of what is refused here.
    init(limits: ServerLimits, edge: EdgeHeaders) {
        self.edge = edge
        pace = ConnectionPace(limits: limits, now: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        // A connection's parent is the listening socket; a stream's parent is a connection, which has one itself.
        if let parent = context.channel.parent, parent.parent != nil {
            isStream = true
            do {
                connection = try parent.pipeline.syncOperations.handler(type: SecureConnectionGuard.self)
            } catch {
                // HTTP/2 without TLS; such a connection bounds itself.
            }
            connection?.streamOpened()
        } else {
            addVersions(context)
        }
        arm(context)
    }

    private func addVersions(_ context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        let versions = OldVersionAnswers()
        do {
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandler(versions, position: .before(codec))
            self.versions = versions
        } catch {
            preconditionFailure("a connection of HTTP/1 has a codec: \(error)")
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        wakeUp?.task.cancel()
        wakeUp = nil
        connection?.streamClosed()
        connection = nil
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if pace.isFinished { return }
        sawPart = true
        let part = unwrapInboundIn(data)
        if isRefused { return drop(part, context) }
        switch part {
        case .head(let head):
            pace.headersArrived(now: .now())
            if let problem = inspect(head) { return refuse(problem, context) }
            context.fireChannelRead(data)
        case .body(let bytes):
            expectsContinue = false
            pace.bodyArrived(bytes: bytes.readableBytes)
            if pace.isDeaf { isHeld = true }
            context.fireChannelRead(data)
        case .end:
            expectsContinue = false
            // After CONNECT or an upgrade the parser keeps what comes in a buffer without a bound.
            if endsConnection, versions?.isOld != true { isHeld = true }
            let isDone = pace.requestEnded()
            context.fireChannelRead(data)
            if isDone { context.close(promise: nil) }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !sawPart { pace.bytesArrived(now: .now()) }
        sawPart = false
        if expectsContinue, pace.unanswered == 1 {
            expectsContinue = false
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
        arm(context)
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if !isHeld { context.read() }
    }

    /// Hummingbird's own handler would close a connection at once where no whole request has come, and tell nobody whose
    /// request is answered that it is the last.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            pace.stop(now: .now())
            arm(context)
            return
        }
        context.fireUserInboundEventTriggered(event)
        guard event as? ChannelEvent == .inputClosed else { return }
        hasCallerFinished = true
        if pace.isFinished || endsWithCaller { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError, refusal == nil {
            Self.malformed.increment()
            refusal =
                error == .headerOverflow
                ? Problem(.requestHeadersTooLarge) : Problem(.invalidRequest, detail: "The request is not valid HTTP.")
            pace.abandon()
        }
        context.fireErrorCaught(error)
    }

    /// Notes what the request means for its connection; returns what is wrong with it, if anything is.
    private func inspect(_ head: HTTPRequest) -> Problem? {
        if head.method == .connect { endsConnection = true }
        let isOld = versions?.isOld ?? false
        if isOld { endsConnection = true }
        var hosts: [String] = []
        var isFramedTwice = false
        for field in head.headerFields {
            if field.name == .upgrade, !isStream { endsConnection = true }
            if field.name == .expect, field.value.lowercased() == "100-continue" { expectsContinue = !isOld }
            if field.name.canonicalName == "host" { hosts.append(field.value) }
            if isOld, field.name == .transferEncoding { isFramedTwice = true }
        }
        if isStream, !pace.limits.allow(head) { return Problem(.requestHeadersTooLarge) }
        guard RequestHost.isClear(head.authority, others: hosts, isStream: isStream, isOld: isOld) else {
            return Problem(
                .invalidRequest,
                detail: "A request names its host once, as a name or an address, with a port or without.")
        }
        return isFramedTwice ? Problem(.invalidRequest, detail: "HTTP/1.0 has no Transfer-Encoding.") : nil
    }

    /// Answers a request that no route is to see, after those before it; then the connection, or the stream, ends.
    private func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
        Self.malformed.increment()
        isRefused = true
        expectsContinue = false
        guard isStream else {
            refusal = problem
            pace.abandon()
            // Hummingbird answers it in its turn, and ``write(context:data:promise:)`` says what.
            return context.fireErrorCaught(HTTPParserError.unknown)
        }
        write(problem, to: context, nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // The stream ends with its request. Closing it now would take the answer back.
        pace.abandon()
        pace.answerEnded(now: .now())
    }

    /// Takes what comes behind a request that is refused.
    private func drop(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head: break
        case .body(let bytes):
            pace.bodyArrived(bytes: bytes.readableBytes)
            if pace.isDeaf { isHeld = true }
        case .end: if pace.lingerSince != nil, !isStream { context.close(promise: nil) }
        }
    }

    // MARK: Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard pace.lingerSince == nil else {
            // Hummingbird answers an unparsable rest of a request that was answered already.
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.kind != .informational:
            if pace.isAnsweringLast { pace.lastAnswerBegan() }
            if let refusal, Self.isBareRefusal(head) {
                write(refusal, to: context, promise)
            } else if !isStream, endsConnection || pace.isAnsweringEarly || pace.isFinished {
                head.headerFields[.connection] = "close"
                context.write(wrapOutboundOut(.head(head)), promise: promise)
            } else {
                context.write(data, promise: promise)
            }
        case .end:
            endsWithCaller = false
            pace.answerEnded(now: .now())
            context.write(data, promise: promise)
            if endsConnection, pace.unanswered == 0 {
                context.flush()
                context.close(promise: nil)
            } else if pace.isFinished, pace.unanswered == 0 {
                // Closing the input as well would lose the answer, should another request be unread in the socket.
                context.flush()
                context.close(mode: .output, promise: nil)
            }
            arm(context)
        case .head, .body:
            context.write(data, promise: promise)
        }
    }

    /// Whether the head is the one that `HTTPChannelHandler` writes for a parser's error; no route writes such a head.
    private static func isBareRefusal(_ head: HTTPResponse) -> Bool {
        head.status == .badRequest && head.headerFields[.contentLength] == "0"
            && head.headerFields[.connection] == "close"
    }

    private func write(_ refusal: Problem, to context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let body = ByteBuffer(bytes: refusal.document(instance: nil))
        var head = HTTPResponse(
            status: refusal.status,
            headerFields: [
                .contentType: Problem.contentType, .cacheControl: "no-store",
                .contentLength: String(body.readableBytes),
            ])
        if !isStream { head.headerFields[.connection] = "close" }
        edge.add(to: &head.headerFields, for: [:])
        if let seconds = refusal.retryAfterSeconds { head.headerFields[.retryAfter] = String(seconds) }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(body)), promise: promise)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let event = event as? ConnectionEvent else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        switch event {
        case .answerGoesOn:
            // A stream of HTTP/2 has had its request when its caller's half ends; it is reset by a caller that goes.
            endsWithCaller = !isStream
            if endsWithCaller, hasCallerFinished { context.close(promise: nil) }
            promise?.succeed()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        pace.writabilityChanged(context.channel.isWritable, now: .now())
        arm(context)
        context.fireChannelWritabilityChanged()
    }

    // MARK: Time

    /// Makes sure of being woken at the next deadline. A wake-up that comes too early does no harm and is kept: a
    /// request that is quicker than its deadlines costs no timer.
    private func arm(_ context: ChannelHandlerContext) {
        guard let (deadline, _) = pace.deadline else { return }
        if let wakeUp {
            guard deadline < wakeUp.at else { return }
            wakeUp.task.cancel()
        }
        let guardian = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let task = context.eventLoop.scheduleTask(deadline: deadline) {
            let (handler, context) = guardian.value
            handler.wake(context)
        }
        wakeUp = (deadline, task)
    }

    private func wake(_ context: ChannelHandlerContext) {
        wakeUp = nil
        guard let (deadline, expiry) = pace.deadline, deadline <= .now() else {
            arm(context)
            return
        }
        switch expiry {
        case .idle, .writeStall, .linger:
            context.close(promise: nil)
        case .headers:
            refusal =
                pace.isStopping
                ? Problem(.shuttingDown, retryAfterSeconds: 1)
                : Problem(.requestTimeout, detail: "The headers did not arrive in time.")
            pace.abandon()
            // The one error that Hummingbird answers by itself where there is no request yet.
            context.fireErrorCaught(HTTPParserError.unknown)
        case .body:
            pace.abandon()
            // Whoever reads the body gets it, and answers.
            context.fireErrorCaught(pace.isStopping ? RequestBodyCutOff.shutdown : .timeout)
        }
    }
}
