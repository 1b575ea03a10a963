import Contract
public import Domain
public import Projection

/// The seat map of every show: what is free, held, sold or blocked, seat by seat and area by area, and since when.
public struct Availability: AggregateProjection {
    public static let name = "availability"
    public static let formatVersion = 3

    public private(set) var shows: [ShowID: ShowAvailability] = [:]
    /// In the order of their creation.
    public private(set) var order: [ShowID] = []

    /// The shows that have nothing free.
    public private(set) var soldOut: Set<ShowID> = []

    /// The seating plans by their size: that of a house is kept once, however many shows it has.
    private var plans: [Int: [[UInt8]]] = [:]
    /// Different plans of one size that are compared with a new one.
    private static let plansOfSizeMax = 16

    public init() {}

    public mutating func apply(_ event: ShowEvent, in context: EventContext) throws(ProjectionFault) {
        switch event {
        case .created(let show):
            guard shows[context.show] == nil else { throw ProjectionFault("show \(context.show) is created twice") }
            guard show.showID == context.show else {
                throw ProjectionFault("show \(show.showID) is created in the stream of \(context.show)")
            }
            insert(ShowAvailability(show, at: context.position))
        case .hold(.placed(let placed)):
            try change(
                SeatMove(placed.seats.lazy.map(\.index), .available, to: .held), placed.areas,
                resale: SeatMove(placed.resaleSeats, .resale, to: .held), in: context)
        case .hold(.released(let ended)), .hold(.expired(let ended)):
            try change(
                SeatMove(ended.seatIndexes, .held, to: .available), ended.areas,
                resale: SeatMove(ended.resaleSeats, .held, to: .resale), in: context)
        case .order(.sold(let sold)):
            try change(
                SeatMove(sold.seats.lazy.map(\.index), sold.wasHeld ? .held : .available, to: .sold), sold.areas,
                resale: SeatMove(sold.resold.map(\.seatIndex), sold.wasHeld ? .held : .resale, to: .sold), in: context)
        case .order(.returned(let returned)):
            try change(
                SeatMove(returned.seatIndexes, .sold, to: .available), returned.areas,
                resale: SeatMove(returned.resaleSeats, .resale, to: .available), in: context)
            // Whatever the reason: what goes back after the show was cancelled counts to what it owed then.
            shows[context.show]?.cancellation?.returned(returned)
        case .ticket(.changed(let changed)):
            switch changed.change {
            case .listed(let seat, _): try change(SeatMove([seat], .sold, to: .resale), in: context)
            case .unlisted(let seat): try change(SeatMove([seat], .resale, to: .sold), in: context)
            case .offered, .offerWithdrawn, .accepted: break
            }
        case .cancelled(let cancelled):
            guard shows[context.show] != nil else { throw ProjectionFault("show \(context.show) is not there") }
            shows[context.show]?.cancellation = Cancellation(
                cancelledAt: cancelled.cancelledAt, orders: cancelled.orders)
            shows[context.show]?.version = context.position
        case .order(.refunded(let refunded)):
            shows[context.show]?.cancellation?.settled(refunded.orderID, refunded.refundID)
        case .order(.voided(let voided)): shows[context.show]?.cancellation?.settled(voided.orderID, nil)
        case .order(.money(let money)):
            for part in money.settled where part.isWhole {
                shows[context.show]?.cancellation?.settled(money.orderID, part.refundID)
            }
        case .order, .ticket(.scanned), .ticket(.scanUndone), .ticket(.scansUploaded): break
        }
    }

    /// Moves seats and area units; of `seats`, those in `resale` go another way.
    private mutating func change<Seats>(
        _ seats: SeatMove<Seats>, _ areas: [AreaQuantity] = [], resale: SeatMove<[Int]>? = nil, in context: EventContext
    ) throws(ProjectionFault) {
        guard let index = shows.index(forKey: context.show) else {
            throw ProjectionFault("show \(context.show) is not there")
        }
        let hadFree = shows.values[index].hasFree
        if let resale, !resale.seats.isEmpty {
            let others = Set(resale.seats)
            let rest = SeatMove(seats.seats.filter { !others.contains($0) }, seats.old, to: seats.new)
            try shows.values[index].change(rest, areas, resale: resale, at: context.position)
        } else {
            try shows.values[index].change(seats, areas, at: context.position)
        }
        let hasFree = shows.values[index].hasFree
        guard hasFree != hadFree else { return }
        if hasFree { soldOut.remove(context.show) } else { soldOut.insert(context.show) }
    }

    mutating func insert(_ show: ShowAvailability) {
        var show = show
        show.planPayload = shared(show.planPayload)
        shows[show.details.showID] = show
        if !show.hasFree { soldOut.insert(show.details.showID) }
        order.append(show.details.showID)
    }

    /// The same bytes, which other shows may have too.
    private mutating func shared(_ plan: [UInt8]) -> [UInt8] {
        var plans = plans[plan.count, default: []]
        if let known = plans.first(where: { $0 == plan }) { return known }
        plans = plans.suffix(Self.plansOfSizeMax - 1) + [plan]
        self.plans[plan.count] = plans
        return plan
    }
}
