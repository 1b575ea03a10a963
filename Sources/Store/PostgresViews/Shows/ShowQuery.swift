public import Domain
public import ShowSearch

/// What shows somebody looks for, in which order, and from where on.
public struct ShowQuery: Equatable, Sendable {
    public enum Sort: String, CaseIterable, Sendable {
        case startsAt
        case startsAtDescending = "-startsAt"
        case name
        /// Best matches of ``ShowFilter/words`` first, the earlier of equal ones first.
        case relevance
        /// Those nearest to the center of ``ShowFilter/near`` first.
        case distance
    }

    public var filter: ShowFilter
    public var sort: Sort
    /// The last show that the caller has; nil: none.
    public var after: ShowPlace?
    public var limit: Int

    public init(filter: ShowFilter, sort: Sort, after: ShowPlace? = nil, limit: Int) {
        self.filter = filter
        self.sort = sort
        self.after = after
        self.limit = limit
    }
}

/// Which shows. Nil: whatever it is.
public struct ShowFilter: Equatable, Sendable {
    public var words: SearchWords?
    /// Of the artist's name.
    public var artist: SearchWords?
    /// Of the venue's name.
    public var venue: SearchWords?
    public var venueID: VenueID?
    /// See ``SearchText/key(_:)``.
    public var cityKey: String?
    public var categoryKey: String?
    /// The show starts then or later.
    public var from: Timestamp?
    /// The show starts before.
    public var to: Timestamp?
    public var statuses: Set<ShowStatus>?
    public var near: GeoCircle?
    /// Whether drafts are seen at all.
    public var includesDrafts: Bool

    public init(includesDrafts: Bool) { self.includesDrafts = includesDrafts }
}

/// What a filter can't tell from what is stored: the time, and which shows have nothing free.
public struct ShowMoment: Equatable, Sendable {
    public var now: Timestamp
    public var soldOut: Set<ShowID>

    public init(now: Timestamp, soldOut: Set<ShowID>) {
        self.now = now
        self.soldOut = soldOut
    }
}

/// A show's place in an order of shows.
public struct ShowPlace: Equatable, Sendable {
    /// By `startsAt`: its microseconds. By `relevance`: millionths. By `distance`: metres. By `name`: 0.
    public var number: Int64
    /// By `relevance`: the start's microseconds, which order equal ones. Else 0.
    public var second: Int64
    /// By `name`: ``SearchText/sortKey(_:)``. Else empty.
    public var text: String
    public var show: ShowID

    public init(number: Int64, second: Int64 = 0, text: String = "", show: ShowID) {
        self.number = number
        self.second = second
        self.text = text
        self.show = show
    }
}

/// How many of the shows that were found have what.
public struct ShowFacets: Equatable, Sendable {
    public struct Count: Equatable, Sendable {
        public var value: String
        public var count: Int64
    }

    public var total: Int64 = 0
    /// The most frequent first, at most ``valuesMax`` of each.
    public var cities: [Count] = []
    public var categories: [Count] = []
    public var statuses: [Count] = []
    public var months: [Count] = []

    public static let valuesMax = 50
}
