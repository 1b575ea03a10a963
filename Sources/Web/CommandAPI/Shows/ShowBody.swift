import Domain
import HTTPServer
import WebAPI

/// `POST /shows`.
struct ShowBody: Decodable {
    struct VenueBody: Decodable {
        var name: DisplayText
        var city: DisplayText
        var country: String?
        var timeZone: TimeZoneName?
        var location: LocationBody?

        var venue: Venue {
            Venue(
                name: name.text, city: city.text, country: country, timeZone: timeZone?.text,
                location: location?.location)
        }
    }

    struct AreaBody: Decodable {
        var areaId: AreaID
        var name: DisplayText
        var capacity: Int
        var category: String

        var area: Area { Area(areaID: areaId, name: name.text, capacity: capacity, category: category) }
    }

    var name: DisplayText
    var artist: DisplayText
    var venue: VenueBody?
    /// Instead of `venue` and `seatingPlan`: the show gets a copy of what this venue has.
    var venueId: VenueID?
    var startsAt: Timestamp
    var doorsAt: Timestamp?
    var onSaleAt: Timestamp?
    var offSaleAt: Timestamp?
    var currency: String
    var prices: [String: Int64]?
    var ticketTypes: [String: [TicketTypeBody]]?
    var holdSeconds: Int64?
    var holdSecondsMax: Int64?
    var maxSeatsPerHold: Int?
    var maxSeatsPerUser: Int?
    var offerSeconds: Int64?
    var waitlistEntriesPerUser: Int?
    var paymentSeconds: Int64?
    var regrantsLatePayments: Bool?
    var draft: Bool?
    var orphans: OrphanRule?
    var accessibleReleasedAt: Timestamp?
    var seatingPlan: SeatingPlanBody?
    /// Of a venue on record: instead of the areas that it has.
    var areas: [AreaBody]?
    var category: DisplayText?
    /// Nil: the caller's own.
    var organisationId: OrganisationID?

    /// The show with id `showID`. Throws `invalid-show` or `invalid-seating-plan`, with all that is wrong.
    ///
    /// - Parameters:
    ///   - owner: whose show it is.
    ///   - house: the venue that `venueId` names.
    ///   - canCharge: whatever is charged may have to be given back ticket by ticket, so each price must be one that
    ///     the payment provider can charge by itself.
    func show(
        _ showID: ShowID, of owner: OrganisationID? = nil, at house: VenueCreated? = nil, canCharge: CommandRoutes.PriceRule
    ) throws(Problem) -> ValidShow {
        var show = ShowCreated(
            showID: showID, name: name.text, artist: artist.text,
            venue: try place(house), startsAt: startsAt, onSaleAt: onSaleAt,
            currency: currency, prices: prices ?? [:], holdSeconds: holdSeconds ?? 300,
            maxSeatsPerHold: maxSeatsPerHold ?? 6,
            seatingPlan: try seatingPlan?.shaped(),
            areas: areas?.map(\.area) ?? house?.areas ?? [],
            paymentSeconds: paymentSeconds ?? ShowCreated.paymentSecondsDefault,
            regrantsLatePayments: regrantsLatePayments ?? false, orphans: orphans ?? .avoid,
            accessibleReleasedAt: accessibleReleasedAt, category: category?.text, isDraft: draft ?? false,
            createdAt: .distantPast)
        if let house { show.plan = house.plan }
        show.organisationID = owner
        show.doorsAt = doorsAt
        show.offSaleAt = offSaleAt
        show.ticketTypes = (ticketTypes ?? [:]).mapValues { $0.map(\.type) }
        show.holdSecondsMax = holdSecondsMax
        show.maxSeatsPerUser = maxSeatsPerUser ?? show.maxSeatsPerHold
        if let offerSeconds { show.offerSeconds = offerSeconds }
        if let waitlistEntriesPerUser { show.waitlistEntriesPerUser = waitlistEntriesPerUser }
        let valid: ValidShow
        do throws(InvalidShow) {
            valid = try ValidShow(show)
        } catch {
            // The plan does not know by which names its seats are of no category.
            var faults = seatingPlan?.unknownCategories ?? FaultList()
            faults.add(error.faults)
            throw Problem(InvalidShow(error.subject, faults))
        }
        let amounts =
            (prices ?? [:]).map { ("prices.\($0.key)", $0.value) }
            + show.ticketTypes.flatMap { category, types in
                types.map { ("ticketTypes.\(category).\($0.name)", $0.fare.amount) }
            }
        var faults = FaultList()
        for (place, amount) in amounts.sorted(by: { $0.0 < $1.0 }) where !canCharge(amount, currency) {
            faults.add(
                place,
                "\(place) can't be charged in \(currency): the payment provider does not have the currency, or charges "
                    + "it in larger steps.")
        }
        guard faults.isEmpty else { throw Problem(.invalidShow, faults) }
        return valid
    }

    private func place(_ house: VenueCreated?) throws(Problem) -> Venue {
        guard let house else {
            guard let venue else { throw .invalid("venue is missing; or name a venue by venueId.") }
            return venue.venue
        }
        guard venue == nil, seatingPlan == nil else {
            throw .invalid("With venueId the show gets the venue's own \(venue == nil ? "seatingPlan" : "venue").")
        }
        return house.ofShow
    }
}

extension Problem {
    init(_ invalid: InvalidShow) {
        switch invalid.subject {
        case .show: self.init(.invalidShow, invalid.faults)
        case .seatingPlan: self.init(.invalidSeatingPlan, invalid.faults)
        }
    }
}
