import HTTPServer
public import Hummingbird
public import Identity

/// Middleware that puts the caller into the context, see ``Authenticator``, and tells the audit log of what it and the routes
/// behind it refuse, and of what staff does.
public struct Authentication: RouterMiddleware {
    public typealias Context = APIContext

    private let authenticator: Authenticator
    private let requiresToken: Bool
    private let audit: AuditLog?

    /// - Parameters:
    ///   - requiresToken: whether a request without a token is refused here; otherwise it goes on without a principal. A
    ///     token that is not good is refused in either case.
    ///   - audit: nil: nothing is recorded.
    public init(_ authenticator: Authenticator, requiresToken: Bool = true, audit: AuditLog? = nil) {
        self.authenticator = authenticator
        self.audit = audit
        self.requiresToken = requiresToken
    }

    public func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        do {
            context.principal = try await authenticator.caller(request.headers)
            if requiresToken { _ = try context.requirePrincipal() }
            let response = try await next(request, context)
            audit?.answered(request, context, response)
            return response
        } catch {
            audit?.refused(request, context, Problem(foreign: error) ?? Problem(.internalError))
            throw error
        }
    }
}
