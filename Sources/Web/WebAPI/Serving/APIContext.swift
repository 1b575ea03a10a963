public import Accounts
public import Domain
import Foundation
public import HTTPServer
public import Hummingbird
public import Identity
import Logging
public import NIOCore
import Traces

/// A request's context: its connection and its caller.
public struct APIContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The caller; set by ``Authentication`` from the token or the session, and by nothing else.
    public internal(set) var principal: Principal?
    /// The session that ``principal`` comes of; nil: it comes of a token.
    public internal(set) var session: SecretHash?
    /// Why nobody can say at this moment whose session the request's cookie is of; nil: it has none, or that is known.
    public internal(set) var sessionFault: Problem?
    /// Whether what ``principal`` came with is still good, with the same roles; for answers that go on. Quick, and asks nobody.
    public internal(set) var isStillGood: @Sendable () -> Bool = { true }
    /// What finds the request in the service's log: what its caller calls it, or an id of ours.
    public internal(set) var correlation: String
    private let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        correlation = ""
    }

    /// Has the request's logger say which request it is.
    mutating func setLogMetadata(_ trace: TraceContext?) {
        logger[metadataKey: "hb.request.id"] = nil
        logger[metadataKey: "correlation"] = .string(correlation)
        if let trace { logger[metadataKey: "trace"] = .string(trace.traceID.description) }
    }

    /// The peer's address; nil once the connection is closed.
    public var remoteAddress: SocketAddress? { channel.remoteAddress }

    /// For an answer that goes on: calls `end` when the caller has gone, which it may do long before there is something to write.
    public func whenCallerGoes(_ end: @escaping @Sendable () -> Void) {
        channel.triggerUserOutboundEvent(ConnectionEvent.answerGoesOn, promise: nil)
        channel.closeFuture.whenComplete { _ in end() }
    }

    /// - Throws: ``Problem/Code/unauthenticated``
    public func requirePrincipal() throws(Problem) -> Principal {
        guard let principal else { throw sessionFault ?? .unauthenticated(nil) }
        return principal
    }

    /// For what depends on more than the route, which ``AccessTable`` has.
    ///
    /// - Throws: ``Problem/Code/unauthenticated``, ``Problem/Code/forbidden`` for whoever may not do what the role may, or
    ///   ``Problem/Code/notReady`` where that is not known.
    @discardableResult
    public func require(_ role: Principal.Role) throws(Problem) -> Principal {
        let principal = try requirePrincipal()
        guard try principal.isKnown(as: role) else { throw .forbidden(forAllBut: role) }
        return principal
    }
}

extension Principal {
    /// Whether the caller may do what the role may: for what is decided once and for all.
    ///
    /// - Throws: ``Problem/Code/notReady`` where the caller may not, as far as is known, and their roles on record are not.
    public func isKnown(as role: Role) throws(Problem) -> Bool {
        if mayAct(as: role) { return true }
        guard !hasUnknownRoles else { throw .unknownRoles }
        return false
    }
}

extension Problem {
    static func forbidden(forAllBut role: Principal.Role) -> Problem {
        let who =
            switch role {
            case .user: "a user"
            case .scanner: "a scanner"
            case .supervisor: "a supervisor"
            case .support: "the back office"
            case .organiser: "an organiser"
            case .operator: "an operator"
            case .admin: "an admin"
            }
        return Problem(.forbidden, detail: "Only \(who) may do this.")
    }
}

extension APIContext {
    /// An id from the path, such as `{id}`.
    ///
    /// - Parameter code: what to say where the text can't be an id: that there is no such thing.
    public func pathID<Kind>(
        _ name: String, as type: Identifier<Kind>.Type, orElse code: Problem.Code
    ) throws(Problem) -> Identifier<Kind> {
        // The router leaves the path as it came.
        guard let text = parameters[name[...]].map(String.init),
            let decoded = text.utf8.contains(UInt8(ascii: "%")) ? text.removingPercentEncoding : text,
            let id = Identifier<Kind>(checking: decoded)
        else { throw Problem(code) }
        return id
    }
}
