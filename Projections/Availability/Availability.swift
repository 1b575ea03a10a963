import Contract
public import Domain
public import Projecting

/// The seat map of every show: what is free, held, sold or blocked, seat by seat and area by area, and since when.
public struct Availability: Projection {
    public static let name = "availability"
    public static let formatVersion = 1

    public private(set) var shows: [ShowID: ShowAvailability] = [:]
    /// In the order of their creation.
    public private(set) var order: [ShowID] = []

    public init() {}

    public mutating func apply(_ event: ShowEvent, in context: EventContext) throws(ProjectionFault) {
        switch event {
        case .created(let show):
            guard shows[context.show] == nil else { throw ProjectionFault("show \(context.show) is created twice") }
            guard show.showID == context.show else {
                throw ProjectionFault("show \(show.showID) is created in the stream of \(context.show)")
            }
            insert(ShowAvailability(show, at: context.position))
        case .holdPlaced(let placed):
            try change(
                placed.seats.lazy.map(\.index), placed.areas, from: .available, to: .held, in: context)
        case .holdReleased(let ended), .holdExpired(let ended):
            try change(ended.seatIndexes, ended.areas, from: .held, to: .available, in: context)
        }
    }

    private mutating func change(
        _ seats: some Sequence<Int>, _ areas: [AreaQuantity], from old: SeatStatus, to new: SeatStatus,
        in context: EventContext
    ) throws(ProjectionFault) {
        guard shows[context.show] != nil else { throw ProjectionFault("show \(context.show) is not there") }
        try shows[context.show]?.change(seats, areas, from: old, to: new, at: context.position)
    }

    mutating func insert(_ show: ShowAvailability) {
        shows[show.details.showID] = show
        order.append(show.details.showID)
    }
}
