public import Domain

/// The caller of a request, as named by its verified token. The only source of user ids in commands and queries.
public struct Principal: Hashable, Sendable {
    public enum Role: String, Sendable {
        case user
        /// Lets people in: may also scan tickets, of the shows that ``Principal/door`` names.
        case scanner
        /// May also take back what scanners did by mistake.
        case supervisor
        /// The back office: may also read everybody's orders and tickets.
        case support
        /// May also create and cancel shows, settle what is wrong with orders, and whatever the others may.
        case admin

        /// For whoever names another.
        static let list = "user, scanner, supervisor, support or admin"
    }

    /// Whether the caller may do what this role may.
    public func mayAct(as role: Role) -> Bool {
        switch role {
        case .user: true
        case .scanner: self.role == .scanner || self.role == .supervisor || self.role == .admin
        case .supervisor: self.role == .supervisor || self.role == .admin
        case .support: self.role == .support || self.role == .admin
        case .admin: self.role == .admin
        }
    }

    public var userID: UserID
    public var role: Role
    /// The sales channels whose places the caller may hold.
    public var channels: Set<String>
    /// Where the caller may scan tickets; nil: the token names no show.
    public var door: DoorScope?

    public init(userID: UserID, role: Role, channels: Set<String> = [], door: DoorScope? = nil) {
        self.userID = userID
        self.role = role
        self.channels = channels
        self.door = door
    }
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
