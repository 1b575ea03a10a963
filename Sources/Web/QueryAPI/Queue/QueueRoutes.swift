public import Availability
public import Domain
import EventLog
public import Following
import HTTPServer
import HTTPTypes
public import Hummingbird
import Identity
import NIOCore
import Text
public import WaitingLines
public import WebAPI

/// Waiting rooms: a status for everybody, an entry for its owner, and what it takes to check the draw.
public struct QueueRoutes: Sendable {
    private let view: View<WaitingLines>
    private let shows: View<Availability>
    private let fresh: FreshRead
    private let makeToken: AdmissionTokenMaker
    private let now: @Sendable () -> Timestamp
    private let bodies = StatusBodies()
    private let draws = InFlightLimit(countMax: Self.drawsMax)

    /// Draws that are sent at once; each of a million entries has 90 MB.
    private static let drawsMax = 4

    /// - Parameter now: the time of day, which paces and admissions depend on.
    public init(
        view: View<WaitingLines>, shows: View<Availability>, fresh: FreshRead, makeToken: @escaping AdmissionTokenMaker,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.view = view
        self.shows = shows
        self.fresh = fresh
        self.makeToken = makeToken
        self.now = now
    }

    /// - Parameter group: `/api/v1`, where a token is checked and none is required.
    public func addPublic(to group: RouterGroup<APIContext>) {
        group.get("shows/{id}/queue") { request, context in try await status(request, context) }
        group.get("shows/{id}/queue/draw") { request, context in try await draw(request, context) }
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func addOwn(to group: RouterGroup<APIContext>) {
        group.get("shows/{id}/queue/entries/{entryId}") { request, context in try await entry(request, context) }
        group.get("me/queue") { request, context in try await list(request, context) }
    }

    /// The routes that the fast lane has, too: what takes no waiting.
    public var laneRoutes: [LaneRoute] {
        let everybody = LaneRoute(.get, "shows/{id}/queue", by: nil) { call in
            guard let id = ShowID(checking: call.id) else { return nil }
            let headers = call.head.headerFields
            let wanted: Freshness
            do throws(Problem) { wanted = try Freshness(headers) } catch { return nil }
            return fresh.readNow(view, for: headers) { rooms, place in
                // A draft is for admins, who may take the router's way.
                rooms.read(id) { status(of: $0, at: place, wanted, to: nil) } ?? nil
            }.map { .now($0) }
        }
        let own = LaneRoute(.get, "me/queue", by: .user) { call in
            guard let user = call.principal?.userID else { return nil }
            let now = now()
            return fresh.readNow(view, for: call.head.headerFields) { rooms, token in
                list(rooms.livePlaces(of: user, at: now), of: user, at: now, token: token)
            }.map { .now($0) }
        }
        let entry = LaneRoute(.get, "shows/{id}/queue/entries/{entryId}", by: .user) { call in
            guard let user = call.principal?.userID, let show = ShowID(checking: call.id),
                let entry = EntryID(checking: call.innerID)
            else { return nil }
            let now = now()
            return fresh.readNow(view, for: call.head.headerFields) { rooms, token in
                rooms.place(of: entry, on: show, of: user, at: now).map {
                    response($0, of: user, at: now, token: token)
                }
            }.map { .now($0) }
        }
        return [everybody, own, entry]
    }

    // MARK: For everybody

    private func status(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.pathID("id", as: ShowID.self, orElse: .queueNotFound)
        let wanted = try Freshness(request.headers)
        return try await fresh.read(view, for: request) { rooms, place in
            guard let answer = rooms.read(id, { status(of: $0, at: place, wanted, to: context.principal) }) ?? nil
            else {
                throw Problem(.queueNotFound, sequence: place)
            }
            return Response(answer)
        }
    }

    /// Nil: the caller may not see the room.
    private func status(
        of room: borrowing WaitingLine, at place: LogPosition, _ freshness: Freshness, to caller: Principal?
    ) -> WholeResponse? {
        let wanted: LogPosition? =
            switch freshness {
            case .any: LogPosition(epoch: place.epoch, position: 0)
            case .token(let token): token.epoch == place.epoch ? token : nil
            case .head: nil
            }
        let now = now()
        if let recent = bodies.recent(of: room, at: place, wanted: wanted, now: now) { return recent }
        let isPublic = isVisible(room.showID, to: nil)
        guard isPublic || isVisible(room.showID, to: caller) else { return nil }
        return bodies.make(of: room, at: place, now: now, isPublic: isPublic)
    }

    /// Reads a room that the caller may see.
    private func read<R: Sendable>(
        _ id: ShowID, _ request: Request, _ context: APIContext,
        _ body: (borrowing WaitingLine, LogPosition) throws -> R
    ) async throws -> R {
        try await fresh.read(view, for: request) { rooms, place in
            guard isVisible(id, to: context.principal), let result = try rooms.read(id, { try body($0, place) }) else {
                throw Problem(.queueNotFound, sequence: place)
            }
            return result
        }
    }

    /// Nobody but an admin learns of a draft.
    private func isVisible(_ id: ShowID, to caller: Principal?) -> Bool {
        shows.read { projection, _ in projection.shows[id]?.isVisible(to: caller) ?? false }
    }

    private func draw(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.pathID("id", as: ShowID.self, orElse: .queueNotFound)
        let (file, place) = try await read(id, request, context) { room, place in
            (DrawFile(room, epoch: place.epoch), place)
        }
        guard let turn = draws.begin() else {
            throw Problem(.overloaded, detail: "Other draws are being sent.", retryAfterSeconds: 5)
        }
        var headers: HTTPFields = [.contentType: "application/json"]
        if isVisible(id, to: nil) { headers[.cacheControl] = "no-cache" }
        headers.set(place)
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { [view] writer in
                var writer = writer
                try await file.write(from: view) { part in try await writer.write(part) }
                try await writer.finish(nil)
                turn.end()
            })
    }

    // MARK: For the owner

    private func entry(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        let show = try context.pathID("id", as: ShowID.self, orElse: .entryNotFound)
        let id = try context.pathID("entryId", as: EntryID.self, orElse: .entryNotFound)
        let now = now()
        let (place, token) = try await fresh.read(view, for: request) { rooms, token in
            (rooms.place(of: id, on: show, of: user, at: now), token)
        }
        guard let place else { throw Problem(.entryNotFound, sequence: token) }
        return Response(response(place, of: user, at: now, token: token))
    }

    private func response(
        _ place: WaitingLine.Place, of user: UserID, at now: Timestamp, token: LogPosition
    ) -> WholeResponse {
        WholeResponse.json(token: token) { $0.value(place, of: user, at: now, makeToken: makeToken) }
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let user = try context.requirePrincipal().userID
        let now = now()
        let (places, token) = try await fresh.read(view, for: request) { rooms, token in
            (rooms.livePlaces(of: user, at: now), token)
        }
        return Response(list(places, of: user, at: now, token: token))
    }

    private func list(
        _ places: [WaitingLine.Place], of user: UserID, at now: Timestamp, token: LogPosition
    ) -> WholeResponse {
        WholeResponse.json(token: token, capacity: 64 + 512 * places.count) { json in
            json.object { json in
                json.array("entries") { json in
                    for place in places { json.value(place, of: user, at: now, makeToken: makeToken) }
                }
            }
        }
    }
}
