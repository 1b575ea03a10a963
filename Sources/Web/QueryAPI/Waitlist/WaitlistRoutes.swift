import Domain
import EventLog
public import Following
import HTTPServer
public import Hummingbird
import Identity
import Text
public import Waitlists
public import WebAPI

/// The caller's own entries on waiting lists.
public struct WaitlistRoutes: Sendable {
    private let view: View<Waitlists>
    private let fresh: FreshRead

    public init(view: View<Waitlists>, fresh: FreshRead) {
        self.view = view
        self.fresh = fresh
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("me/waitlist") { request, context in try await list(request, context) }
        group.get("waitlist/{id}") { request, context in try await entry(request, context) }
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        let (entries, token) = try await fresh.read(view, for: request) { projection, token in
            (projection.entries(of: user).map { OwnEntry($0, in: projection) }, token)
        }
        return Response.json(token: token, capacity: 64 + 512 * entries.count) { json in
            json.object { json in
                json.array("entries") { json in for entry in entries { json.value(entry) } }
            }
        }
    }

    private func entry(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        let id = try context.pathID("id", as: WaitlistEntryID.self, orElse: .waitlistEntryNotFound)
        let (entry, token) = try await fresh.read(view, for: request) { projection, token in
            (projection.entry(id, of: user).map { OwnEntry($0, in: projection) }, token)
        }
        guard let entry else { throw Problem(.waitlistEntryNotFound, sequence: token) }
        return Response.json(token: token) { $0.value(entry) }
    }
}
