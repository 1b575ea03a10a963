/// A request to change a show, already authenticated, parsed and bounded.
public enum ShowCommand: DomainCommand, Equatable {
    /// The decider sets `createdAt`.
    case create(ValidShow)
    /// Describes the show anew, or gives it other places.
    case change(ShowChange)
    /// Keeps these places, and no others, for channels or from everybody.
    case allocate([AllocationWish])
    case placeHold(PlaceHold)
    case changeHold(ChangeHold)
    /// Gives a hold as much time as a new one has, up to the show's limit.
    case extendHold(HoldID, by: UserID)
    case releaseHold(HoldID, by: UserID)
    /// Ends at most `limit` holds whose time is over, the longest overdue first. Proposed by the sequencer's timer.
    case expireHolds(limit: Int)
    case startPurchase(StartPurchase)
    /// What came of an order's payment. Proposed by the payment process, and by operators.
    case payment(PaymentStep, of: OrderID)
    /// Gives tickets back, by number; nil: all that are left. By their payer; nil: an admin.
    case refund(OrderID, tickets: [Int]?, by: UserID?)
    /// Gives tickets of an order other seats.
    case swap(SwapTickets)
    case ticket(TicketStep, TicketID, by: UserID)
    /// Scans that were made without a network.
    case uploadScans(ScanUpload)
    /// Joins the waiting list, or leaves it.
    case waitlist(WaitlistStep)
    case cancelShow
    /// Whether a hold needs an admission of the show's waiting room. Proposed with the room's own commands.
    case requireAdmission(Bool)
    /// Nobody holds anything more with this entry's admission.
    case endAdmission(EntryID)
    /// Returns the tickets of at most `limit` orders of a cancelled show. Proposed by the payment process.
    case refundCancelled(limit: Int)
}

public struct StartPurchase: Equatable, Sendable {
    public var orderID: OrderID
    public var holdID: HoldID
    public var userID: UserID
    /// The hold's, as the caller last saw it.
    public var fencingToken: Int64
    /// Further holds of the user's that the order is for, each with its fencing token; they go into the first.
    public var others: [HoldID: Int64]
    /// The payment provider's name for how to pay.
    public var paymentMethod: String
    /// See ``PurchaseStarted/returnURL``.
    public var returnURL: String

    public init(
        orderID: OrderID, holdID: HoldID, userID: UserID, fencingToken: Int64, others: [HoldID: Int64] = [:],
        paymentMethod: String, returnURL: String = ""
    ) {
        self.orderID = orderID
        self.holdID = holdID
        self.userID = userID
        self.fencingToken = fencingToken
        self.others = others
        self.paymentMethod = paymentMethod
        self.returnURL = returnURL
    }
}

/// A step of an order's payment. One that comes too late, or twice, changes nothing.
public enum PaymentStep: Equatable, Sendable {
    /// With the provider's id of the authorization. Sells the places, or finds that it is too late.
    case authorized(String)
    /// The buyer's bank wants to see the buyer first. With the provider's id of the payment, and what the buyer's browser
    /// needs there, sealed.
    case actionRequired(String, sealedSecret: [UInt8])
    /// With the provider's code for why.
    case declined(String)
    /// The provider does not take the order's payment, with its reason. What became of earlier attempts is not known.
    case refused(String)
    case captured
    case voided
    case refunded(RefundID)
    case parked(reason: String)
    /// Many attempts did not tell whether it is authorized: fails the purchase if its hold is over. The salt makes one such
    /// proposal differ from the next, which may come to another end.
    case unanswered(salt: UInt64)
    /// An operator wants it tried again.
    case resumed
    /// An operator gives the payment up: void it, and revoke what was sold for it.
    case abandoned
    /// What the provider's books say of the payment.
    case observed(ProviderLedger)
    /// An operator leaves things as they are: what is due is settled elsewhere.
    case accepted
    /// An operator stops tickets, by number; nil: all that are somebody's.
    case suspended([Int]?)
    /// An operator lets suspended tickets be used again; nil: all of them.
    case restored([Int]?)
    /// An operator ends tickets without a refund; nil: all that are somebody's.
    case ended([Int]?)
}

