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
    /// Nil: the show has areas only.
    public var plan: KeptPlan?
    public var areas: [Area]
    /// How long a hold lasts at least, once, from the moment its owner begins to pay.
    public var paymentSeconds: Int64
    /// An authorization that comes after its hold's time is over buys the places all the same while they are free.
    public var regrantsLatePayments: Bool
    public var orphans: OrphanRule
    /// From then on, accessible seats and those of companions are among the best for everybody; nil: never.
    public var accessibleReleasedAt: Timestamp?
    public var createdAt: Timestamp

    /// ``paymentSeconds`` of a show that does not say.
    public static let paymentSecondsDefault: Int64 = 120

    public init(
        showID: ShowID, name: String, artist: String, venue: Venue, startsAt: Timestamp, onSaleAt: Timestamp?,
        currency: String, prices: [String: Int64], holdSeconds: Int64, maxSeatsPerHold: Int, seatingPlan: SeatingPlan?,
        areas: [Area], paymentSeconds: Int64 = paymentSecondsDefault, regrantsLatePayments: Bool = false,
        orphans: OrphanRule = .avoid, accessibleReleasedAt: Timestamp? = nil, createdAt: Timestamp
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
        plan = seatingPlan.map(KeptPlan.unpacked)
        self.areas = areas
        self.paymentSeconds = paymentSeconds
        self.regrantsLatePayments = regrantsLatePayments
        self.orphans = orphans
        self.accessibleReleasedAt = accessibleReleasedAt
        self.createdAt = createdAt
    }

    /// The seating plan, unpacked, which is costly for one of the log.
    public var seatingPlan: SeatingPlan? {
        get { plan?.unpacked() }
        set { plan = newValue.map(KeptPlan.unpacked) }
    }

    /// Seats and area units together.
    public var capacity: Int { areas.reduce(plan?.seatCount ?? 0) { $0 + $1.capacity } }
}

/// What becomes of single seats that a hold would cut off from all other free seats beside them: hardly anybody buys one.
public enum OrphanRule: String, CaseIterable, Equatable, Sendable {
    case allow
    /// The best places leave none unless it can't be helped. Seats may be picked as one likes.
    case avoid
    /// Seats that leave one can't be picked, either, unless it can't be helped.
    case enforce
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
