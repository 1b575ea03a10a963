import Domain
import Payments
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
    var seatingPlan: SeatingPlanBody?
    var areas: [AreaBody]?

    /// What a show may be; beyond these something is mistaken rather than large.
    private enum Limits {
        static let price: ClosedRange<Int64> = 0...1_000_000_000
        static let pricesMax = 200
        static let holdSeconds: ClosedRange<Int64> = 1...86_400
        static let seatsPerHold = 1...100
        /// Less is no time to pay in; more, and a few who only look at the form keep a show's seats from everybody else.
        static let paymentSeconds: ClosedRange<Int64> = 10...3600
        static let areasMax = 100
        static let areaCapacity = 1...1_000_000
    }

    /// The show with id `showID`. Throws `invalid-show` or `invalid-seating-plan`.
    func show(_ showID: ShowID) throws(Problem) -> ShowCreated {
        try require(
            currency.utf8.count == 3 && currency.utf8.allSatisfy { (0x41...0x5A).contains($0) },
            "currency must be an ISO 4217 code such as EUR.")
        try require((1...Limits.pricesMax).contains(prices.count), "prices must have 1 to \(Limits.pricesMax) entries.")
        for (category, price) in prices.sorted(by: { $0.key < $1.key }) {
            try require(
                DisplayText(category) != nil, "A category's name in prices is not one line of 1 to 200 characters.")
            try require(
                Limits.price.contains(price),
                "prices.\(category) must be \(Limits.price.lowerBound) to "
                    + "\(Limits.price.upperBound) minor units.")
            // Whatever is charged may have to be given back ticket by ticket.
            try require(
                StripeProvider.canCharge(price, currency),
                "prices.\(category) can't be charged in \(currency), which goes in larger steps at the payment provider."
            )
        }
        let holdSeconds = holdSeconds ?? 300
        try require(
            Limits.holdSeconds.contains(holdSeconds), "holdSeconds must be 1 to \(Limits.holdSeconds.upperBound).")
        let maxSeatsPerHold = maxSeatsPerHold ?? 6
        try require(
            Limits.seatsPerHold.contains(maxSeatsPerHold),
            "maxSeatsPerHold must be 1 to \(Limits.seatsPerHold.upperBound).")
        let paymentSeconds = paymentSeconds ?? ShowCreated.paymentSecondsStandard
        try require(
            Limits.paymentSeconds.contains(paymentSeconds),
            "paymentSeconds must be \(Limits.paymentSeconds.lowerBound) to \(Limits.paymentSeconds.upperBound).")
        let areas = try validAreas()
        let plan = try seatingPlan?.plan()
        try require(plan != nil || !areas.isEmpty, "A show needs a seatingPlan, areas, or both.")
        if let plan {
            for category in Set(plan.seats.map(\.category)).sorted() {
                let name = plan.categories[category].name
                try require(prices[name] != nil, "Seats of category \(name) have no price.")
            }
        }
        return ShowCreated(
            showID: showID, name: name.text, artist: artist.text,
            venue: Venue(name: venue.name.text, city: venue.city.text), startsAt: startsAt, onSaleAt: onSaleAt,
            currency: currency, prices: prices, holdSeconds: holdSeconds, maxSeatsPerHold: maxSeatsPerHold,
            seatingPlan: plan, areas: areas, paymentSeconds: paymentSeconds,
            regrantsLatePayments: regrantsLatePayments ?? false, createdAt: .distantPast)
    }

    private func validAreas() throws(Problem) -> [Area] {
        let areas = areas ?? []
        try require(areas.count <= Limits.areasMax, "At most \(Limits.areasMax) areas.")
        try require(Set(areas.map(\.areaId)).count == areas.count, "Two areas have the same areaId.")
        for area in areas {
            try require(
                Limits.areaCapacity.contains(area.capacity),
                "The capacity of area \(area.areaId) must be 1 to \(Limits.areaCapacity.upperBound).")
            try require(prices[area.category] != nil, "Area \(area.areaId) is of a category that has no price.")
        }
        return areas.map {
            Area(areaID: $0.areaId, name: $0.name.text, capacity: $0.capacity, category: $0.category)
        }
    }
}

private func require(_ condition: Bool, _ detail: @autoclosure () -> String) throws(Problem) {
    guard condition else { throw Problem(.invalidShow, detail: detail()) }
}
