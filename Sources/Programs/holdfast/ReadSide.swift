import Availability
import Catalogue
import Following
import MyHolds
import PostgresEventLog
import PostgresViews
import QueryAPI
import ServiceLifecycle

/// Answers queries from views in memory and in PostgreSQL.
struct ReadSide: NodeSide {
    private let shared: SharedParts
    private let signals = ShowSignals()
    private let storedOrders: StoredView<PostgresViewStorage<OrdersView>>
    private let availability: View<Availability>
    private let holds: View<MyHolds>

    /// The advisory lock of the process that folds the log into the stored orders.
    private static let ordersLeaseKey: Int64 = 7_308_327_774_018_887_781

    init(_ shared: SharedParts) {
        guard let availability = shared.views[Availability.self], let holds = shared.views[MyHolds.self] else {
            preconditionFailure("the query role has the views that queries read")
        }
        self.shared = shared
        self.availability = availability
        self.holds = holds
        storedOrders = StoredView(
            storage: PostgresViewStorage<OrdersView>(conninfo: shared.viewsConninfo, logger: shared.logger),
            log: shared.followLog, lease: PostgresLease(shared.leases, key: Self.ordersLeaseKey),
            position: shared.orders.position, logger: shared.logger)
    }

    var services: [any Service] { [storedOrders] }

    var listeners: [any LogListener] { [signals, storedOrders] }

    var sinks: [any LogSink] { [shared.orders.position] }

    func addRoutes(to routes: inout Routes) {
        let showRoutes = ShowRoutes(view: availability, fresh: routes.fresh, signals: signals, now: { .now })
        showRoutes.add(to: routes.open)
        let holdRoutes = HoldRoutes(view: holds, fresh: routes.fresh, now: { .now })
        holdRoutes.add(to: routes.closed)
        routes.lane += showRoutes.laneRoutes + holdRoutes.laneRoutes
        OrderHistoryRoutes(reader: shared.orders, fresh: routes.fresh).add(to: routes.closed)
        DoorListRoutes(reader: shared.orders, shows: availability, fresh: routes.fresh).add(to: routes.closed)
        BackOfficeRoutes(reader: shared.orders, fresh: routes.fresh).add(to: routes.closed)
        ExportRoutes(log: shared.makeLog(), fresh: routes.fresh).add(to: routes.closed)
        TicketRoutes(reader: shared.orders, fresh: routes.fresh, codes: routes.tickets).add(to: routes.closed)
    }
}
