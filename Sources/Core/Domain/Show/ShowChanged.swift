/// The show is described anew: its name and artist, its times, its prices and limits. Its id, its currency and its places
/// are what they were. Tickets stay good; new prices are those of holds from here on.
public struct ShowChanged: Equatable, Sendable {
    /// The show as it is now, without its places: no seating plan, no areas.
    public var show: ShowCreated
    public var changedAt: Timestamp

    public init(show: ShowCreated, changedAt: Timestamp) {
        self.show = show
        self.changedAt = changedAt
    }
}

extension ShowCreated {
    /// The show from this event on. What the event does not describe stays: places, id, currency, and when the show was
    /// created.
    public func changed(by event: ShowChanged) -> ShowCreated {
        var show = event.show
        show.showID = showID
        show.currency = currency
        show.plan = plan
        show.areas = areas
        show.createdAt = createdAt
        return show
    }
}

/// One change of what a show says about itself.
public enum ShowEdit: Equatable, Sendable {
    case name(String)
    case artist(String)
    case venueName(String)
    case venueCity(String)
    case timeZone(String?)
    case country(String?)
    case location(Location?)
    case category(String?)
    case startsAt(Timestamp)
    case doorsAt(Timestamp?)
    case onSaleAt(Timestamp?)
    case offSaleAt(Timestamp?)
    /// By category; nil: the category has no price of its own any more.
    case price(String, Int64?)
    /// By category; nil: the category has no types any more.
    case ticketTypes(String, [TicketType]?)
    case holdSeconds(Int64)
    case holdSecondsMax(Int64?)
    case maxSeatsPerHold(Int)
    case maxSeatsPerUser(Int)
    case offerSeconds(Int64)
    case waitlistEntriesPerUser(Int)
    case paymentSeconds(Int64)
    case regrantsLatePayments(Bool)
    case orphans(OrphanRule)
    case accessibleReleasedAt(Timestamp?)
    case isDraft(Bool)
    case isPostponed(Bool)
}

extension ShowCreated {
    mutating func apply(_ edit: ShowEdit) {
        switch edit {
        case .name(let name): self.name = name
        case .artist(let artist): self.artist = artist
        case .venueName(let name): venue.name = name
        case .venueCity(let city): venue.city = city
        case .country(let country): venue.country = country
        case .location(let location): venue.location = location
        case .category(let category): self.category = category
        case .timeZone(let zone): venue.timeZone = zone
        case .startsAt(let time): startsAt = time
        case .doorsAt(let time): doorsAt = time
        case .onSaleAt(let time): onSaleAt = time
        case .offSaleAt(let time): offSaleAt = time
        case .price(let category, let price): prices[category] = price
        case .ticketTypes(let category, let types):
            ticketTypes[category] = types
            // The price of a category with types is that of the first.
            if types != nil { prices[category] = nil }
        case .holdSeconds(let seconds): holdSeconds = seconds
        case .holdSecondsMax(let seconds): holdSecondsMax = seconds
        case .maxSeatsPerHold(let count): maxSeatsPerHold = count
        case .maxSeatsPerUser(let count): maxSeatsPerUser = count
        case .offerSeconds(let seconds): offerSeconds = seconds
        case .waitlistEntriesPerUser(let count): waitlistEntriesPerUser = count
        case .paymentSeconds(let seconds): paymentSeconds = seconds
        case .regrantsLatePayments(let grants): regrantsLatePayments = grants
        case .orphans(let rule): orphans = rule
        case .accessibleReleasedAt(let time): accessibleReleasedAt = time
        case .isDraft(let isDraft): self.isDraft = isDraft
        case .isPostponed(let isPostponed): self.isPostponed = isPostponed
        }
    }
}