/// Something that a ticket's holder, or the one at the door, does with it.
public enum TicketStep: Equatable, Sendable {
    case scan(TicketScan)
    /// Takes the last scan back; `areas` as in ``TicketScan/areas``.
    case undoScan(areas: Set<String>?)
    case offer(to: UserID)
    /// By its owner, or by whom it was offered to.
    case withdrawOffer
    case accept
    case list
    case unlist
}

public struct PlaceHold: Equatable, Sendable {
    public var holdID: HoldID
    public var userID: UserID
    public var selection: Selection
    public var ticketTypes: TicketTypeChoice
    /// The channels that the caller may buy from.
    public var channels: Set<String>
    /// What the caller's verified token says; nil: there is none.
    public var admission: Admission?

    /// What is wanted; all of it or nothing.
    public enum Selection: Equatable, Sendable {
        /// Seats by `seat_guid` and units by area; either may be empty, not both.
        case named(seats: [String], areas: [AreaQuantity])
        /// The best free places: neighbours in one row, else the fewest and evenest groups, else areas.
        case best(BestPlaces)
    }

    /// How many of the best free places are wanted, and where.
    public struct BestPlaces: Equatable, Sendable {
        public var quantity: Int
        /// A price category's name.
        public var category: String?
        /// A zone's name.
        public var zone: String?
        /// Rows' numbers, in the zone if one is named.
        public var rows: [String]?
        /// One of the party needs an accessible seat.
        public var isAccessible: Bool

        public init(
            quantity: Int, category: String? = nil, zone: String? = nil, rows: [String]? = nil,
            isAccessible: Bool = false
        ) {
            self.quantity = quantity
            self.category = category
            self.zone = zone
            self.rows = rows
            self.isAccessible = isAccessible
        }

        /// Areas are in no zone or row, and have no accessible seat.
        var isForSeatsOnly: Bool { zone != nil || rows != nil || isAccessible }
    }

    public init(
        holdID: HoldID, userID: UserID, selection: Selection, ticketTypes: TicketTypeChoice = .usual,
        channels: Set<String> = [], admission: Admission? = nil
    ) {
        self.holdID = holdID
        self.userID = userID
        self.selection = selection
        self.ticketTypes = ticketTypes
        self.channels = channels
        self.admission = admission
    }
}

/// Places come to a hold, others are dropped; all of it or nothing.
public struct ChangeHold: Equatable, Sendable {
    public var holdID: HoldID
    public var userID: UserID
    /// Seats by `seat_guid`.
    public var addedSeats: [String]
    public var addedAreas: [AreaQuantity]
    public var droppedSeats: [String]
    public var droppedAreas: [AreaQuantity]
    /// Of seats that are in the hold afterwards, and of units of areas; what it does not speak of keeps its type.
    public var ticketTypes: TicketTypeChoice
    /// The channels that the caller may buy from.
    public var channels: Set<String>
    /// What the caller's verified token says; only what adds places needs it.
    public var admission: Admission?

    public init(
        holdID: HoldID, userID: UserID, addedSeats: [String] = [], addedAreas: [AreaQuantity] = [],
        droppedSeats: [String] = [], droppedAreas: [AreaQuantity] = [], ticketTypes: TicketTypeChoice = .usual,
        channels: Set<String> = [], admission: Admission? = nil
    ) {
        self.holdID = holdID
        self.userID = userID
        self.addedSeats = addedSeats
        self.addedAreas = addedAreas
        self.droppedSeats = droppedSeats
        self.droppedAreas = droppedAreas
        self.ticketTypes = ticketTypes
        self.channels = channels
        self.admission = admission
    }
}
