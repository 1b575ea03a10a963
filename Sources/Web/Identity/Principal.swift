public import Domain

/// A role that somebody has, and where it counts.
public struct Grant: Hashable, Sendable {
    public var role: Role
    /// Nil: for all organisations.
    public var organisation: OrganisationID?
    /// Nil: for all shows.
    public var shows: Set<ShowID>?

    public init(_ role: Role, of organisation: OrganisationID? = nil, shows: Set<ShowID>? = nil) {
        self.role = role
        self.organisation = organisation
        self.shows = shows
    }

    /// Whether the role counts for what this organisation has.
    ///
    /// - Parameters:
    ///   - owner: nil: the instance's own.
    ///   - show: nil: it is about no show, and a role for some shows does not count.
    public func counts(for owner: OrganisationID?, _ show: ShowID?) -> Bool {
        guard organisation == nil || organisation == owner else { return false }
        guard let shows else { return true }
        return show.map(shows.contains) ?? false
    }
}

/// The caller of a request, as named by its verified token, session or API key. The only source of user ids in commands and
/// queries.
public struct Principal: Hashable, Sendable {
    public typealias Role = Domain.Role

    public var userID: UserID
    /// What the caller may do beyond buying for themselves. On a route about one show or organisation: those that count there.
    public var grants: [Grant]
    /// The sales channels whose places the caller may hold.
    public var channels: Set<String>
    /// Where the caller may scan tickets; nil: the token names no show.
    public var door: DoorScope?
    /// The API key that the request has, and whose it is; nil: it has a token or a session.
    public var key: KeyHolder?
    /// What is on record of the caller is not known at this moment, and is not among ``grants``.
    public var hasUnknownRoles = false

    /// - Parameter organisation: where the role counts; nil: for all organisations.
    public init(
        userID: UserID, role: Role, of organisation: OrganisationID? = nil, channels: Set<String> = [],
        door: DoorScope? = nil
    ) {
        self.userID = userID
        grants = role == .user ? [] : [Grant(role, of: organisation)]
        self.channels = channels
        self.door = door
    }

    /// The caller whose API key this is, before it is known for which of the organisation's customers they act.
    public init(key: KeyHolder, grants: [Grant]) {
        userID = UserID("~key.\(key.id)")
        self.grants = grants
        channels = []
        self.key = key
    }

    /// The foremost of the caller's roles.
    public var role: Role { Role.allCases.last { role in grants.contains { $0.role == role } } ?? .user }

    /// Whether the caller may do what this role may, wherever that is.
    public func mayAct(as role: Role) -> Bool { role == .user || grants.contains { $0.role.covers(role) } }

    /// Whether the caller may do what this role may with what the organisation has.
    ///
    /// - Parameter owner: nil: the instance's own.
    public func mayAct(as role: Role, for owner: OrganisationID?, _ show: ShowID? = nil) -> Bool {
        role == .user || grants.contains { $0.role.covers(role) && $0.counts(for: owner, show) }
    }

    /// The caller has a role that counts for all organisations and all shows.
    public var worksForAll: Bool { grants.contains { $0.organisation == nil && $0.shows == nil } }

    /// What the caller may do depends on whose the thing is that a request is about.
    public var isBound: Bool { key != nil || grants.contains { $0.organisation != nil || $0.shows != nil } }

    /// The same caller with the roles alone that count for what the organisation has.
    public func narrowed(to owner: OrganisationID?, _ show: ShowID?) -> Principal {
        var narrowed = self
        narrowed.grants = grants.filter { $0.counts(for: owner, show) }
        return narrowed
    }
}

/// Who sends an API key.
public struct KeyHolder: Hashable, Sendable {
    public var id: APIKeyID
    public var organisation: OrganisationID
    /// Whether the key may act for the organisation's own customers.
    public var sells: Bool
    /// The request is made for one of them, who is the caller then.
    public var isOnBehalf = false

    public init(id: APIKeyID, organisation: OrganisationID, sells: Bool) {
        self.id = id
        self.organisation = organisation
        self.sells = sells
    }
}

/// What is on record of people's roles and of API keys.
public protocol RoleRegister: Sendable {
    /// Whether what is on record is known at this moment; otherwise the register is not to be asked.
    var isCurrent: Bool { get }
    /// The roles that were given to somebody.
    func grants(of user: UserID) -> [Grant]
    /// The caller whose API key this is; nil: it is no good key.
    func holder(ofKey text: String) -> Principal?
}

/// The door that a scanner's token is for: the claims `shows`, `gate` and `areas`.
public struct DoorScope: Hashable, Sendable {
    /// Shows, and areas, that a token may name.
    public static let namesMax = 100
    /// Bytes of the name of a gate or an area.
    public static let nameBytesMax = 256

    public var shows: Set<ShowID>
    /// Nil: any.
    public var gate: String?
    /// Areas by id, and zones by name; nil: all.
    public var areas: Set<String>?

    public init(shows: Set<ShowID>, gate: String? = nil, areas: Set<String>? = nil) {
        self.shows = shows
        self.gate = gate
        self.areas = areas
    }

    /// Reads the claims; nil without `shows`.
    ///
    /// - Throws: ``InvalidToken`` where one of them can't be.
    init?(shows: [String]?, gate: String?, areas: [String]?) throws(InvalidToken) {
        guard let shows else { return nil }
        let ids = shows.compactMap(ShowID.init(checking:))
        guard (1...Self.namesMax).contains(shows.count), ids.count == shows.count else {
            throw InvalidToken("The token's shows are not 1 to \(Self.namesMax) ids of shows.")
        }
        guard gate.map(Self.isName) ?? true else { throw InvalidToken("The token's gate can't be a gate's name.") }
        if let areas {
            guard (1...Self.namesMax).contains(areas.count), areas.allSatisfy(Self.isName) else {
                throw InvalidToken("The token's areas are not 1 to \(Self.namesMax) names of areas.")
            }
        }
        self.init(shows: Set(ids), gate: gate, areas: areas.map(Set.init))
    }

    /// Whether this can be the name of a gate or an area: one line, not blank, without invisible characters.
    public static func isName(_ text: String) -> Bool {
        text.utf8.count <= nameBytesMax && DisplayText(text) != nil
    }
}
