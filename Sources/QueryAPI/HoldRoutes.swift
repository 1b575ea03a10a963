import Domain
import EventLog
public import Hummingbird
public import MyHolds
public import Projecting
public import WebAPI

/// The caller's own holds.
public struct HoldRoutes: Sendable {
    private let view: View<MyHolds>
    private let fresh: FreshRead

    public init(view: View<MyHolds>, fresh: FreshRead) {
        self.view = view
        self.fresh = fresh
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("me/holds") { request, context in try await list(request, context) }
        group.get("holds/{id}") { request, context in try await hold(request, context) }
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        try await fresh.wait(for: request, on: view)
        let (holds, checkpoint) = view.read { projection, checkpoint in (projection.holds(of: user), checkpoint) }
        return Response.json(token: fresh.token(checkpoint), capacity: 64 + 512 * holds.count) { json in
            json.object { json in
                json.array("holds") { json in for hold in holds { json.value(hold) } }
            }
        }
    }

    private func hold(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        let id = try context.pathID("id", as: HoldID.self, orElse: .holdNotFound)
        try await fresh.wait(for: request, on: view)
        let (hold, checkpoint) = view.read { projection, checkpoint in (projection.hold(id, of: user), checkpoint) }
        let token = fresh.token(checkpoint)
        guard let hold else { throw Problem(.holdNotFound, sequence: token) }
        return Response.json(token: token) { $0.value(hold) }
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ hold: MyHolds.Hold) {
        value(hold.placed, show: hold.show, fencingToken: hold.fencingToken, status: "active")
    }
}
