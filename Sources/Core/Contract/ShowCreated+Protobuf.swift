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
        areas = event.areas.map(Area.init)
        createdAt = event.createdAt.microseconds
        if event.paymentSeconds != ShowCreated.paymentSecondsDefault { paymentSeconds = event.paymentSeconds }
        regrantsLatePayments = event.regrantsLatePayments
        if event.orphans != .avoid { orphans = event.orphans.rawValue }
        if let releasedAt = event.accessibleReleasedAt { accessibleReleasedAt = releasedAt.microseconds }
        venueID = event.venue.venueID?.rawValue ?? ""
        venueCountry = event.venue.country ?? ""
        venueTimeZone = event.venue.timeZone ?? ""
        if let location = event.venue.location { venueLocation = Holdfast_V1_Location(location) }
        category = event.category ?? ""
        draft = event.isDraft
        organisationID = event.organisationID?.rawValue ?? ""
        if let doorsAt = event.doorsAt { self.doorsAt = doorsAt.microseconds }
        if let offSaleAt = event.offSaleAt { self.offSaleAt = offSaleAt.microseconds }
        maxSeatsPerUser = UInt32(event.maxSeatsPerUser ?? 0)
        ticketTypes = event.ticketTypes.sorted { $0.key < $1.key }.map { category, types in
            .with {
                $0.category = category
                $0.types = types.map(Holdfast_V1_TicketType.init)
            }
        }
        isPostponed = event.isPostponed
        if let postponedFrom = event.postponedFrom { self.postponedFrom = postponedFrom.microseconds }
        holdSecondsMax = event.holdSecondsMax ?? 0
        if event.offerSeconds != ShowCreated.offerSecondsDefault { offerSeconds = event.offerSeconds }
        if event.waitlistEntriesPerUser != 1 { waitlistEntriesPerUser = UInt32(event.waitlistEntriesPerUser) }
    }
}

extension Holdfast_V1_TicketType {
    init(_ type: TicketType) {
        self.init()
        name = type.name
        price = type.price
        fee = type.fee
        tax = type.tax
        minPerOrder = UInt32(type.minPerOrder)
        maxPerOrder = UInt32(type.maxPerOrder ?? 0)
    }
}

extension Holdfast_V1_ShowCreated.Area {
    init(_ area: Area) {
        self.init()
        areaID = area.areaID.rawValue
        name = area.name
        capacity = UInt32(area.capacity)
        category = area.category
    }
}

extension Area {
    init(_ message: Holdfast_V1_ShowCreated.Area) {
        self.init(
            areaID: AreaID(message.areaID), name: message.name, capacity: Int(message.capacity),
            category: message.category)
    }
}

extension String {
    /// Nil where it is empty: how a message says that there is nothing.
    var orNil: String? { isEmpty ? nil : self }
}

