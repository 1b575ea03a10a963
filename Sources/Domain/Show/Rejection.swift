/// Why a command was refused. A rejection is recorded and final.
public enum Rejection: Error, Equatable, Sendable {
    case showNotFound
    /// The id a new show would get is taken.
    case showExists
    case notOnSale(until: Timestamp)
    /// Nothing was asked for.
    case emptyHold
    case tooManySeats(limit: Int)
    case duplicateSeat(String)
    case unknownSeat(String)
    case unknownArea(String)
    case unknownCategory(String)
    case seatsUnavailable([Conflict])
    /// There is no such live hold, or it is not the caller's: the two are not told apart.
    case holdNotFound

    /// What stands in the way of a hold.
    public enum Conflict: Equatable, Sendable {
        case seat(String, SeatStatus)
        /// Fewer units are free in this area than were asked for.
        case area(AreaID, available: Int)
        /// Fewer places are free in all that was searched than were asked for.
        case quantity(available: Int)
    }
}

/// What a seat is; the digit of the seat map.
public enum SeatStatus: UInt8, Equatable, Sendable {
    case available = 0
    case held = 1
    case sold = 2
    case blocked = 3
}
