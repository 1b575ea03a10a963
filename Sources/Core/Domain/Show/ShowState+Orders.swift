extension ShowState {
    /// A purchase, from its first payment attempt on, as decisions need it.
    public struct Order: Equatable, Sendable {
        enum Phase: Equatable, Sendable {
            case authorizing
            case failed
            case sold
        }

        typealias Payment = OrderRecord.Payment

        var holdID: HoldID
        var userID: UserID
        var seats: [HeldSeat]
        var resaleSeats: [Int]
        var areas: [AreaQuantity]
        /// Of the places in order; empty: they cost what the show says.
        var fares: FareList
        var total: Int64
        var phase = Phase.authorizing
        var payment = Payment.unknown
        /// The provider's id of it; empty: not known, or none.
        var paymentID = ""
        var isParked = false
        /// Ticket n is at n - 1.
        var tickets: [Ticket] = []
        /// Minor units that are on their way back, by refund.
        var refundsDue: [RefundID: Int64] = [:]
        var refundCount = 0
        /// The buyer has to act before the payment is authorized.
        var needsAction = false
        /// Minor units that were taken.
        var captured: Int64 = 0
        /// Minor units that went back: by our refund's id, or the provider's of a refund or a lost dispute.
        var returned: [String: Int64] = [:]
        /// Minor units that went back, and that no ticket's return has used up yet.
        var credit: Int64 = 0
        var disputes: [String: Dispute] = [:]
        /// An operator is to decide about tickets whose money went back, or may.
        var isInReview = false
        /// The admission that its hold was placed with.
        var admission: EntryID?

        init(payingFor hold: Hold) {
            holdID = hold.holdID
            userID = hold.userID
            seats = hold.seats
            resaleSeats = hold.resaleSeats
            areas = hold.areas
            fares = hold.fares
            total = hold.total
            admission = hold.admission
        }

        /// The numbers of the tickets that are still somebody's, ascending.
        var ticketsLeft: [Int] { tickets.indices.filter { tickets[$0].isSomebodys }.map { $0 + 1 } }

        /// The refund that the next return of tickets will be: none that money went back under before, which the log may
        /// have lost the request of.
        func nextRefund(of id: OrderID) -> RefundID {
            var number = refundCount + 1
            while returned[RefundID(number, of: id).rawValue] != nil { number += 1 }
            return RefundID(number, of: id)
        }

        mutating func owe(_ refund: RefundID, _ amount: Int64) {
            refundCount = max(refundCount + 1, refund.number ?? 0)
            if amount > 0 { refundsDue[refund] = amount }
        }
    }

    /// Entrance for one.
    public struct Ticket: ChangingTicket, Equatable, Sendable {
        enum Place: Equatable, Sendable {
            case seat(Int)
            case area(AreaID)
        }

        var place: Place
        var fare: Fare
        var owner: UserID
        /// Raised whenever the ticket changes hands; codes of earlier generations are worthless.
        var generation = 1
        var status = TicketStatus.valid
        var passes: [DoorPass] = []
        /// Ways that were taken back, the latest: a device that uploads them again must not bring them back.
        var undonePasses: [DoorPass] = []
        var offeredTo: UserID?

        /// What was paid for it, in minor units.
        var price: Int64 { fare.amount }

        var seatIndex: Int? {
            guard case .seat(let index) = place else { return nil }
            return index
        }
    }

    func ticket(_ id: TicketID) -> (order: Order, ticket: Ticket)? {
        guard let orderID = id.order, let number = id.number, let order = orders[orderID],
            order.tickets.indices.contains(number - 1)
        else { return nil }
        return (order, order.tickets[number - 1])
    }

    /// The tickets of what is being sold: one a seat, then one a unit of an area.
    func tickets(seats: [HeldSeat], areas: [AreaQuantity], fares agreed: FareList, owner: UserID) -> [Ticket] {
        let places =
            seats.lazy.map { Ticket.Place.seat($0.index) }
            + areas.flatMap { repeatElement(.area($0.areaID), count: $0.quantity) }
        return zip(places, fares(of: seats, areas, agreed).all).map { Ticket(place: $0, fare: $1, owner: owner) }
    }
}

/// What a ticket is good for.
public enum TicketStatus: String, Equatable, Sendable {
    case valid
    /// For resale; nobody gets in with it meanwhile.
    case listed
    /// Its holder is in.
    case scanned
    /// Its holder was in and left, and may come back.
    case outside
    /// Refunded, or revoked.
    case returned
    case resold
    /// An operator has stopped it: nobody gets in with it, and nobody passes it on, until it is restored or ended.
    case suspended
}
