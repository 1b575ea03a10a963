/// Tickets of an order get other seats; all of it or nothing.
public struct SwapTickets: Equatable, Sendable {
    public struct Seat: Equatable, Sendable {
        /// The new seat's `seat_guid`.
        public var guid: String
        /// Nil: the ticket stays as it is where its category does, and of the same type where the new category has it.
        public var ticketType: String?

        public init(guid: String, ticketType: String? = nil) {
            self.guid = guid
            self.ticketType = ticketType
        }
    }

    public var orderID: OrderID
    /// By ticket number; at least one.
    public var seats: [Int: Seat]
    /// The tickets cost what they cost before, whatever the new seats would.
    public var waivesDifference: Bool
    /// Who of the back office asks.
    public var userID: UserID
    /// The channels that the caller may give seats from.
    public var channels: Set<String>

    public init(
        orderID: OrderID, seats: [Int: Seat], waivesDifference: Bool = false, by userID: UserID,
        channels: Set<String> = []
    ) {
        self.orderID = orderID
        self.seats = seats
        self.waivesDifference = waivesDifference
        self.userID = userID
        self.channels = channels
    }
}

/// Tickets are for other seats from here on. Codes of their earlier generations are worthless.
public struct TicketsSwapped: Equatable, Sendable {
    public struct Swap: Equatable, Sendable {
        /// The ticket's number.
        public var ticket: Int
        /// The index of the seat that it was for.
        public var oldSeat: Int
        public var seat: HeldSeat
        /// What the ticket costs from here on.
        public var fare: Fare
        public var generation: Int

        public init(ticket: Int, oldSeat: Int, seat: HeldSeat, fare: Fare, generation: Int) {
            self.ticket = ticket
            self.oldSeat = oldSeat
            self.seat = seat
            self.fare = fare
            self.generation = generation
        }
    }

    public var orderID: OrderID
    public var userID: UserID
    /// By ticket number, ascending.
    public var swaps: [Swap]
    /// Those of the old seats that are back in their allocation rather than free; ascending.
    public var blockedSeats: [Int]
    /// Those of the new seats that an allocation kept; ascending.
    public var allocatedSeats: [Int]
    public var refundID: RefundID
    /// Minor units to go back: the new seats cost less.
    public var amount: Int64
    /// The provider's id of the payment that they are refunded from.
    public var paymentID: String
    /// Who of the back office asked.
    public var swappedBy: UserID
    public var swappedAt: Timestamp

    public init(
        orderID: OrderID, userID: UserID, swaps: [Swap], blockedSeats: [Int] = [], allocatedSeats: [Int] = [],
        refundID: RefundID, amount: Int64, paymentID: String, swappedBy: UserID, swappedAt: Timestamp
    ) {
        self.orderID = orderID
        self.userID = userID
        self.swaps = swaps
        self.blockedSeats = blockedSeats
        self.allocatedSeats = allocatedSeats
        self.refundID = refundID
        self.amount = amount
        self.paymentID = paymentID
        self.swappedBy = swappedBy
        self.swappedAt = swappedAt
    }
}
