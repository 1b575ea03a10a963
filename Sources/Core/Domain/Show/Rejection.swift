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

    /// The hold was extended since the caller last saw it, or the token was never its.
    case staleFencingToken
    /// The hold is being paid for.
    case purchaseInProgress
    case showCancelled
    /// There is no such order, or it is not the caller's.
    case orderNotFound
    /// Its money was not captured yet, or never.
    case orderNotCompleted
    /// The order is past the point where its payment can be given up.
    case orderNotVoidable
    case paymentNotParked
    /// There is no such ticket, or it is not the caller's.
    case ticketNotFound
    /// The ticket's state does not allow it.
    case ticketUnusable(TicketUse)
    case ticketAlreadyScanned(at: Timestamp)
    /// Only a seat's ticket can be offered for resale.
    case notResellable

    /// Why a ticket can't be used so.
    public enum TicketUse: String, Equatable, Sendable {
        case listed
        case scanned
        case returned
        case resold
        /// It went to somebody else: this code is an old one, or the money is another's.
        case transferred
        /// Nobody was offered it, or somebody else was.
        case notOffered = "not-offered"
        /// It is on offer to somebody.
        case offered
        case notListed = "not-listed"
        /// Somebody holds its seat, to buy it.
        case beingBought = "being-bought"
    }

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
    /// Sold, and offered by its owner to whoever wants it.
    case resale = 4
}
