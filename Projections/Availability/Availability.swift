import Contract
public import Domain
public import Projection

/// The seat map of every show: what is free, held, sold or blocked, seat by seat and area by area, and since when.
public struct Availability: AggregateProjection {
    public static let name = "availability"
    public static let formatVersion = 4

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
        case .changed(let changed):
            guard shows[context.show] != nil else { throw ProjectionFault("show \(context.show) is not there") }
            shows[context.show]?.describe(changed, at: context.position)
        case .places(let changed):
            guard var show = shows[context.show] else { throw ProjectionFault("show \(context.show) is not there") }
            try show.replacePlaces(changed, at: context.position)
            show.planPayload = shared(show.planPayload)
            noteSoldOut(show)
            shows[context.show] = show
        case .allocations(let changed):
            guard shows[context.show] != nil else { throw ProjectionFault("show \(context.show) is not there") }
            try change(SeatMove(changed.freedSeats, .blocked, to: .available), in: context)
            try change(SeatMove(changed.blockedSeats, .available, to: .blocked), in: context)
            guard var show = shows[context.show] else { break }
            try show.block(changed.blockedUnits, at: context.position)
            show.keep(changed.allocations)
            noteSoldOut(show)
            shows[context.show] = show
        case .hold(.placed(let placed)):
            try change(
                SeatMove(placed.seats.lazy.map(\.index), .available, to: .held), placed.areas,
                except: [
                    SeatMove(placed.resaleSeats, .resale, to: .held),
                    SeatMove(placed.blockedSeats, .blocked, to: .held),
                ], in: context)
        case .hold(.changed(let changed)):
            if let dropped = changed.dropped { try free(dropped, in: context) }
            let added = Set(changed.addedSeats)
            try change(
                SeatMove(changed.addedSeats, .available, to: .held), changed.addedAreas,
                except: [
                    SeatMove(changed.hold.resaleSeats.filter(added.contains), .resale, to: .held),
                    SeatMove(changed.hold.blockedSeats.filter(added.contains), .blocked, to: .held),
                ], in: context)
        case .hold(.released(let ended)), .hold(.expired(let ended)): try free(ended, in: context)
        case .order(.sold(let sold)):
            try change(
                SeatMove(sold.seats.lazy.map(\.index), sold.wasHeld ? .held : .available, to: .sold), sold.areas,
                except: [SeatMove(sold.resold.map(\.seatIndex), sold.wasHeld ? .held : .resale, to: .sold)],
                in: context)
        case .order(.returned(let returned)):
            let (resale, blocked) = (Set(returned.resaleSeats), Set(returned.blockedSeats))
            try change(
                SeatMove(returned.seatIndexes, .sold, to: .available), returned.areas,
                except: [
                    SeatMove(returned.resaleSeats.filter { !blocked.contains($0) }, .resale, to: .available),
                    SeatMove(returned.blockedSeats.filter { !resale.contains($0) }, .sold, to: .blocked),
                    SeatMove(returned.blockedSeats.filter(resale.contains), .resale, to: .blocked),
                ], in: context)
            // Whatever the reason: what goes back after the show was cancelled counts to what it owed then.
            shows[context.show]?.cancellation?.returned(returned)
        case .order(.swapped(let swapped)):
            let (new, allocated) = (swapped.swaps.map(\.seat.index).sorted(), Set(swapped.allocatedSeats))
            try change(
                SeatMove(swapped.swaps.map(\.oldSeat).sorted(), .sold, to: .available),
                except: [
                    SeatMove(swapped.blockedSeats, .sold, to: .blocked),
                    SeatMove(new.filter { !allocated.contains($0) }, .available, to: .sold),
                    SeatMove(swapped.allocatedSeats, .blocked, to: .sold),
                ], in: context)
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
        case .admission, .order, .ticket(.scanned), .ticket(.scanUndone), .ticket(.scansUploaded), .waitlist: break
        }
    }

    /// What a hold had goes back to whom it belongs to.
    private mutating func free(_ ended: HoldEnded, in context: EventContext) throws(ProjectionFault) {
        try change(
            SeatMove(ended.seatIndexes, .held, to: .available), ended.areas,
            except: [
                SeatMove(ended.resaleSeats, .held, to: .resale), SeatMove(ended.blockedSeats, .held, to: .blocked),
            ], in: context)
    }

    /// Moves seats and area units; of `seats`, those in `exceptions` go another way.
    private mutating func change<Seats>(
        _ seats: SeatMove<Seats>, _ areas: [AreaQuantity] = [], except exceptions: [SeatMove<[Int]>] = [],
        in context: EventContext
    ) throws(ProjectionFault) {
        guard let index = shows.index(forKey: context.show) else {
            throw ProjectionFault("show \(context.show) is not there")
        }
        let hadFree = shows.values[index].hasFree
        if exceptions.contains(where: { !$0.seats.isEmpty }) {
            let others = Set(exceptions.lazy.flatMap(\.seats))
            let rest = SeatMove(seats.seats.filter { !others.contains($0) }, seats.old, to: seats.new)
            try shows.values[index].change(rest, areas, and: exceptions, at: context.position)
        } else {
            try shows.values[index].change(seats, areas, at: context.position)
        }
        if shows.values[index].hasFree != hadFree { noteSoldOut(shows.values[index]) }
    }

    private mutating func noteSoldOut(_ show: borrowing ShowAvailability) {
        if show.hasFree { soldOut.remove(show.details.showID) } else { soldOut.insert(show.details.showID) }
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
