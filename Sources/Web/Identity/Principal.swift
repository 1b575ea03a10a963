public import Domain

/// The caller of a request, as named by its verified token. The only source of user ids in commands and queries.
public struct Principal: Hashable, Sendable {
    public enum Role: String, Sendable {
        case user
        /// Lets people in, so it may also scan tickets.
        case scanner
        /// May also create and cancel shows, scan tickets, and settle what is wrong with orders.
        case admin
    }

    /// Whether the caller may do what this role may.
    public func mayAct(as role: Role) -> Bool {
        switch role {
        case .user: true
        case .scanner: self.role == .scanner || self.role == .admin
        case .admin: self.role == .admin
        }
    }

    public var userID: UserID
    public var role: Role
    /// The sales channels whose places the caller may hold.
    public var channels: Set<String>

    public init(userID: UserID, role: Role, channels: Set<String> = []) {
        self.userID = userID
        self.role = role
        self.channels = channels
    }
}
