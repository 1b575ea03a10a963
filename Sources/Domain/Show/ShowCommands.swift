/// A request to change a show, already authenticated, parsed and bounded.
public enum ShowCommand: Equatable, Sendable {
    /// `ShowCreated.createdAt` is set by the decider.
    case create(ShowCreated)
    case placeHold(PlaceHold)
    case releaseHold(HoldID, by: UserID)
    /// Ends at most `limit` holds whose time is over, the longest overdue first. Proposed by the sequencer's timer.
    case expireHolds(limit: Int)
}

public struct PlaceHold: Equatable, Sendable {
    public var holdID: HoldID
    public var userID: UserID
    public var selection: Selection

    /// What is wanted; all of it or nothing.
    public enum Selection: Equatable, Sendable {
        /// Seats by `seat_guid` and units by area; either may be empty, not both.
        case named(seats: [String], areas: [AreaQuantity])
        /// The best free places: adjacent in one row first, then the fewest rows, then areas.
        case best(quantity: Int, category: String?)
    }

    public init(holdID: HoldID, userID: UserID, selection: Selection) {
        self.holdID = holdID
        self.userID = userID
        self.selection = selection
    }
}
