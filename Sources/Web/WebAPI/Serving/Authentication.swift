import Accounts
import HTTPServer
public import Hummingbird
public import Identity

/// Middleware that puts the caller into the context: the one whom the token names (see ``Authenticator``), or without a token
/// the one whose session the cookie is of (see ``CookieSessions``). It tells the audit log of what it and the routes behind it
/// refuse, and of what staff does.
public struct Authentication: RouterMiddleware {
    public typealias Context = APIContext

    private let authenticator: Authenticator
    private let sessions: CookieSessions?
    private let requiresCaller: Bool
    private let audit: AuditLog?
    private let authorization: Authorization

    /// - Parameters:
    ///   - requiresToken: whether a request without a caller is refused here; otherwise it goes on without a principal. A
    ///     token that is not good is refused in either case; a cookie of no session is dropped.
    ///   - sessions: nil: the instance has no accounts.
    ///   - owners: whose the shows are; nil: the instance's own.
    ///   - audit: nil: nothing is recorded.
    public init(
        _ authenticator: Authenticator, requiresToken: Bool = true, sessions: CookieSessions? = nil,
        owners: ShowOwners? = nil, audit: AuditLog? = nil
    ) {
        authorization = Authorization(owners: owners)
        self.authenticator = authenticator
        self.sessions = sessions
        self.audit = audit
        requiresCaller = requiresToken
    }

    public func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        var staleCookie: SessionCookie?
        do {
            context.principal = try await authenticator.caller(request.headers)
            if context.principal != nil { context.isStillGood = authenticator.watch(request.headers) }
            // A token comes from a program that means it, and a cookie by itself.
            if context.principal == nil, let sessions {
                switch await sessions.find(of: request) {
                case .none: break
                case .session(let session):
                    try sessions.check(request)
                    let principal = authenticator.principal(account: session.account)
                    context.principal = principal
                    context.session = session.hash
                    context.isStillGood = { [authenticator] in
                        sessions.isLive(session.hash)
                            && authenticator.principal(account: session.account).grants == principal.grants
                    }
                case .stale: staleCookie = sessions.cookie
                case .unavailable(let problem): context.sessionFault = problem
                }
            }
            if requiresCaller { _ = try context.requirePrincipal() }
            try await authorization.check(&context, request.method)
            var response = try await next(request, context)
            if let staleCookie {
                response.headers.drop(staleCookie)
                // A cache would hand it on, and log out everybody.
                response.headers[.cacheControl] = "private, no-store"
            }
            audit?.answered(request, context, response)
            return response
        } catch {
            audit?.refused(request, context, Problem(foreign: error) ?? Problem(.internalError))
            // The browser is to forget the cookie, whatever the answer is.
            guard let staleCookie, var problem = error as? Problem else { throw error }
            problem.headers.drop(staleCookie)
            throw problem
        }
    }
}
