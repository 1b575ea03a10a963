public import Domain
public import Projection

/// What the sale of every show came to: tickets and money by time, by category, by ticket type and by channel.
///
/// Tickets are counted when they are sold, and money when it is captured and when it goes back, in whatever way that is: what
/// came in less what went back is what the log says of captures and refunds, to the minor unit. Times are those of the
/// decisions.
public struct Sales: AggregateProjection {
    public static let name = "sales"
    public static let formatVersion = 2

    public private(set) var shows: [ShowID: ShowSales] = [:]
    /// In the order of their creation.
    private(set) var order: [ShowID] = []
    private var showsOfOrganisations: [OrganisationID: [ShowID]] = [:]
    private var plans = KnownPlans()

    public init() {}

    /// Nil: there is no such show.
    public func report(of show: ShowID) -> SalesReport? { shows[show]?.report }

    /// The reports of all its shows, in the order of their creation.
    ///
    /// - Parameter organisation: ``OrganisationID/instance`` for the shows that are no organisation's.
    public func reports(of organisation: OrganisationID) -> [SalesReport] {
        (showsOfOrganisations[organisation] ?? []).compactMap { report(of: $0) }
    }

    public mutating func apply(_ event: ShowEvent, in context: EventContext) throws(ProjectionFault) {
        switch event {
        case .created(let show):
            guard shows[context.show] == nil else { throw ProjectionFault("show \(context.show) is created twice") }
            guard show.showID == context.show else {
                throw ProjectionFault("show \(show.showID) is created in the stream of \(context.show)")
            }
            insert(ShowSales(show, plans.categories(of: show.plan), at: context.position))
        case .changed(let changed): try change(context) { $0.describe(changed.show) }
        case .places(let changed):
            let seats = changed.plan.map { plans.categories(of: $0) }
            try change(context) { show throws(ProjectionFault) in try show.replacePlaces(changed, seats) }
        case .allocations(let changed): try change(context) { $0.channels.allocations = changed.allocations }
        case .hold(let event): try change(context) { $0.apply(event) }
        case .order(let event): try change(context) { show throws(ProjectionFault) in try show.apply(event) }
        case .admission, .cancelled, .ticket, .waitlist: break
        }
    }

    /// For a snapshot's show as well; those come in the order of their creation.
    mutating func insert(_ show: ShowSales) {
        shows[show.kept.showID] = show
        order.append(show.kept.showID)
        showsOfOrganisations[show.kept.organisationID, default: []].append(show.kept.showID)
    }

    private mutating func change(
        _ context: EventContext, _ body: (inout ShowSales) throws(ProjectionFault) -> Void
    ) throws(ProjectionFault) {
        guard let index = shows.index(forKey: context.show) else {
            throw ProjectionFault("show \(context.show) is not there")
        }
        try body(&shows.values[index])
        shows.values[index].kept.version = context.position
    }
}

extension ShowSales {
    mutating func apply(_ event: OrderEvent) throws(ProjectionFault) {
        switch event {
        case .started(let started): channels.start(started)
        case .sold(let sold): try sell(sold)
        case .failed(let failed): _ = channels.end(failed.orderID)
        case .captured(let captured): capture(captured)
        case .voided(let voided): void(voided.orderID)
        case .refunded(let refunded): refund(refunded)
        case .returned(let returned): try takeBack(returned)
        case .swapped(let swapped): try swap(swapped)
        case .money(let event): apply(event)
        case .parked, .resumed: break
        }
    }
}
