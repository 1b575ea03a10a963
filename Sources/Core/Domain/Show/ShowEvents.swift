/// What happened to a show: the events of one stream, in order.
public enum ShowEvent: Equatable, Sendable {
    case created(ShowCreated)
    case holdPlaced(HoldPlaced)
    case holdReleased(HoldEnded)
    case holdExpired(HoldEnded)
    case purchaseStarted(PurchaseStarted)
    case seatsSold(SeatsSold)
    case purchaseFailed(PurchaseFailed)
    case paymentCaptured(PaymentMoved)
    case paymentVoided(PaymentMoved)
    case paymentRefunded(PaymentRefunded)
    case paymentParked(PaymentParked)
    case paymentResumed(PaymentMoved)
    case ticketsReturned(TicketsReturned)
    case ticketScanned(TicketScanned)
    case ticketChanged(TicketChanged)
    case showCancelled(ShowCancelled)
}

/// A show came into being, with everything about it that never changes.
public struct ShowCreated: Equatable, Sendable {
    public var showID: ShowID
    public var name: String
    public var artist: String
    public var venue: Venue
    public var startsAt: Timestamp
    /// Holds before this instant are refused; nil: on sale at once.
    public var onSaleAt: Timestamp?
    /// ISO 4217, three capital letters.
    public var currency: String
    /// Minor units by category name.
    public var prices: [String: Int64]
    public var holdSeconds: Int64
    public var maxSeatsPerHold: Int
    public var seatingPlan: SeatingPlan?
    public var areas: [Area]
    /// How long a hold lasts at least, once, from the moment its owner begins to pay.
    public var paymentSeconds: Int64
    /// An authorization that comes after its hold's time is over buys the places all the same while they are free.
    public var regrantsLatePayments: Bool
    public var createdAt: Timestamp

    /// ``paymentSeconds`` of a show that does not say.
    public static let paymentSecondsStandard: Int64 = 120

    public init(
        showID: ShowID, name: String, artist: String, venue: Venue, startsAt: Timestamp, onSaleAt: Timestamp?,
        currency: String, prices: [String: Int64], holdSeconds: Int64, maxSeatsPerHold: Int, seatingPlan: SeatingPlan?,
        areas: [Area], paymentSeconds: Int64 = paymentSecondsStandard, regrantsLatePayments: Bool = false,
        createdAt: Timestamp
    ) {
        self.showID = showID
        self.name = name
        self.artist = artist
        self.venue = venue
        self.startsAt = startsAt
        self.onSaleAt = onSaleAt
        self.currency = currency
        self.prices = prices
        self.holdSeconds = holdSeconds
        self.maxSeatsPerHold = maxSeatsPerHold
        self.seatingPlan = seatingPlan
        self.areas = areas
        self.paymentSeconds = paymentSeconds
        self.regrantsLatePayments = regrantsLatePayments
        self.createdAt = createdAt
    }

    /// Seats and area units together.
    public var capacity: Int { areas.reduce(seatingPlan?.seatCount ?? 0) { $0 + $1.capacity } }
}

public struct Venue: Equatable, Sendable {
    public var name: String
    public var city: String
    public init(name: String, city: String) {
        self.name = name
        self.city = city
    }
}

/// A general-admission area: `capacity` units that nobody tells apart.
public struct Area: Equatable, Sendable {
    public var areaID: AreaID
    public var name: String
    public var capacity: Int
    /// The price category's name.
    public var category: String
    public init(areaID: AreaID, name: String, capacity: Int, category: String) {
        self.areaID = areaID
        self.name = name
        self.capacity = capacity
        self.category = category
    }
}

/// One seat of a hold: its index in plan order, and the id the shop knows it by.
public struct HeldSeat: Equatable, Sendable {
    public var index: Int
    public var guid: String
    public init(index: Int, guid: String) {
        self.index = index
        self.guid = guid
    }
}

/// Some units of one area. `quantity` is at least 1.
public struct AreaQuantity: Equatable, Sendable {
    public var areaID: AreaID
    public var quantity: Int
    public init(areaID: AreaID, quantity: Int) {
        self.areaID = areaID
        self.quantity = quantity
    }
}

/// Seats and area units were set aside for one user until `expiresAt`.
///
/// The hold's fencing token is the sequence number of this event.
public struct HoldPlaced: Equatable, Sendable {
    public var holdID: HoldID
    public var userID: UserID
    /// Ascending by index.
    public var seats: [HeldSeat]
    /// Those of `seats` that their owners offer for resale, by index, ascending.
    public var resaleSeats: [Int]
    /// In the order of the show's areas.
    public var areas: [AreaQuantity]
    /// Minor units of `currency`.
    public var total: Int64
    public var currency: String
    public var placedAt: Timestamp
    public var expiresAt: Timestamp

    public init(
        holdID: HoldID, userID: UserID, seats: [HeldSeat], resaleSeats: [Int] = [], areas: [AreaQuantity], total: Int64,
        currency: String, placedAt: Timestamp, expiresAt: Timestamp
    ) {
        self.holdID = holdID
        self.userID = userID
        self.seats = seats
        self.resaleSeats = resaleSeats
        self.areas = areas
        self.total = total
        self.currency = currency
        self.placedAt = placedAt
        self.expiresAt = expiresAt
    }
}

/// A hold ended, and what it held is free again. Says what that was, so a follower needs no memory of the hold.
public struct HoldEnded: Equatable, Sendable {
    public var holdID: HoldID
    public var userID: UserID
    /// Ascending.
    public var seatIndexes: [Int]
    /// Those of `seatIndexes` that are for resale again rather than free; ascending.
    public var resaleSeats: [Int]
    public var areas: [AreaQuantity]
    public var endedAt: Timestamp

    public init(
        holdID: HoldID, userID: UserID, seatIndexes: [Int], resaleSeats: [Int] = [], areas: [AreaQuantity],
        endedAt: Timestamp
    ) {
        self.holdID = holdID
        self.userID = userID
        self.seatIndexes = seatIndexes
        self.resaleSeats = resaleSeats
        self.areas = areas
        self.endedAt = endedAt
    }
}
