public import Domain
import SwiftProtobuf

extension Holdfast_V1_ShowCreated {
    public init(_ event: ShowCreated) {
        self.init()
        showID = event.showID.rawValue
        name = event.name
        artist = event.artist
        venueName = event.venue.name
        venueCity = event.venue.city
        startsAt = event.startsAt.microseconds
        if let onSaleAt = event.onSaleAt { self.onSaleAt = onSaleAt.microseconds }
        currency = event.currency
        prices = event.prices
        holdSeconds = event.holdSeconds
        maxSeatsPerHold = UInt32(event.maxSeatsPerHold)
        if let plan = event.plan { seatingPlan = Holdfast_V1_SeatingPlan(plan.unpacked()) }
        areas = event.areas.map { area in
            .with {
                $0.areaID = area.areaID.rawValue
                $0.name = area.name
                $0.capacity = UInt32(area.capacity)
                $0.category = area.category
            }
        }
        createdAt = event.createdAt.microseconds
        if event.paymentSeconds != ShowCreated.paymentSecondsDefault { paymentSeconds = event.paymentSeconds }
        regrantsLatePayments = event.regrantsLatePayments
        if event.orphans != .avoid { orphans = event.orphans.rawValue }
        if let releasedAt = event.accessibleReleasedAt { accessibleReleasedAt = releasedAt.microseconds }
    }
}

extension ShowCreated {
    public init(_ message: Holdfast_V1_ShowCreated) throws(UnreadableEvent) {
        // No hold's total may overflow.
        let priceMax = Int64.max / max(1, Int64(message.maxSeatsPerHold))
        guard message.prices.values.allSatisfy({ (0...priceMax).contains($0) }) else {
            throw UnreadableEvent("a price out of range")
        }
        guard let orphans = message.orphans.isEmpty ? .avoid : OrphanRule(rawValue: message.orphans) else {
            throw UnreadableEvent("an unknown rule for single seats: \(message.orphans)")
        }
        var plan: SeatingPlan?
        if message.hasSeatingPlan { plan = try SeatingPlan(message.seatingPlan) }
        self.init(
            showID: ShowID(message.showID), name: message.name, artist: message.artist,
            venue: Venue(name: message.venueName, city: message.venueCity),
            startsAt: Timestamp(microseconds: message.startsAt),
            onSaleAt: message.hasOnSaleAt ? Timestamp(microseconds: message.onSaleAt) : nil,
            currency: message.currency, prices: message.prices, holdSeconds: message.holdSeconds,
            maxSeatsPerHold: Int(message.maxSeatsPerHold), seatingPlan: plan,
            areas: message.areas.map {
                Area(
                    areaID: AreaID($0.areaID), name: $0.name, capacity: Int($0.capacity), category: $0.category)
            },
            paymentSeconds: message.paymentSeconds == 0 ? ShowCreated.paymentSecondsDefault : message.paymentSeconds,
            regrantsLatePayments: message.regrantsLatePayments, orphans: orphans,
            accessibleReleasedAt: message.hasAccessibleReleasedAt
                ? Timestamp(microseconds: message.accessibleReleasedAt) : nil,
            createdAt: Timestamp(microseconds: message.createdAt))
    }
}
