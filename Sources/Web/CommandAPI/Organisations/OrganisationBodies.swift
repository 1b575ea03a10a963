import Domain
import HTTPServer
import WebAPI

/// `POST /organisations`.
struct OrganisationBody: Decodable {
    var name: DisplayText
}

/// `PUT /organisations/{id}/members/{userId}`.
struct MemberBody: Decodable {
    var role: String
    /// Nil: all shows of the organisation.
    var shows: [ShowID]?

    /// - Throws: ``Problem`` where the organisation has no such role, or the role is not for single shows.
    func assignment(of user: UserID, in organisation: OrganisationID) throws(Problem) -> RoleAssigned {
        guard let role = Role(rawValue: role), organisation.roles.contains(role) else {
            throw .invalid("role must be one of \(organisation.roles.map(\.rawValue).joined(separator: ", ")).")
        }
        let shows = Set(shows ?? []).sorted()
        guard self.shows.map({ (1...RoleAssigned.showsMax).contains($0.count) && $0.count == shows.count }) ?? true
        else {
            throw .invalid(
                "shows must be 1 to \(RoleAssigned.showsMax) ids, each once; without it the role is for all.")
        }
        guard organisation != .instance || shows.isEmpty else {
            throw .invalid("A role in the instance is for all shows.")
        }
        return RoleAssigned(userID: user, role: role, shows: shows, at: .distantPast)
    }
}

/// `POST /organisations/{id}/keys`.
struct APIKeyBody: Decodable {
    var name: DisplayText
    var scopes: [String]
    var expiresAt: Timestamp?

    /// What a key may have.
    static let scopes: [Role] = [.user, .scanner, .support, .organiser]

    func roles() throws(Problem) -> [Role] {
        let roles = Self.scopes.filter { scopes.contains($0.scopeName) }
        guard !roles.isEmpty, roles.count == scopes.count else {
            throw .invalid("scopes must be some of \(Self.scopes.map(\.scopeName).joined(separator: ", ")), each once.")
        }
        return roles
    }
}
