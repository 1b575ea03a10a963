public import Domain
import HTTPServer
public import HTTPTypes
public import Hummingbird
import Identity
import NIOCore
import RateLimits

extension AuditLog {
    /// Records an answered request if it is one that the audit log has: whatever staff changed.
    func answered(_ request: Request, _ context: APIContext, _ response: Response) {
        guard let caller = context.principal, caller.isStaff, request.method.changesSomething else { return }
        record(
            .staffAction, request, context, commandID: response.headers[.commandID], status: response.status,
            reason: nil)
    }

    /// Records a refused request if it is one that the audit log has.
    func refused(_ request: Request, _ context: APIContext, _ problem: Problem) {
        guard let event = AuditEntry.Event(problem, of: request, by: context.principal) else { return }
        // What is said of other refusals may be about the caller.
        let explains = event != .staffAction
        record(
            event, request, context, commandID: problem.headers[.commandID], status: problem.status,
            reason: explains ? problem.description : problem.code.name)
    }

    /// Records a login that was refused.
    ///
    /// - Parameter reason: a code or a fixed sentence, with nothing that the caller sent.
    public func loginRefused(_ request: Request, _ context: APIContext, status: HTTPResponse.Status, reason: String) {
        record(.loginRefused, request, context, commandID: nil, status: status, reason: reason)
    }

    /// Records what an account's holder did with it.
    ///
    /// - Parameter account: whose; nil: the caller's.
    public func accountChanged(
        _ event: AuditEntry.Event, of account: UserID?, _ request: Request, _ context: APIContext,
        status: HTTPResponse.Status, reason: String
    ) {
        var context = context
        if let account { context.principal = Principal(userID: account, role: .user) }
        record(event, request, context, commandID: nil, status: status, reason: reason)
    }

    private func record(
        _ event: AuditEntry.Event, _ request: Request, _ context: APIContext, commandID: String?,
        status: HTTPResponse.Status, reason: String?
    ) {
        record(
            AuditEntry(
                event, caller: context.principal?.userID.rawValue, role: context.principal?.role.rawValue,
                address: proxies.caller(context.remoteAddress, request.headers)?.description,
                method: request.method.rawValue, route: context.endpointPath,
                commandID: commandID, status: status.code, reason: reason))
    }
}

extension AuditEntry.Event {
    /// Nil: the audit log has nothing of such a refusal.
    fileprivate init?(_ problem: Problem, of request: Request, by caller: Principal?) {
        switch problem.code {
        case .unauthenticated: self = request.headers.contains(.authorization) ? .tokenRefused : .tokenMissing
        case .invalidSignature: self = .webhookForged
        default:
            if problem.status == .forbidden {
                self = .forbidden
            } else if let caller, caller.isStaff, request.method.changesSomething {
                self = .staffAction
            } else {
                return nil
            }
        }
    }
}

extension Principal {
    /// May do more than a user.
    var isStaff: Bool { role != .user }
}

extension HTTPRequest.Method {
    /// RFC 9110, section 9.2.1: the others are safe.
    var changesSomething: Bool { self != .get && self != .head && self != .options }
}
