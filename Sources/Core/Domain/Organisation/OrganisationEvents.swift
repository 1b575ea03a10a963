/// What happened to an organisation.
public enum OrganisationEvent: DomainEvent {
    case created(OrganisationCreated)
    case assigned(RoleAssigned)
    case removed(MemberRemoved)
    case issued(APIKeyIssued)
    case revoked(APIKeyRevoked)
}

public struct OrganisationCreated: Equatable, Sendable {
    public var organisationID: OrganisationID
    public var name: String
    public var createdAt: Timestamp

    public init(organisationID: OrganisationID, name: String, createdAt: Timestamp) {
        self.organisationID = organisationID
        self.name = name
        self.createdAt = createdAt
    }
}

/// Somebody has a role in the organisation now, in place of the one that they had.
public struct RoleAssigned: Equatable, Sendable {
    /// Shows that one assignment may name.
    public static let showsMax = 100

    public var userID: UserID
    public var role: Role
    /// The shows that the role is for, sorted, each once; empty: all of the organisation.
    public var shows: [ShowID]
    public var at: Timestamp

    public init(userID: UserID, role: Role, shows: [ShowID] = [], at: Timestamp) {
        self.userID = userID
        self.role = role
        self.shows = shows
        self.at = at
    }
}

/// Somebody has no role in the organisation any more.
public struct MemberRemoved: Equatable, Sendable {
    public var userID: UserID
    public var at: Timestamp

    public init(userID: UserID, at: Timestamp) {
        self.userID = userID
        self.at = at
    }
}

/// The organisation's servers have a key to the API.
public struct APIKeyIssued: Equatable, Sendable {
    public var keyID: APIKeyID
    public var name: String
    /// SHA-256 of the key as callers send it: the key itself has 256 random bits, and nobody keeps it.
    public var digest: [UInt8]
    /// What the key is for, in the order of ``Role/allCases``. ``Role/user``: it acts for the organisation's own customers.
    public var roles: [Role]
    /// From then on it is no longer good; nil: until it is revoked.
    public var expiresAt: Timestamp?
    public var at: Timestamp

    public init(
        keyID: APIKeyID, name: String, digest: [UInt8], roles: [Role], expiresAt: Timestamp? = nil, at: Timestamp
    ) {
        self.keyID = keyID
        self.name = name
        self.digest = digest
        self.roles = roles
        self.expiresAt = expiresAt
        self.at = at
    }
}

public struct APIKeyRevoked: Equatable, Sendable {
    public var keyID: APIKeyID
    public var at: Timestamp

    public init(keyID: APIKeyID, at: Timestamp) {
        self.keyID = keyID
        self.at = at
    }
}
