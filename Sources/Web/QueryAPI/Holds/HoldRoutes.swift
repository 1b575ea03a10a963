import Domain
import EventLog
import HTTPServer
public import Hummingbird
import Identity
public import MyHolds
public import Projecting
import Text
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
        let (holds, token) = try await fresh.read(view, for: request) { ($0.holds(of: user), $1) }
        return Response.json(token: token, capacity: 64 + 512 * holds.count) { json in
            json.object { json in
                json.array("holds") { json in for hold in holds { json.value(hold) } }
            }
        }
    }

    private func hold(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        let id = try context.pathID("id", as: HoldID.self, orElse: .holdNotFound)
        let (hold, token) = try await fresh.read(view, for: request) { ($0.hold(id, of: user), $1) }
        guard let hold else { throw Problem(.holdNotFound, sequence: token) }
        return Response.json(token: token) { $0.value(hold) }
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ hold: MyHolds.Hold) {
        value(hold.placed, show: hold.show, fencingToken: hold.fencingToken, orderID: hold.orderID)
    }
}
