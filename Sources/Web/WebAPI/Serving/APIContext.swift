public import Domain
import Foundation
public import HTTPServer
public import Hummingbird
public import Identity
public import NIOCore

/// What a request carries from layer to layer.
public struct APIContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// Who is asking; set by ``Authentication`` from the token, and by nothing else.
    public internal(set) var principal: Principal?
    private let channel: any Channel

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Where the connection comes from; nil where it is gone.
    public var remoteAddress: SocketAddress? { channel.remoteAddress }

    /// - Throws: ``Problem/Code/unauthenticated``
    public func requirePrincipal() throws(Problem) -> Principal {
        guard let principal else { throw .unauthenticated(nil) }
        return principal
    }

    /// - Throws: ``Problem/Code/unauthenticated``, or ``Problem/Code/forbidden`` for everybody but admins.
    public func requireAdmin() throws(Problem) -> Principal {
        let principal = try requirePrincipal()
        guard principal.role == .admin else {
            throw Problem(.forbidden, detail: "Only an admin may do this.")
        }
        return principal
    }

    /// - Throws: ``Problem/Code/unauthenticated``, or ``Problem/Code/forbidden`` for everybody but scanners and admins.
    public func requireScanner() throws(Problem) -> Principal {
        let principal = try requirePrincipal()
        guard principal.role == .scanner || principal.role == .admin else {
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
