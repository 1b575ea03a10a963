import HTTPServer
public import Hummingbird
public import Identity

/// Middleware that puts the caller into the context; see ``Authenticator``.
public struct Authentication: RouterMiddleware {
    public typealias Context = APIContext

    private let authenticator: Authenticator
    private let requiresToken: Bool

    /// - Parameter requiresToken: whether a request without a token is refused here; otherwise it goes on without a
    ///   principal. A token that is not good is refused in either case.
    public init(_ authenticator: Authenticator, requiresToken: Bool = true) {
        self.authenticator = authenticator
        self.requiresToken = requiresToken
    }

    public func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.principal = try authenticator.principal(request.headers)
        if requiresToken { _ = try context.requirePrincipal() }
        return try await next(request, context)
    }
}
