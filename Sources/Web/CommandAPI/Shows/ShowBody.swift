import Domain
import HTTPServer
import WebAPI

/// `POST /shows`.
struct ShowBody: Decodable {
    struct VenueBody: Decodable {
        var name: DisplayText
        var city: DisplayText
    }

    struct AreaBody: Decodable {
        var areaId: AreaID
        var name: DisplayText
        var capacity: Int
        var category: String
    }

    var name: DisplayText
    var artist: DisplayText
    var venue: VenueBody
    var startsAt: Timestamp
    var onSaleAt: Timestamp?
    var currency: String
    var prices: [String: Int64]
    var holdSeconds: Int64?
    var maxSeatsPerHold: Int?
    var paymentSeconds: Int64?
    var regrantsLatePayments: Bool?
    var orphans: OrphanRule?
    var accessibleReleasedAt: Timestamp?
    var seatingPlan: SeatingPlanBody?
    var areas: [AreaBody]?

    /// The show with id `showID`. Throws `invalid-show` or `invalid-seating-plan`, with all that is wrong.
    ///
    /// - Parameter canCharge: whatever is charged may have to be given back ticket by ticket, so each price must be
    ///   one that the payment provider can charge by itself.
    func show(_ showID: ShowID, canCharge: CommandRoutes.PriceRule) throws(Problem) -> ValidShow {
        let show = ShowCreated(
            showID: showID, name: name.text, artist: artist.text,
            venue: Venue(name: venue.name.text, city: venue.city.text), startsAt: startsAt, onSaleAt: onSaleAt,
            currency: currency, prices: prices, holdSeconds: holdSeconds ?? 300, maxSeatsPerHold: maxSeatsPerHold ?? 6,
            seatingPlan: try seatingPlan?.shaped(),
            areas: (areas ?? []).map {
                Area(areaID: $0.areaId, name: $0.name.text, capacity: $0.capacity, category: $0.category)
            },
            paymentSeconds: paymentSeconds ?? ShowCreated.paymentSecondsDefault,
            regrantsLatePayments: regrantsLatePayments ?? false, orphans: orphans ?? .avoid,
            accessibleReleasedAt: accessibleReleasedAt, createdAt: .distantPast)
        let valid: ValidShow
        do throws(InvalidShow) {
            valid = try ValidShow(show)
        } catch {
            // The plan does not know by which names its seats are of no category.
            var faults = seatingPlan?.unknownCategories ?? FaultList()
            faults.add(error.faults)
            throw Problem(InvalidShow(error.subject, faults))
        }
        for (category, price) in prices.sorted(by: { $0.key < $1.key }) where !canCharge(price, currency) {
            throw Problem(
                .invalidShow,
                detail: "prices.\(category) can't be charged in \(currency), which goes in larger steps at the payment "
                    + "provider.")
        }
        return valid
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
