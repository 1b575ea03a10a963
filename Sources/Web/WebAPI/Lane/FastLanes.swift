public import Accounts
public import HTTPServer
import HTTPTypes
public import Identity
public import Logging
public import NIOCore
public import Traces

/// The fast lane for frequent requests: one that is plainly in order is read and answered on its connection's event loop,
/// without a task. Everything else passes by as it came, and has one way to go: the router's.
///
/// A plain request has headers of a closed list, each once, a token that was verified before, and a short body. Its answer
/// is the same as on the router's way, byte for byte. A session's cookie is the router's to look at.
public final class FastLanes: Sendable {
    /// Bytes of a body that is read here; the plainest holds have 15 to 200.
    static let bodyBytesMax = 4_096

    let metrics: RequestMetrics
    let edge: EdgeHeaders
    let audit: AuditLog?
    let traces: SpanRecorder?
    let logger: Logger
    private let authenticator: Authenticator
    private let sessionCookie: SessionCookie?
    private let routes: [LaneRoute]

    /// - Parameters:
    ///   - routes: the router has each of them, too.
    ///   - sessionCookie: the one that may stand for a caller; nil: none does.
    ///   - metrics: counts the requests, whichever way they take.
    ///   - edge: the headers that the router's answers have, too.
    ///   - audit: told of what staff does; what the lane would refuse, it leaves to the router. Nil: nothing is recorded.
    ///   - traces: where requests' spans go; nil: nothing is traced.
    public init(
        _ routes: [LaneRoute], authenticator: Authenticator, sessionCookie: SessionCookie? = nil,
        metrics: RequestMetrics, edge: EdgeHeaders = EdgeHeaders(),
        audit: AuditLog? = nil, traces: SpanRecorder? = nil, logger: Logger
    ) {
        self.traces = traces
        self.routes = routes
        self.sessionCookie = sessionCookie
        self.authenticator = authenticator
        self.metrics = metrics
        self.edge = edge
        self.audit = audit
        self.logger = logger
    }

    /// A handler for a connection of HTTP/1, or a stream of HTTP/2.
    public func makeHandler() -> any RemovableChannelHandler { FastLane(self) }

    /// What the head of a request is the beginning of; nil: it passes by.
    func request(_ head: HTTPRequest) -> LaneRequest? {
        guard let path = head.path else { return nil }
        for route in routes where route.method == head.method {
            if let ids = route.path.ids(in: path) {
                return LaneRequest(head, path: path, ids, route, authenticator, sessionCookie)
            }
        }
        return nil
    }
}

/// A request that is for the lane as far as its head tells; belongs to the connection's event loop.
///
/// A class, since it goes from hand to hand: each copy of what is in it would count a dozen references up and down.
final class LaneRequest {
    let route: LaneRoute
    private(set) var call: LaneRoute.Call
    /// What the caller calls the request; nil: nothing.
    let correlation: String?
    private let traceParent: String?
    private let traceState: String?
    /// Bytes that the body was said to have.
    private let bodyBytes: Int

    fileprivate init?(
        _ head: HTTPRequest, path: String, _ ids: (first: String, second: String), _ route: LaneRoute,
        _ authenticator: Authenticator, _ sessionCookie: SessionCookie?
    ) {
        var token: Substring?
        var mayHaveSession = false
        var bodyBytes: Int?
        var hasType = false
        var admission: String?
        var correlation: String?
        var traceParent: String?
        var traceState: String?
        for field in head.headerFields {
            switch field.name.canonicalName {
            case "authorization":
                guard token == nil, field.value.utf8.starts(with: "Bearer ".utf8) else { return nil }
                token = field.value.dropFirst(7)
            case "content-length":
                guard bodyBytes == nil, let count = Int(field.value) else { return nil }
                bodyBytes = count
            case "content-type":
                guard !hasType, field.value == "application/json" else { return nil }
                hasType = true
            case "connection": guard field.value == "keep-alive" || field.value == "Keep-Alive" else { return nil }
            case "admission":
                guard route.takesAdmission, admission == nil else { return nil }
                admission = field.value
            case "prefer": guard route.waits else { return nil }
            case "cookie":
                if let sessionCookie, CookieHeader.mayName(sessionCookie.name, in: field.value) {
                    mayHaveSession = true
                }
            case "accept", "accept-encoding", "accept-language", "host", "idempotency-key", "if-none-match",
                "last-seen-sequence", "user-agent",
                // What browsers tell of themselves and of the page.
                "origin", "priority", "referer", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform",
                "sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site":
                break
            // A header that comes twice is two lines to the router, which make no good one.
            case "traceparent": traceParent = traceParent == nil ? field.value : ""
            case "tracestate": traceState = traceState.map { "\($0),\(field.value)" } ?? field.value
            case "x-correlation-id", "x-request-id":
                guard correlation == nil, let text = CorrelationID.checked(field.value) else { return nil }
                correlation = text
            // It may change what the request means.
            default: return nil
            }
        }
        guard route.hasBody ? (1...FastLanes.bodyBytesMax).contains(bodyBytes ?? 0) : bodyBytes ?? 0 == 0 else {
            return nil
        }
        var principal: Principal?
        if let token {
            principal = authenticator.remembered(token: String(token))
            if principal == nil { return nil }
        } else if mayHaveSession {
            return nil
        }
        // Whose the thing is that the request is about has to be looked up.
        if principal?.isBound == true { return nil }
        if let role = route.role, principal?.mayAct(as: role) != true { return nil }
        self.correlation = correlation
        self.traceParent = traceParent
        self.traceState = traceState
        self.route = route
        self.bodyBytes = bodyBytes ?? 0
        call = LaneRoute.Call(
            head: head, path: path, id: ids.first, innerID: ids.second, principal: principal, body: ByteBuffer(),
            admission: admission)
    }

    /// Takes a part of the body; false: it is longer than was said.
    func add(_ part: ByteBuffer) -> Bool {
        if call.body.readableBytes == 0 { call.body = part } else { call.body.writeImmutableBuffer(part) }
        return call.body.readableBytes <= bodyBytes
    }

    /// What becomes of the whole request; nil: it passes by.
    ///
    /// - Parameter traces: where its span begins, if it is traced.
    func answer(_ traces: SpanRecorder?) -> LaneRoute.Answer? {
        guard call.body.readableBytes == bodyBytes else { return nil }
        call.span = traces?.startRequest(traceParent: traceParent, traceState: traceState)
        let answer = route.answer(call)
        // What passes by begins its span at the router.
        if answer == nil, let span = call.span { traces?.withdraw(span) }
        return answer
    }
}