extension ShowCreated {
    public init(_ message: Holdfast_V1_ShowCreated) throws(UnreadableEvent) {
        // No hold's total may overflow, and what a place is held at has to be readable again.
        let priceMax = min(FareList.amountMax, Int64.max / max(1, Int64(message.maxSeatsPerHold)))
        guard message.prices.values.allSatisfy({ (0...priceMax).contains($0) }) else {
            throw UnreadableEvent("a price out of range")
        }
        let types = message.ticketTypes.flatMap(\.types)
        guard types.allSatisfy({ [$0.price, $0.fee, $0.tax].allSatisfy((0...priceMax / 3).contains) }) else {
            throw UnreadableEvent("an amount of a ticket type out of range")
        }
        guard let orphans = message.orphans.isEmpty ? .avoid : OrphanRule(rawValue: message.orphans) else {
            throw UnreadableEvent("an unknown rule for single seats: \(message.orphans)")
        }
        var plan: SeatingPlan?
        if message.hasSeatingPlan { plan = try SeatingPlan(message.seatingPlan) }
        self.init(
            showID: ShowID(message.showID), name: message.name, artist: message.artist,
            venue: Venue(
                name: message.venueName, city: message.venueCity, venueID: message.venueID.orNil.map { VenueID($0) },
                country: message.venueCountry.orNil, timeZone: message.venueTimeZone.orNil,
                location: message.hasVenueLocation ? Location(message.venueLocation) : nil),
            startsAt: Timestamp(microseconds: message.startsAt),
            onSaleAt: message.hasOnSaleAt ? Timestamp(microseconds: message.onSaleAt) : nil,
            currency: message.currency, prices: message.prices, holdSeconds: message.holdSeconds,
            maxSeatsPerHold: Int(message.maxSeatsPerHold), seatingPlan: plan,
            areas: message.areas.map(Area.init),
            paymentSeconds: message.paymentSeconds == 0 ? ShowCreated.paymentSecondsDefault : message.paymentSeconds,
            regrantsLatePayments: message.regrantsLatePayments, orphans: orphans,
            accessibleReleasedAt: message.hasAccessibleReleasedAt
                ? Timestamp(microseconds: message.accessibleReleasedAt) : nil,
            category: message.category.orNil, isDraft: message.draft,
            createdAt: Timestamp(microseconds: message.createdAt))
        organisationID = message.organisationID.orNil.map { OrganisationID($0) }
        doorsAt = message.hasDoorsAt ? Timestamp(microseconds: message.doorsAt) : nil
        offSaleAt = message.hasOffSaleAt ? Timestamp(microseconds: message.offSaleAt) : nil
        maxSeatsPerUser = message.maxSeatsPerUser == 0 ? nil : Int(message.maxSeatsPerUser)
        ticketTypes = Dictionary(
            message.ticketTypes.map { ($0.category, $0.types.map(TicketType.init)) }, uniquingKeysWith: { $1 })
        isPostponed = message.isPostponed
        postponedFrom = message.hasPostponedFrom ? Timestamp(microseconds: message.postponedFrom) : nil
        holdSecondsMax = message.holdSecondsMax == 0 ? nil : message.holdSecondsMax
        offerSeconds = message.offerSeconds == 0 ? ShowCreated.offerSecondsDefault : message.offerSeconds
        waitlistEntriesPerUser = message.waitlistEntriesPerUser == 0 ? 1 : Int(message.waitlistEntriesPerUser)
    }
}

extension PlacesChanged {
    init(_ message: Holdfast_V1_PlacesChanged) throws(UnreadableEvent) {
        let plan = message.hasSeatingPlan ? PackedPlan(try SeatingPlan(message.seatingPlan)) : nil
        guard plan.map({ $0.seatCount == message.previousSeats.count }) ?? true else {
            throw UnreadableEvent("PlacesChanged with \(message.previousSeats.count) seats, which are not the plan's")
        }
        self.init(
            plan: plan.map(KeptPlan.packed), areas: message.areas.map(Area.init),
            previousIndexes: message.previousSeats.map { Int($0) - 1 },
            changedAt: Timestamp(microseconds: message.changedAt))
    }
}

extension Holdfast_V1_PlacesChanged {
    init(_ event: PlacesChanged) {
        self.init()
        if let plan = event.plan { seatingPlan = Holdfast_V1_SeatingPlan(plan.unpacked()) }
        areas = event.areas.map(Holdfast_V1_ShowCreated.Area.init)
        previousSeats = event.previousIndexes.map { UInt32($0 + 1) }
        changedAt = event.changedAt.microseconds
    }
}

extension TicketType {
    init(_ message: Holdfast_V1_TicketType) {
        self.init(
            name: message.name, price: message.price, fee: message.fee, tax: message.tax,
            minPerOrder: Int(message.minPerOrder),
            maxPerOrder: message.maxPerOrder == 0 ? nil : Int(message.maxPerOrder))
    }
}

extension ShowChanged {
    init(_ message: Holdfast_V1_ShowChanged) throws(UnreadableEvent) {
        self.init(
            show: try ShowCreated(message.show), changedAt: Timestamp(microseconds: message.changedAt))
    }
}

extension Holdfast_V1_ShowChanged {
    init(_ event: ShowChanged) {
        self.init()
        show = Holdfast_V1_ShowCreated(event.show)
        changedAt = event.changedAt.microseconds
    }
}
