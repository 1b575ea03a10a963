public import Domain
import EventLog
public import Following
import HTTPServer
public import Hummingbird
import Identity
public import Organisations
import Text
public import WebAPI

/// Organisations with their members and API keys, for their organisers, and the caller's own roles.
public struct OrganisationRoutes: Sendable {
    private let view: View<Organisations>
    private let fresh: FreshRead
    private let lastUse: @Sendable (APIKeyID) -> Timestamp?

    /// - Parameter lastUse: when a key was last used on this node; nil: not since it started.
    public init(view: View<Organisations>, fresh: FreshRead, lastUse: @escaping @Sendable (APIKeyID) -> Timestamp?) {
        self.view = view
        self.fresh = fresh
        self.lastUse = lastUse
    }

    /// - Parameter group: `/api/v1`, behind ``Authentication``.
    public func add(to group: RouterGroup<APIContext>) {
        group.get("organisations") { request, context in try await list(request, context) }
        group.get("organisations/{id}") { request, context in try await organisation(request, context) }
        group.get("me/roles") { request, context in try await roles(request, context) }
    }

    /// Those that the caller has a role in; for admins all.
    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        let caller = try context.requirePrincipal()
        let parameters = QueryParameters(request)
        let limit = try parameters.pageLimit()
        let after = try parameters.cursor { $0.position == 0 ? $0.element : nil } ?? ""
        let (all, token) = try await fresh.read(view, for: request) { view, place in
            (view.organisations.compactMap { $0.value.created }, place)
        }
        let rest = all.filter { organisation in
            organisation.organisationID.rawValue > after
                && (caller.mayAct(as: .admin)
                    || caller.grants.contains { $0.organisation == organisation.organisationID })
        }.sorted { $0.organisationID < $1.organisationID }
        return .json(token: token) { json in
            json.object { json in
                json.array("organisations") { json in for one in rest.prefix(limit) { json.object { $0.write(one) } } }
                if rest.count > limit {
                    json.member(
                        "nextCursor", PageCursor(0, element: rest[limit - 1].organisationID.rawValue).description)
                }
            }
        }
    }

    private func organisation(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.pathID("id", as: OrganisationID.self, orElse: .organisationNotFound)
        let (state, token) = try await fresh.read(view, for: request) { view, place in (view.organisations[id], place) }
        guard let state = state ?? (id == .instance ? OrganisationState() : nil) else {
            throw Problem(.organisationNotFound, sequence: token)
        }
        return .json(token: token) { json in
            json.object { json in
                if let created = state.created { json.write(created) } else { json.member("organisationId", id) }
                json.array("members") { json in
                    for member in state.members.values.sorted(by: { $0.userID < $1.userID }) {
                        json.object { json in
                            json.member("userId", member.userID)
                            json.write(member.role, member.shows)
                            json.member("assignedAt", member.at)
                        }
                    }
                }
                json.array("keys") { json in
                    for key in state.keys.values.sorted(by: { ($0.at, $0.keyID) < ($1.at, $1.keyID) }) {
                        json.write(key, lastUsedAt: lastUse(key.keyID))
                    }
                }
            }
        }
    }

    private func roles(_ request: Request, _ context: APIContext) async throws -> Response {
        let caller = try context.requirePrincipal()
        let (_, token) = try await fresh.read(view, for: request) { _, place in ((), place) }
        return .json(token: token) { json in
            json.object { json in
                json.member("userId", caller.userID)
                json.array("roles") { json in
                    for grant in caller.grants {
                        json.object { json in
                            if let organisation = grant.organisation { json.member("organisationId", organisation) }
                            json.write(grant.role, grant.shows?.sorted() ?? [])
                        }
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func write(_ organisation: OrganisationCreated) {
        member("organisationId", organisation.organisationID)
        member("name", organisation.name)
        member("createdAt", organisation.createdAt)
    }

    /// No show: the role is for all.
    fileprivate mutating func write(_ role: Role, _ shows: [ShowID]) {
        member("role", role.rawValue)
        if !shows.isEmpty { array("shows", of: shows.map(\.rawValue)) }
    }
}
