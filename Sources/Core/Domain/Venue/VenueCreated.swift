/// A house that shows are given in came into being, with everything about it. A venue never changes.
public struct VenueCreated: Equatable, Sendable {
    public var venueID: VenueID
    public var name: String
    public var city: String
    /// ISO 3166-1, two capital letters.
    public var country: String?
    /// The IANA name of its time zone, such as `Europe/Berlin`.
    public var timeZone: String
    public var location: Location?
    /// What a show of the venue sells unless it has areas of its own; nil: areas only.
    public var plan: KeptPlan?
    public var areas: [Area]
    /// Whose venue it is; nil: the instance's own.
    public var organisationID: OrganisationID?
    public var createdAt: Timestamp

    public init(
        venueID: VenueID, name: String, city: String, country: String? = nil, timeZone: String,
        location: Location? = nil, plan: KeptPlan? = nil, areas: [Area] = [], createdAt: Timestamp
    ) {
        self.venueID = venueID
        self.name = name
        self.city = city
        self.country = country
        self.timeZone = timeZone
        self.location = location
        self.plan = plan
        self.areas = areas
        self.createdAt = createdAt
    }

    /// Seats and area units together.
    public var capacity: Int { areas.reduce(plan?.seatCount ?? 0) { $0 + $1.capacity } }

    /// What a show of this venue says about where it is.
    public var ofShow: Venue {
        Venue(name: name, city: city, venueID: venueID, country: country, timeZone: timeZone, location: location)
    }
}

/// A place on the earth (WGS 84).
public struct Location: Equatable, Sendable {
    /// Degrees north, -90 to 90.
    public var latitude: Double
    /// Degrees east, -180 to 180.
    public var longitude: Double

    public init(latitude: Double, longitude: Double) {
        self.latitude = latitude
        self.longitude = longitude
    }

    /// It is on the earth.
    public var isValid: Bool { (-90...90).contains(latitude) && (-180...180).contains(longitude) }
}
