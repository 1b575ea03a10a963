import Availability
import Catalogue
import Following
import HTTPServer
import Identity
import MyHolds
import Organisations
import PostgresEventLog
import PostgresViews
import QueryAPI
import Sales
import ServiceLifecycle
import Venues
import WaitingLines
import Waitlists
import WebAPI

/// Answers queries from views in memory and in PostgreSQL.
struct ReadSide: NodeSide {
    private let shared: SharedParts
    private let signals = ShowSignals()
    private let ownStreams = OwnStreams()
    private let storedOrders: StoredView<PostgresViewStorage<OrdersView>>
    private let storedShows: StoredView<PostgresViewStorage<ShowSearchView>>
    private let availability: View<Availability>
    private let holds: View<MyHolds>
    private let venues: View<Venues>
    private let lines: View<WaitingLines>
    private let waitlists: View<Waitlists>

    /// The advisory lock of the process that folds the log into the stored orders.
    private static let ordersLeaseKey: Int64 = 7_308_327_774_018_887_781

    /// The same of the stored shows.
    private static let showsLeaseKey: Int64 = 7_308_327_774_018_887_782

    /// A show is seldom created or changed, and the view moves on for those alone (see `StoredPosition`): it does not
    /// follow every batch of holds.
    private static let showsLimits: StoredViewMachine.Limits = {
        var limits = StoredViewMachine.Limits()
        limits.pace = .milliseconds(100)
        return limits
    }()

    init(_ shared: SharedParts) {
        guard let availability = shared.views[Availability.self], let holds = shared.views[MyHolds.self],
            let venues = shared.views[Venues.self], let lines = shared.views[WaitingLines.self],
            let waitlists = shared.views[Waitlists.self]
        else {
            preconditionFailure("the query role has the views that queries read")
        }
        self.shared = shared
        self.availability = availability
        self.holds = holds
        self.venues = venues
        self.lines = lines
        self.waitlists = waitlists
        storedOrders = StoredView(
            storage: PostgresViewStorage<OrdersView>(conninfo: shared.viewsConninfo, logger: Subsystem.follow.logger),
            log: shared.followLog, lease: PostgresLease(shared.leases, key: Self.ordersLeaseKey, name: "orders"),
            position: shared.orders.position, logger: Subsystem.follow.logger)
        storedShows = StoredView(
            storage: PostgresViewStorage<ShowSearchView>(
                conninfo: shared.viewsConninfo, logger: Subsystem.follow.logger),
            log: shared.followLog, lease: PostgresLease(shared.leases, key: Self.showsLeaseKey, name: "shows"),
            position: shared.search.position, limits: Self.showsLimits, logger: Subsystem.follow.logger)
    }

    var services: [any Service] { [storedOrders, storedShows] }

    var waits: [any Service] { [ownStreams] }

    var listeners: [any LogListener] { [signals, ownStreams, storedOrders, storedShows] }

    var sinks: [any LogSink] { [shared.orders.position, shared.search.position] }

    func addRoutes(to routes: inout Routes) {
        let showRoutes = ShowRoutes(
            view: availability, fresh: routes.fresh, signals: signals, search: shared.search,
            history: ShowHistory(log: shared.makeLog(), now: { .now }), now: { .now })
        showRoutes.add(to: routes.open)
        VenueRoutes(view: venues, fresh: routes.fresh).add(to: routes.open)
        let holdRoutes = HoldRoutes(view: holds, fresh: routes.fresh, now: { .now })
        holdRoutes.add(to: routes.closed)
        WaitlistRoutes(view: waitlists, fresh: routes.fresh).add(to: routes.closed)
        let makeToken: AdmissionTokenMaker = { [admissions = routes.admissions] in admissions.token(for: $0) }
        OwnStreamRoutes(
            holds: holds, lines: lines, waitlists: waitlists, fresh: routes.fresh, streams: ownStreams,
            readCookie: { [authenticator = routes.authenticator] headers throws(Problem) in
                try authenticator.principal(cookieOf: headers).map { ($0, authenticator.watch(cookieOf: headers)) }
            }, makeToken: makeToken, now: { .now }
        ).add(to: routes.open)
        let queueRoutes = QueueRoutes(
            view: lines, shows: availability, fresh: routes.fresh, makeToken: makeToken, now: { .now })
        queueRoutes.addPublic(to: routes.open)
        queueRoutes.addOwn(to: routes.closed)
        routes.lane += showRoutes.laneRoutes + holdRoutes.laneRoutes + queueRoutes.laneRoutes
        OrderHistoryRoutes(reader: shared.orders, fresh: routes.fresh, openSecret: routes.secrets.open)
            .add(to: routes.closed)
        DoorListRoutes(reader: shared.orders, shows: availability, fresh: routes.fresh).add(to: routes.closed)
        BackOfficeRoutes(reader: shared.orders, fresh: routes.fresh).add(to: routes.closed)
        if let organisations = shared.views[Organisations.self] {
            OrganisationRoutes(view: organisations, fresh: routes.fresh) { [roles = routes.roles] in
                roles?.lastUse(of: $0)
            }
            .add(to: routes.closed)
        }
        if let sales = shared.views[Sales.self], let organisations = shared.views[Organisations.self] {
            SalesReportRoutes(view: sales, organisations: organisations, fresh: routes.fresh).add(to: routes.closed)
        }
        AllocationRoutes(view: availability, fresh: routes.fresh).add(to: routes.closed)
        ExportRoutes(log: shared.makeLog(), fresh: routes.fresh).add(to: routes.closed)
        FeedRoutes(
            log: shared.makeLog(), follower: availability, fresh: routes.fresh, owners: routes.owners,
            salesFirst: shared.salesFirst, logger: Subsystem.follow.logger
        ).add(to: routes.closed)
        TicketRoutes(reader: shared.orders, fresh: routes.fresh, codes: routes.tickets).add(to: routes.closed)
    }
}
