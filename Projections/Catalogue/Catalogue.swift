import Availability
import Deadlines
public import Following
import Inlets
import MyHolds
import OpenPayments
import Orders
import Organisations
public import Projection
import Sales
import ShowSearch
import Venues
import WaitingLines
import Waitlists

/// Every projection there is, once: whoever goes through all of them goes through this.
public enum Catalogue {
    public static let all = [
        CataloguedProjection(Availability.self, for: .query),
        CataloguedProjection(MyHolds.self, for: .query),
        CataloguedProjection(Venues.self, for: .query),
        CataloguedProjection(WaitingLines.self, for: .query),
        CataloguedProjection(Waitlists.self, for: .query),
        CataloguedProjection(Sales.self, for: .query),
        CataloguedProjection(Deadlines.self, for: .command),
        CataloguedProjection(OpenPayments.self, for: .command),
        CataloguedProjection(Inlets.self, for: .command),
        CataloguedProjection(Organisations.self, for: .command, .query),
        CataloguedProjection(stored: OrdersFold.self, for: .query),
        CataloguedProjection(stored: ShowSearchFold.self, for: .query),
    ]

    /// Those that every node of a role has in its memory.
    public static var inMemory: [CataloguedProjection] { all.filter { $0.home == .memory } }

    /// Those that are one for all nodes.
    public static var stored: [CataloguedProjection] { all.filter { $0.home == .store } }
}

/// A projection, and where it lives.
public struct CataloguedProjection: Sendable {
    public enum Home: Sendable {
        /// In the memory of every node that has the role.
        case memory
        /// In PostgreSQL: nodes that have the role take turns to keep it up to date.
        case store
    }

    /// What a node does with the projection.
    public enum Role: Sendable {
        /// Answers commands: its timers and processes go by it.
        case command
        /// Answers queries.
        case query
    }

    public let name: String
    public let formatVersion: Int
    public let roles: Set<Role>
    public let home: Home
    /// Nil for one that is stored.
    public let type: (any Projection.Type)?

    /// A new, empty view of it. Nil for one that is stored.
    public func makeView() -> (any FollowingView)? { type.map { Self.view(of: $0) } }

    private static func view<P: Projection>(of _: P.Type) -> any FollowingView { View<P>() }

    init<P: Projection>(_ type: P.Type, for roles: Role...) {
        name = P.name
        formatVersion = P.formatVersion
        self.roles = Set(roles)
        home = .memory
        self.type = type
    }

    init<Fold: StoredFold>(stored _: Fold.Type, for roles: Role...) {
        name = Fold.name
        formatVersion = Fold.formatVersion
        self.roles = Set(roles)
        home = .store
        type = nil
    }
}

/// The views in memory of one process.
public struct Views: Sendable {
    /// In the catalogue's order.
    public let all: [any FollowingView]

    /// New, empty ones of every projection that nodes with these roles have.
    public init(for roles: Set<CataloguedProjection.Role>) {
        all = Catalogue.inMemory.filter { !roles.isDisjoint(with: $0.roles) }.compactMap { $0.makeView() }
    }

    /// The view of a projection; nil: no role needs it.
    public subscript<P: Projection>(_: P.Type) -> View<P>? { all.lazy.compactMap { $0 as? View<P> }.first }
}
