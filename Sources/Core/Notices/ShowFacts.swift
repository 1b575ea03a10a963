public import Domain

/// What notices say of a show.
public struct ShowFacts: Equatable, Sendable {
    /// Where a seat is, in the words of the show's plan.
    public struct Seat: Equatable, Sendable {
        public var zone: String
        public var row: String
        public var number: String
    }

    public var showID: ShowID
    public var name: String
    public var artist: String
    public var venueName: String
    public var city: String
    /// An IANA name; nil: times are told in UTC.
    public var timeZone: String?
    public var startsAt: Timestamp
    public var doorsAt: Timestamp?
    public var currency: String
    public var isPostponed: Bool
    public var isDraft: Bool
    public var cancelledAt: Timestamp?
    public var organisationID: OrganisationID?
    public var areaNames: [AreaID: String]
    /// By guid; empty: the show has areas only.
    public var seats: [String: Seat]

    public init(_ show: ShowCreated) {
        showID = show.showID
        name = show.name
        artist = show.artist
        venueName = show.venue.name
        city = show.venue.city
        timeZone = show.venue.timeZone
        startsAt = show.startsAt
        doorsAt = show.doorsAt
        currency = show.currency
        isPostponed = show.isPostponed
        isDraft = show.isDraft
        organisationID = show.organisationID
        areaNames = [:]
        seats = [:]
        place(show.plan, show.areas)
    }

    /// Takes in what else happened to the show.
    public mutating func apply(_ event: ShowEvent) {
        switch event {
        case .changed(let changed):
            let show = changed.show
            (name, artist, venueName, city) = (show.name, show.artist, show.venue.name, show.venue.city)
            (timeZone, startsAt, doorsAt) = (show.venue.timeZone, show.startsAt, show.doorsAt)
            (isPostponed, isDraft) = (show.isPostponed, show.isDraft)
        case .places(let changed): place(changed.plan, changed.areas)
        case .cancelled(let cancelled): cancelledAt = cancelled.cancelledAt
        case .created, .allocations, .admission, .hold, .order, .ticket, .waitlist: break
        }
    }

    private mutating func place(_ plan: KeptPlan?, _ areas: [Area]) {
        areaNames = Dictionary(areas.map { ($0.areaID, $0.name) }, uniquingKeysWith: { first, _ in first })
        seats = [:]
        for zone in plan?.unpacked().zones ?? [] {
            for row in zone.rows {
                for seat in row.seats { seats[seat.guid] = Seat(zone: zone.name, row: row.number, number: seat.number) }
            }
        }
    }

    /// The types of events that ``apply(_:)`` takes something from, as the log names them.
    public static let eventTypes: Set<String> = ["ShowCreated", "ShowChanged", "PlacesChanged", "ShowCancelled"]

    /// Whether holders of tickets have to know of the difference.
    public func differsForHolders(from before: ShowFacts) -> Bool {
        startsAt != before.startsAt || doorsAt != before.doorsAt || venueName != before.venueName
            || city != before.city || name != before.name || isPostponed != before.isPostponed
    }
}
