public enum OrganisationKind {}
/// Whoever puts shows on: it has shows, venues, staff and API keys of its own.
public typealias OrganisationID = Identifier<OrganisationKind>

public enum APIKeyKind {}
public typealias APIKeyID = Identifier<APIKeyKind>

extension Identifier<OrganisationKind> {
    /// The instance itself: its staff works for all organisations. It is there from the start.
    public static let instance = OrganisationID("instance")

    /// The id of the organisation that `command` creates: a retried command creates the same one.
    public init(createdBy command: CommandID) { self.init(ShowID(createdBy: command).rawValue) }

    /// The organisation's stream; nil: this can't be an organisation's id.
    public var stream: StreamID? { StreamID(checking: StreamID(OrganisationState.category, rawValue).rawValue) }

    /// The roles that somebody can have in it.
    public var roles: [Role] {
        self == .instance ? [.support, .organiser, .operator, .admin] : [.scanner, .supervisor, .support, .organiser]
    }
}

extension Identifier<APIKeyKind> {
    /// The id of the key that `command` issues: a retried command issues the same one.
    public init(issuedBy command: CommandID) { self.init(ShowID(createdBy: command).rawValue) }
}

/// A request to change an organisation, already authenticated, parsed and bounded.
public enum OrganisationCommand: DomainCommand, Equatable {
    /// The decider sets `createdAt`.
    case create(OrganisationCreated)
    /// The decider sets `at`.
    case assign(RoleAssigned, in: OrganisationID)
    case remove(UserID, from: OrganisationID)
    /// The decider sets `at`.
    case issue(APIKeyIssued, in: OrganisationID)
    case revoke(APIKeyID, in: OrganisationID)
    /// Changes nothing: an organisation has no deadlines.
    case none
}
