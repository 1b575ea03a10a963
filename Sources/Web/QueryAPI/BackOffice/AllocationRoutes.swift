public import Availability
import Domain
import EventLog
public import Following
import HTTPServer
public import Hummingbird
import Identity
import Text
public import WebAPI

/// `GET /shows/{id}/allocations`: which places of a show are not for everybody, for the back office.
public struct AllocationRoutes: Sendable {
    private let view: View<Availability>
    private let fresh: FreshRead
    private let places = PlaceIndexes()

    public init(view: View<Availability>, fresh: FreshRead) {
        self.view = view
        self.fresh = fresh
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("shows/{id}/allocations") { request, context in try await list(request, context) }
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let (show, token) = try await fresh.read(view, for: request) { projection, token in
            guard let show = projection.shows[id], show.isVisible(to: context.principal) else {
                throw Problem(.showNotFound, sequence: token)
            }
            return (show, token)
        }
        let guids = try places.index(of: id, payload: show.planPayload, areas: show.details.areas).guids
        return Response.json(token: token) { json in
            json.object { json in
                json.member("showId", id)
                json.member("version", show.version(in: token.epoch).description)
                json.array("allocations") { json in
                    for allocation in show.allocations { json.write(allocation, of: show, guids) }
                }
            }
        }
    }
}

extension JSONWriter {
    /// The allocation as a request has it, and what of it nobody has.
    fileprivate mutating func write(_ allocation: Allocation, of show: ShowAvailability, _ guids: [String]) {
        let seatsLeft = allocation.seats.filter { show.isLeft(seat: $0) }
        let capacity = allocation.areas.reduce(allocation.seats.count) { $0 + $1.quantity }
        let unitsLeft = allocation.areas.map { show.unitsLeft(of: $0.areaID, in: allocation) }
        let left = unitsLeft.reduce(seatsLeft.count, +)
        object { json in
            json.member("name", allocation.name)
            if let channel = allocation.channel { json.member("channel", channel) }
            json.member("label", allocation.label)
            json.seats("seats", allocation.seats, guids)
            json.object("areas") { json in
                for area in allocation.areas {
                    json.key(area.areaID.rawValue)
                    json.value(area.quantity)
                }
            }
            if let time = allocation.releasesAt { json.member("releasesAt", time) }
            json.member("capacity", capacity)
            json.member("left", left)
            json.member("taken", capacity - left)
            json.seats("seatsLeft", seatsLeft, guids)
            json.object("areasLeft") { json in
                for (area, units) in zip(allocation.areas, unitsLeft) {
                    json.key(area.areaID.rawValue)
                    json.value(units)
                }
            }
        }
    }

    private mutating func seats(_ name: StaticString, _ indexes: [Int], _ guids: [String]) {
        array(name) { json in for index in indexes where guids.indices.contains(index) { json.value(guids[index]) } }
    }
}
