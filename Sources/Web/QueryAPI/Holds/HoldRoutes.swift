public import Domain
import EventLog
public import Following
import HTTPServer
public import Hummingbird
import Identity
public import MyHolds
import Text
public import WebAPI

/// The caller's own holds.
public struct HoldRoutes: Sendable {
    private let view: View<MyHolds>
    private let fresh: FreshRead
    private let now: @Sendable () -> Timestamp

    /// - Parameter now: the clock by which a hold's time is over. The event that ends it comes a little later, and to a
    ///   replica that was held up, much later.
    public init(view: View<MyHolds>, fresh: FreshRead, now: @escaping @Sendable () -> Timestamp) {
        self.view = view
        self.fresh = fresh
        self.now = now
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("me/holds") { request, context in try await list(request, context) }
        group.get("holds/{id}") { request, context in try await hold(request, context) }
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        let (live, token) = try await fresh.read(view, for: request) { ($0.holds(of: user), $1) }
        return Response(list(live, at: token))
    }

    /// The route that the fast lane has, too: the caller's holds, where that takes no waiting.
    public var laneRoutes: [LaneRoute] {
        let holds = LaneRoute(.get, "me/holds", by: .user) { call in
            guard let user = call.principal?.userID else { return nil }
            return fresh.readNow(view, for: call.head.headerFields) { ($0.holds(of: user), $1) }.map { live, token in
                .now(list(live, at: token))
            }
        }
        return [holds]
    }

    private func list(_ live: [MyHolds.Hold], at token: LogPosition) -> WholeResponse {
        let holds = live.filter(isActive)
        return WholeResponse.json(token: token, capacity: 64 + 512 * holds.count) { json in
            json.object { json in
                json.array("holds") { json in for hold in holds { json.value(hold) } }
            }
        }
    }

    private func hold(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        let id = try context.pathID("id", as: HoldID.self, orElse: .holdNotFound)
        let (hold, token) = try await fresh.read(view, for: request) { ($0.hold(id, of: user), $1) }
        guard let hold, isActive(hold) else { throw Problem(.holdNotFound, sequence: token) }
        return Response.json(token: token) { $0.value(hold) }
    }

    /// Also while an order is paying for it: from then on the show may give its seats to somebody else.
    private func isActive(_ hold: MyHolds.Hold) -> Bool { hold.placed.expiresAt > now() }
}

extension JSONWriter {
    mutating func value(_ hold: MyHolds.Hold) {
        value(hold.placed, show: hold.show, fencingToken: hold.fencingToken, orderID: hold.orderID)
    }
}
