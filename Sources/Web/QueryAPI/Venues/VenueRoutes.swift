import Contract
import Domain
import EventLog
public import Following
import HTTPServer
import HTTPTypes
public import Hummingbird
import Text
public import Venues
public import WebAPI

/// Venues and their seating plans. Anybody may look.
public struct VenueRoutes: Sendable {
    private let view: View<Venues>
    private let fresh: FreshRead
    private let plans = SeatingPlanBodies()

    public init(view: View<Venues>, fresh: FreshRead) {
        self.view = view
        self.fresh = fresh
    }

    /// - Parameter group: `/api/v1`.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("venues") { request, _ in try await list(request) }
        group.get("venues/{id}") { request, context in try await venue(request, context) }
        group.get("venues/{id}/seating-plan") { request, context in try await seatingPlan(request, context) }
    }

    private func list(_ request: Request) async throws -> Response {
        let parameters = QueryParameters(request)
        let limit = try parameters.pageLimit()
        let start = try parameters.cursor { $0.element == nil ? Int(exactly: $0.position) : nil } ?? 0
        return try await fresh.read(view, for: request) { projection, token in
            guard start <= projection.order.count else { throw Problem.invalidCursor }
            let page = projection.order[start...].prefix(limit)
            var response = Response.json(token: token, capacity: 384 * page.count + 64) { json in
                json.object { json in
                    json.array("venues") { json in
                        for id in page { projection.venues[id]?.write(into: &json, in: token.epoch) }
                    }
                    if page.endIndex < projection.order.endIndex { json.member("nextCursor", "\(page.endIndex)") }
                }
            }
            response.headers[.cacheControl] = "no-cache"
            return response
        }
    }

    private func venue(_ request: Request, _ context: APIContext) async throws -> Response {
        let venue = try await read(request, context) { entry, token in
            WholeResponse.json(token: token) { entry.write(into: &$0, in: token.epoch) }
        }
        return Response(venue.revalidated(by: request.headers))
    }

    private func seatingPlan(_ request: Request, _ context: APIContext) async throws -> Response {
        let (id, plan) = try await read(request, context) { entry, _ in (entry.venue.venueID, entry.venue.plan) }
        guard let plan else { throw Problem(.notFound, detail: "This venue has no seating plan.") }
        // A venue never changes: its id is version enough.
        return try await plans.response(
            to: request.headers, plan: id.rawValue, payload: plan.wireBytes,
            caching: "public, max-age=31536000, immutable")
    }

    private func read<R: Sendable>(
        _ request: Request, _ context: APIContext, _ body: (Venues.Entry, LogPosition) throws -> R
    ) async throws -> R {
        let id = try context.pathID("id", as: VenueID.self, orElse: .venueNotFound)
        return try await fresh.read(view, for: request) { projection, token in
            guard let entry = projection.venues[id] else { throw Problem(.venueNotFound, sequence: token) }
            return try body(entry, token)
        }
    }
}

extension Venues.Entry {
    /// - Parameter epoch: of the log, as it was read.
    fileprivate func write(into json: inout JSONWriter, in epoch: Int64) {
        json.object { json in
            json.member("venueId", venue.venueID)
            if let organisation = venue.organisationID { json.member("organisationId", organisation) }
            json.member("name", venue.name)
            json.member("city", venue.city)
            if let country = venue.country { json.member("country", country) }
            json.member("timeZone", venue.timeZone)
            if let location = venue.location { json.write(location) }
            json.member("hasSeatingPlan", venue.plan != nil)
            json.array("areas") { json in for area in venue.areas { json.value(area) } }
            json.member("capacity", venue.capacity)
            json.member("createdAt", venue.createdAt)
            json.member("version", LogPosition(epoch: epoch, position: position).description)
        }
    }
}

extension JSONWriter {
    mutating func value(_ area: Area) {
        object { json in
            json.member("areaId", area.areaID)
            json.member("name", area.name)
            json.member("capacity", area.capacity)
            json.member("category", area.category)
        }
    }
}
