import Domain
import HTTPServer
import WebAPI

/// `POST /venues`.
struct VenueBody: Decodable {
    var name: DisplayText
    var city: DisplayText
    var country: String?
    var timeZone: TimeZoneName
    var location: LocationBody?
    var seatingPlan: SeatingPlanBody?
    var areas: [ShowBody.AreaBody]?
    /// Nil: the caller's own.
    var organisationId: OrganisationID?

    /// The venue with id `venueID`. Throws `invalid-venue` or `invalid-seating-plan`.
    func venue(_ venueID: VenueID, of owner: OrganisationID? = nil) throws(Problem) -> ValidVenue {
        var venue = VenueCreated(
            venueID: venueID, name: name.text, city: city.text, country: country, timeZone: timeZone.text,
            location: location?.location, plan: try seatingPlan?.plan().kept, areas: (areas ?? []).map(\.area),
            createdAt: .distantPast)
        venue.organisationID = owner
        do throws(InvalidShow) {
            return try ValidVenue(venue)
        } catch {
            var problem = Problem(error)
            if problem.code == .invalidShow { problem.code = .invalidVenue }
            throw problem
        }
    }
}

/// Degrees north and east.
struct LocationBody: Decodable {
    var lat: Double
    var lon: Double

    var location: Location { Location(latitude: lat, longitude: lon) }
}

extension SeatingPlan {
    /// As commands carry it.
    var kept: KeptPlan { .unpacked(self) }
}
