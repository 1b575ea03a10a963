import Domain
import Foundation
import HTTPServer
import HTTPTypes
public import Hummingbird
import Identity

/// Decides whether the caller of a request may call its route, by ``AccessTable``, for the show or the organisation that the
/// path names.
///
/// ``Authentication`` has one: as a middleware of its own it is for whoever says in another way who the caller is.
public struct Authorization: RouterMiddleware {
    public typealias Context = APIContext

    private let owners: ShowOwners?

    /// - Parameter owners: nil: all shows are the instance's own.
    public init(owners: ShowOwners? = nil) { self.owners = owners }

    public func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        try await check(&context, request.method)
        return try await next(request, context)
    }

    /// Leaves the caller with those roles alone that count here.
    ///
    /// - Throws: ``Problem``
    func check(_ context: inout APIContext, _ method: HTTPRequest.Method) async throws(Problem) {
        do throws(Problem) {
            try await narrow(&context, method)
        } catch {
            var problem = error
            if method.changesSomething, context.endpointPath?.hasPrefix("/api/v1/auth/") != true {
                problem.outcome = Problem.Outcome.none
            }
            throw problem
        }
    }

    private func narrow(_ context: inout APIContext, _ method: HTTPRequest.Method) async throws(Problem) {
        guard let access = AccessTable.access(to: method, context.endpointPath ?? "") else { return }
        if access != .everybody { _ = try context.requirePrincipal() }
        if let principal = context.principal, principal.isBound {
            context.principal = try await bound(principal, context, access)
        }
        switch access {
        case .everybody: break
        case .callers:
            guard let principal = context.principal, principal.key != nil, method.changesSomething else { break }
            guard principal.key?.isOnBehalf == true || principal.mayAct(as: .organiser) else {
                throw Problem(
                    .onBehalfOfRequired,
                    detail: "An API key acts for a customer: name one in the header On-Behalf-Of.")
            }
        case .role(let role): try context.require(role)
        }
    }

    private func bound(
        _ principal: Principal, _ context: APIContext, _ access: AccessTable.Access
    ) async throws(Problem) -> Principal {
        guard let text = context.parameters["id"].map(String.init), let path = context.endpointPath else {
            return principal
        }
        let id = text.utf8.contains(UInt8(ascii: "%")) ? text.removingPercentEncoding ?? text : text
        if path.hasPrefix("/api/v1/organisations/") {
            return principal.narrowed(to: OrganisationID(id), nil)
        }
        guard let show = Self.show(of: id, in: path), let owners else { return principal }
        // Of a show that is not there, the route says so.
        guard case .organisation(let owner) = try await owners.owner(of: show) else { return principal }
        if let key = principal.key, key.organisation != owner, access != .everybody {
            throw Problem(.showNotFound, detail: "The API key's organisation has no such show.")
        }
        return principal.narrowed(to: owner, show)
    }

    /// The show that the id in a path is of; nil: it is of none.
    private static func show(of id: String, in path: String) -> ShowID? {
        if path.hasPrefix("/api/v1/shows/") { return ShowID(checking: id) }
        if path.hasPrefix("/api/v1/tickets/") { return TicketID(checking: id)?.order?.show }
        if path.hasPrefix("/api/v1/commands/") || path.hasPrefix("/api/v1/venues/") { return nil }
        return OrderID(checking: id)?.show
    }
}
