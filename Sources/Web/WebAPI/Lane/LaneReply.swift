import Domain
import Foundation
public import HTTPServer
import HTTPTypes
import Hummingbird
import Identity
import Logging
public import NIOCore
import RateLimits
import Traces

/// Where the answer to a request of the fast lane goes, once; belongs to the connection's event loop.
///
/// The request is counted and timed here, whether or not its caller is still there.
public final class LaneReply {
    /// The path that was asked for.
    public var path: String { request.call.path }
    /// What finds the request in the service's log.
    public var requestID: String { request.correlation ?? id.description }
    public var eventLoop: any EventLoop { channel.eventLoop }

    private let channel: any Channel
    private let id = RequestID()
    private let request: LaneRequest
    private let lanes: FastLanes
    private let began = ContinuousClock.now
    private let write: (WholeResponse) -> Void
    /// The request is answered, or its caller gone.
    private var isOver = false
    /// What is left to do then.
    private var over: (() -> Void)?

    /// - Parameter write: writes the response to the connection.
    init(
        to request: LaneRequest, of lanes: FastLanes, on channel: any Channel,
        write: @escaping (WholeResponse) -> Void
    ) {
        self.request = request
        self.lanes = lanes
        self.channel = channel
        self.write = write
        lanes.metrics.begin()
    }

    /// Calls `body` on the event loop when the request is answered, or when its caller is gone; at once where that is so. A
    /// caller who is gone must be answered all the same.
    public func whenOver(_ body: @escaping () -> Void) {
        precondition(over == nil, "what waits for an answer is ended once")
        if isOver { body() } else { over = body }
    }

    /// The request is answered, or its caller gone.
    func end() {
        isOver = true
        let over = over
        self.over = nil
        over?()
    }

    /// Answers the request.
    ///
    /// - Parameter problem: what the response is made of; nil: the request was done.
    public func send(_ response: WholeResponse, _ problem: Problem.Code? = nil) {
        eventLoop.assertInEventLoop()
        end()
        var response = response
        response.headers.keepLaterCookie(of: request.call.head.headerFields)
        if let caller = request.call.principal, caller.isStaff { audit(response, problem, by: caller) }
        lanes.edge.add(to: &response.headers, for: request.call.head.headerFields)
        if let given = request.correlation { response.headers[.requestID] = given }
        response.headers[.date] = HTTPDate.now()
        let span = request.call.span
        let template = request.route.path.template
        span?.end(route: template, request.route.method, response.status, command: response.headers[.commandID])
        let traceID =
            lanes.traces == nil
            ? TraceParent.sampledTraceID(request.call.head.headerFields) : span?.trace.traceID.description
        lanes.metrics.record(
            route: template, request.route.method, path: path, traceID: traceID, response.status,
            began.duration(to: .now), logger(for: response))
        lanes.metrics.end()
        write(response)
    }

    private func audit(_ response: WholeResponse, _ problem: Problem.Code?, by caller: Principal) {
        guard request.route.method.changesSomething, let audit = lanes.audit else { return }
        let address = audit.proxies.caller(channel.remoteAddress, request.call.head.headerFields)
        audit.record(
            AuditEntry(
                .staffAction, caller: caller.userID.rawValue, role: caller.role.rawValue,
                address: address?.description, method: request.route.method.rawValue,
                route: request.route.path.template,
                commandID: response.headers[.commandID], status: response.status.code, reason: problem?.name))
    }

    /// With what the request is known by, where anybody will see it.
    private func logger(for response: WholeResponse) -> Logger {
        var logger = lanes.logger
        guard logger.logLevel <= .debug else { return logger }
        logger[metadataKey: "correlation"] = .string(requestID)
        if let trace = request.call.span?.trace { logger[metadataKey: "trace"] = .string(trace.traceID.description) }
        if let command = response.headers[.commandID] { logger[metadataKey: "command"] = .string(command) }
        return logger
    }
}
