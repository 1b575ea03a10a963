/// What somebody may do.
public enum Role: String, CaseIterable, Sendable {
    /// Holds, buys and owns, for themselves.
    case user
    /// Lets people in.
    case scanner
    /// May also take back what scanners did by mistake.
    case supervisor
    /// The back office: reads everybody's orders and tickets.
    case support
    /// Creates and changes shows and venues, settles what is wrong with their orders, and whatever the roles above may.
    case organiser
    /// Looks after the service: its views and its past. No order and no ticket is theirs to see.
    case `operator`
    /// May do whatever the others may.
    case admin

    /// For whoever names another.
    public static let list = allCases.map(\.rawValue).joined(separator: ", ")

    /// Whether somebody with this role may do what `other` may.
    public func covers(_ other: Role) -> Bool {
        switch other {
        case .user: true
        case .scanner: [.scanner, .supervisor, .organiser, .admin].contains(self)
        case .supervisor: [.supervisor, .organiser, .admin].contains(self)
        case .support: [.support, .organiser, .admin].contains(self)
        case .organiser: [.organiser, .admin].contains(self)
        case .operator: [.operator, .admin].contains(self)
        case .admin: self == .admin
        }
    }
}
