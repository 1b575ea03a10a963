/// A show came into being, as it was at first. All but its id, its currency and its places may change later: see
/// ``ShowChanged``.
public struct ShowCreated: Equatable, Sendable {
    public var showID: ShowID
    public var name: String
    public var artist: String
    public var venue: Venue
    public var startsAt: Timestamp
    /// When people are let in; nil: not said.
    public var doorsAt: Timestamp?
    /// Holds before this instant are refused; nil: on sale at once.
    public var onSaleAt: Timestamp?
    /// Holds from this instant on are refused; nil: from the start on.
    public var offSaleAt: Timestamp?
    /// ISO 4217, three capital letters.
    public var currency: String
    /// Minor units by category name.
    public var prices: [String: Int64]
    /// By category name; the first type of a category is what its places are sold as when nobody says.
    public var ticketTypes: [String: [TicketType]] = [:]
    public var holdSeconds: Int64
    /// Seconds from its beginning that a hold can be extended to; nil: twice ``holdSeconds``.
    public var holdSecondsMax: Int64?
    /// How long somebody on the waiting list has to take an offer.
    public var offerSeconds = offerSecondsDefault
    /// Entries that one user may have on the waiting list, those with an offer included.
    public var waitlistEntriesPerUser = 1
    public var maxSeatsPerHold: Int
    /// Places that one user may have, held and bought together; nil: any number.
    public var maxSeatsPerUser: Int?
    /// Nil: the show has areas only.
    public var plan: KeptPlan?
    public var areas: [Area]
    /// How long a hold lasts at least, once, from the moment its owner begins to pay.
    public var paymentSeconds: Int64
    /// An authorization that comes after its hold's time is over buys the places all the same while they are free.
    public var regrantsLatePayments: Bool
    /// It will be at another time, which is not known yet: nothing is sold meanwhile, and tickets stay good.
    public var isPostponed = false
    /// When it was to start at first, if it was moved to a later time.
    public var postponedFrom: Timestamp?
    public var orphans: OrphanRule
    /// From then on, accessible seats and those of companions are among the best for everybody; nil: never.
    public var accessibleReleasedAt: Timestamp?
    /// What kind of show it is, such as "concert", to find it by.
    public var category: String?
    /// Only admins see the show, and nobody can hold places of it.
    public var isDraft: Bool
    /// Whose show it is; nil: the instance's own. It never changes.
    public var organisationID: OrganisationID?
    public var createdAt: Timestamp

    /// ``paymentSeconds`` of a show that does not say.
    public static let paymentSecondsDefault: Int64 = 120

    /// ``offerSeconds`` of a show that does not say.
    public static let offerSecondsDefault: Int64 = 900

    public init(
        showID: ShowID, name: String, artist: String, venue: Venue, startsAt: Timestamp, onSaleAt: Timestamp?,
        currency: String, prices: [String: Int64], holdSeconds: Int64, maxSeatsPerHold: Int, seatingPlan: SeatingPlan?,
        areas: [Area], paymentSeconds: Int64 = paymentSecondsDefault, regrantsLatePayments: Bool = false,
        orphans: OrphanRule = .avoid, accessibleReleasedAt: Timestamp? = nil, category: String? = nil,
        isDraft: Bool = false, createdAt: Timestamp
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
        self.category = category
        self.isDraft = isDraft
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

/// Where a show is, as the show says it: a copy, if the show is of a venue that is on record.
public struct Venue: Equatable, Sendable {
    public var name: String
    public var city: String
    /// The venue that this is a copy of.
    public var venueID: VenueID?
    /// ISO 3166-1, two capital letters.
    public var country: String?
    /// An IANA name, such as `Europe/Berlin`.
    public var timeZone: String?
    public var location: Location?

    public init(
        name: String, city: String, venueID: VenueID? = nil, country: String? = nil, timeZone: String? = nil,
        location: Location? = nil
    ) {
        self.name = name
        self.city = city
        self.venueID = venueID
        self.country = country
        self.timeZone = timeZone
        self.location = location
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
