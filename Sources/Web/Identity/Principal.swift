public import Domain

/// Who a request is from, as its verified token says. The only source of user ids in commands and queries.
public struct Principal: Hashable, Sendable {
    public enum Role: String, Sendable {
        case user
        /// Lets people in: may also scan tickets.
        case scanner
        /// May also create and cancel shows, scan tickets, and settle what is wrong with orders.
        case admin
    }

    public var userID: UserID
    public var role: Role

    public init(userID: UserID, role: Role) {
        self.userID = userID
        self.role = role
    }
}
