public import Availability
import Contract
public import Domain
import EventLog
public import Following
import HTTPServer
import HTTPTypes
public import Hummingbird
import Identity
import NIOCore
public import PostgresViews
import Text
public import WebAPI

/// Shows and their seat maps. Anybody may look.
public struct ShowRoutes: Sendable {
    let view: View<Availability>
    let fresh: FreshRead
    let signals: ShowSignals
    /// Nil: this node can't search.
    let search: ShowSearchReader?
    /// Nil: this node reads no past.
    let history: ShowHistory?
    let now: @Sendable () -> Timestamp
    private let bodies = SeatMapBodies()
    private let plans = SeatingPlanBodies()

    /// - Parameter now: the time of day, which a show's status depends on.
    public init(
        view: View<Availability>, fresh: FreshRead, signals: ShowSignals, search: ShowSearchReader? = nil,
        history: ShowHistory? = nil, now: @escaping @Sendable () -> Timestamp
    ) {
        self.view = view
        self.fresh = fresh
        self.signals = signals
        self.search = search
        self.history = history
        self.now = now
    }

    /// - Parameter group: `/api/v1`.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("shows") { request, context in try await list(request, context) }
        group.get("shows/{id}") { request, context in try await show(request, context) }
        group.get("shows/{id}/seating-plan") { request, context in try await seatingPlan(request, context) }
        group.get("shows/{id}/availability") { request, context in try await availability(request, context) }
        group.get("shows/{id}/availability/stream") { request, context in try await stream(request, context) }
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let parameters = QueryParameters(request)
        let seesDrafts = context.principal?.seesAllDrafts ?? false
        if let wanted = try ShowSearchParameters(parameters, seesDrafts: seesDrafts) {
            return try await search(wanted, request)
        }
        let limit = try parameters.pageLimit()
        let now = now()
        // Shows are never removed, so the place in the order of creation is a cursor for ever.
        let start = try parameters.cursor { $0.element == nil ? Int(exactly: $0.position) : nil } ?? 0
        return try await fresh.read(view, for: request) { projection, token in
            guard start <= projection.order.count else { throw Problem.invalidCursor }
            var end = start
            var page: [ShowID] = []
            while end < projection.order.count, page.count < limit {
                let id = projection.order[end]
                if projection.shows[id]?.isVisible(to: context.principal) ?? false { page.append(id) }
                end += 1
            }
            var response = Response.json(token: token, capacity: 512 * page.count + 64) { json in
                json.object { json in
                    json.array("shows") { json in
                        for id in page {
                            if let show = projection.shows[id] {
                                show.writeSummary(into: &json, version: show.version(in: token.epoch), now: now)
                            }
                        }
                    }
                    if end < projection.order.count { json.member("nextCursor", "\(end)") }
                }
            }
            // What only some may see is theirs; the edge says so.
            if !page.contains(where: { projection.shows[$0]?.details.isDraft ?? false }) {
                response.headers[.cacheControl] = "no-cache"
            }
            return response
        }
    }

    private func show(_ request: Request, _ context: APIContext) async throws -> Response {
        if let moment = try moment(request, context) {
            return try await past(moment, context) { past, json in
                past.show.writeSummary(
                    into: &json, version: past.show.version(in: past.place.epoch), now: past.time, asOf: past)
            }
        }
        let id = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let (summary, isDraft) = try await read(id, for: request, by: context.principal) { show, token in
            let summary = WholeResponse.json(token: token) {
                show.writeSummary(into: &$0, version: show.version(in: token.epoch), now: now())
            }
            return (summary, show.details.isDraft)
        }
        return Response(isDraft ? summary : summary.revalidated(by: request.headers))
    }

    private func seatingPlan(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let (payload, version, isDraft) = try await read(id, for: request, by: context.principal) { show, token in
            (
                show.planPayload, LogPosition(epoch: token.epoch, position: show.placesChangedAt),
                show.details.isDraft
            )
        }
        guard !payload.isEmpty else { throw Problem(.notFound, detail: "This show has areas only.") }
        return try await plans.response(
            to: request.headers, plan: "\(id)@\(version)", payload: payload,
            caching: isDraft ? "private, no-store" : "no-cache")
    }

    private func availability(_ request: Request, _ context: APIContext) async throws -> Response {
        if let moment = try moment(request, context) {
            return try await past(moment, context) { past, json in
                past.show.write(into: &json, version: past.show.version(in: past.place.epoch), asOf: past)
            }
        }
        let id = try context.pathID("id", as: ShowID.self, orElse: .showNotFound)
        let since = try QueryParameters(request).single("since").map { try Self.token($0) }
        let (body, version, token, isDraft) = try await read(id, for: request, by: context.principal, since: since) {
            show, token, since in
            let version = show.version(in: token.epoch)
            // A caller of an earlier epoch is not to take this for a part of that one's map: it gets the whole.
            if let since, since.epoch == token.epoch, let changes = show.changes(since: since, version: version) {
                return (ByteBuffer(bytes: changes), version, token, show.details.isDraft)
            }
            return (bodies.body(of: show, version: version), version, token, show.details.isDraft)
        }
        var response = Self.seatMap(body, version: version, at: token, for: request.headers)
        if isDraft { response.headers[.cacheControl] = "private, no-store" }
        return Response(response)
    }

    /// The routes that the fast lane has, too: seat maps that take no waiting.
    public var laneRoutes: [LaneRoute] {
        let availability = LaneRoute(.get, "shows/{id}/availability", by: nil) { call in
            guard let id = ShowID(checking: call.id) else { return nil }
            let headers = call.head.headerFields
            return fresh.readNow(view, for: headers) { projection, token in
                guard let show = projection.shows[id], !show.details.isDraft else { return nil }
                let version = show.version(in: token.epoch)
                return (bodies.body(of: show, version: version), version, token)
            }.map { body, version, token in
                .now(Self.seatMap(body, version: version, at: token, for: headers))
            }
        }
        return [availability]
    }

    private static func seatMap(
        _ body: ByteBuffer, version: LogPosition, at token: LogPosition, for request: HTTPFields
    ) -> WholeResponse {
        let tag = "\"\(version)\""
        var headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache"]
        headers.set(token)
        if request.isCurrent(tag) { return WholeResponse(.notModified, headers: headers) }
        headers[.contentType] = "application/json"
        return WholeResponse(.ok, headers: headers, body: body)
    }

    static func token(_ text: String) throws(Problem) -> LogPosition {
        guard let token = LogPosition(text) else {
            throw Problem(.invalidSequence, detail: "since must be a version that a seat map had.")
        }
        return token
    }

    /// Reads one show, with the token of the state it was read in, and `since` if that is still in the log. For a caller
    /// who may not see the show there is none.
    func read<R: Sendable>(
        _ id: ShowID, for request: Request, by caller: Principal?, since: LogPosition?,
        _ body: (borrowing ShowAvailability, _ token: LogPosition, _ since: LogPosition?) throws -> R
    ) async throws -> R {
        try await fresh.read(view, for: request, since: since) { projection, token, since in
            guard let show = projection.shows[id], show.isVisible(to: caller) else {
                throw Problem(.showNotFound, sequence: token)
            }
            return try body(show, token, since)
        }
    }

    private func read<R: Sendable>(
        _ id: ShowID, for request: Request, by caller: Principal?,
        _ body: (borrowing ShowAvailability, LogPosition) throws -> R
    ) async throws -> R {
        try await read(id, for: request, by: caller, since: nil) { show, token, _ in try body(show, token) }
    }
}

extension ShowAvailability {
    /// A draft is for its organisers only.
    func isVisible(to caller: Principal?) -> Bool {
        !details.isDraft || caller?.mayAct(as: .organiser, for: details.organisationID, details.showID) ?? false
    }
}

extension Principal {
    /// An organiser, whoever the show belongs to.
    fileprivate var seesAllDrafts: Bool {
        grants.contains { $0.role.covers(.organiser) && $0.organisation == nil && $0.shows == nil }
    }
}
