public import Accounts
public import Domain
import Foundation
public import HTTPServer
public import Hummingbird
public import Identity
public import NIOCore

/// A request's context: its connection and its caller.
public struct APIContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The caller; set by ``Authentication`` from the token or the session, and by nothing else.
    public internal(set) var principal: Principal?
    /// The session that ``principal`` comes of; nil: it comes of a token.
    public internal(set) var session: SecretHash?
    /// Why nobody can say at this moment whose session the request's cookie is of; nil: it has none, or that is known.
    public internal(set) var sessionFault: Problem?
    /// Whether what ``principal`` came with is still good; for answers that go on. Quick, and asks nobody.
    public internal(set) var isStillGood: @Sendable () -> Bool = { true }
    private let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// The peer's address; nil once the connection is closed.
    public var remoteAddress: SocketAddress? { channel.remoteAddress }

    /// - Throws: ``Problem/Code/unauthenticated``
    public func requirePrincipal() throws(Problem) -> Principal {
        guard let principal else { throw sessionFault ?? .unauthenticated(nil) }
        return principal
    }

    /// - Throws: ``Problem/Code/unauthenticated``, or ``Problem/Code/forbidden`` for everybody but admins.
    public func requireAdmin() throws(Problem) -> Principal {
        let principal = try requirePrincipal()
        guard principal.mayAct(as: .admin) else {
            throw Problem(.forbidden, detail: "Only an admin may do this.")
        }
        return principal
    }

    /// - Throws: ``Problem/Code/unauthenticated``, or ``Problem/Code/forbidden`` for everybody but supervisors and admins.
    public func requireSupervisor() throws(Problem) -> Principal {
        let principal = try requirePrincipal()
        guard principal.mayAct(as: .supervisor) else {
            throw Problem(.forbidden, detail: "Only a supervisor may do this.")
        }
        return principal
    }

    /// - Throws: ``Problem/Code/unauthenticated``, or ``Problem/Code/forbidden`` for everybody but support and admins.
    public func requireSupport() throws(Problem) -> Principal {
        let principal = try requirePrincipal()
        guard principal.mayAct(as: .support) else {
            throw Problem(.forbidden, detail: "Only the back office may do this.")
        }
        return principal
    }

    /// - Throws: ``Problem/Code/unauthenticated``, or ``Problem/Code/forbidden`` for everybody but scanners and admins.
    public func requireScanner() throws(Problem) -> Principal {
        let principal = try requirePrincipal()
        guard principal.mayAct(as: .scanner) else {
            throw Problem(.forbidden, detail: "Only a scanner may do this.")
        }
        return principal
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
