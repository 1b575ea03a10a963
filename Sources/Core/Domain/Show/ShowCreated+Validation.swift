/// Why a show can't be created as it was asked for.
public struct InvalidShow: Error, Equatable, Sendable {
    public enum Subject: Sendable {
        case show
        case seatingPlan
    }

    public var subject: Subject
    /// What is wrong, by its place in the body that the show was made from; at least one.
    public var faults: FaultList

    public init(_ subject: Subject, _ faults: FaultList) {
        self.subject = subject
        self.faults = faults
    }

    public init(_ subject: Subject, _ reason: String, at place: String = "") {
        self.subject = subject
        faults = FaultList()
        faults.add(place, reason)
    }

    /// One sentence for whoever creates the show: what is wrong first.
    public var reason: String { faults.faults.first?.reason ?? "" }
}

/// A show that may be created: everything about it that its own data can tell is right.
///
/// Only such a show can be put into a command, so the decider never meets another.
public struct ValidShow: Equatable, Sendable {
    public let show: ShowCreated

    /// - Throws: ``InvalidShow`` with the rules that are broken.
    public init(_ show: ShowCreated) throws(InvalidShow) {
        try show.validate()
        self.show = show
    }

    /// For a show that was checked elsewhere.
    package init(unchecked show: ShowCreated) { self.show = show }
}

extension ShowCreated {
    /// What a show may be; beyond these something is mistaken rather than large.
    private enum Limits {
        static let price: ClosedRange<Int64> = 0...1_000_000_000
        static let prices = 1...200
        static let holdSeconds: ClosedRange<Int64> = 1...86_400
        /// Much longer, and it would be a sale without payment.
        static let holdSecondsMax: Int64 = 7 * 86_400
        static let seatsPerHold = 1...100
        static let offerSeconds: ClosedRange<Int64> = 1...86_400
        static let waitlistEntriesPerUser = 1...100
        static let seatsPerUser = 1...1_000_000
        static let ticketTypesOfCategory = 1...50
        /// Less is no time to pay in; more, and a few who only look at the form keep a show's seats from everybody else.
        static let paymentSeconds: ClosedRange<Int64> = 10...3600
    }

    /// Checks everything about a show that its own data can tell: texts, amounts, times, places and their prices.
    ///
    /// - Throws: ``InvalidShow`` with the rules that are broken.
    public func validate() throws(InvalidShow) {
        var faults = descriptionFaults
        faults.require(
            Currency(currency) != nil, "currency",
            "currency must be an active ISO 4217 code such as EUR\(Currency.wrongCode(currency)).")
        areas.validate(&faults)
        for (index, area) in areas.enumerated() {
            faults.require(
                hasPrice(of: area.category), "areas[\(index)].category",
                "Area \(area.areaID) is of a category that has no price.")
        }
        faults.require(
            plan != nil || !areas.isEmpty, "seatingPlan", "A show needs a seatingPlan, areas, or both.")
        let plan = seatingPlan
        if let plan { validatePrices(of: plan, &faults) }
        let subject = faults.isEmpty ? InvalidShow.Subject.seatingPlan : .show
        if let plan { faults.add(plan.faults, below: "seatingPlan") }
        guard faults.isEmpty else { throw InvalidShow(subject, faults) }
    }

    /// What is wrong with what may change later: texts, times, prices and limits.
    var descriptionFaults: FaultList {
        var faults = FaultList()
        for (what, text) in [
            ("name", name), ("artist", artist), ("venue.name", venue.name), ("venue.city", venue.city),
        ] { faults.require(DisplayText(text) != nil, what, "\(what) \(DisplayText.rule).") }
        if let category {
            faults.require(DisplayText(category) != nil, "category", "category \(DisplayText.rule).")
        }
        if let zone = venue.timeZone {
            faults.require(
                Venue.isTimeZoneName(zone), "venue.timeZone", "venue.timeZone \(Venue.timeZoneRule).")
        }
        Venue.validate(country: venue.country, location: venue.location, below: "venue.", &faults)
        validateTimes(&faults)
        validatePrices(&faults)
        validateTicketTypes(&faults)
        faults.require(
            Limits.holdSeconds.contains(holdSeconds), "holdSeconds",
            "holdSeconds must be 1 to \(Limits.holdSeconds.upperBound).")
        faults.require(
            holdSecondsMax.map { holdSeconds <= $0 && $0 <= Limits.holdSecondsMax } ?? true, "holdSecondsMax",
            "holdSecondsMax must be holdSeconds to \(Limits.holdSecondsMax).")
        faults.require(
            Limits.offerSeconds.contains(offerSeconds), "offerSeconds",
            "offerSeconds must be 1 to \(Limits.offerSeconds.upperBound).")
        faults.require(
            Limits.waitlistEntriesPerUser.contains(waitlistEntriesPerUser), "waitlistEntriesPerUser",
            "waitlistEntriesPerUser must be 1 to \(Limits.waitlistEntriesPerUser.upperBound).")
        faults.require(
            Limits.seatsPerUser.contains(maxSeatsPerUser ?? 1), "maxSeatsPerUser",
            "maxSeatsPerUser must be 1 to \(Limits.seatsPerUser.upperBound).")
        faults.require(
            Limits.seatsPerHold.contains(maxSeatsPerHold), "maxSeatsPerHold",
            "maxSeatsPerHold must be 1 to \(Limits.seatsPerHold.upperBound).")
        faults.require(
            Limits.paymentSeconds.contains(paymentSeconds), "paymentSeconds",
            "paymentSeconds must be \(Limits.paymentSeconds.lowerBound) to \(Limits.paymentSeconds.upperBound).")
        return faults
    }

    /// Whether places of this category can be sold.
    func hasPrice(of category: String) -> Bool {
        prices[category] != nil || ticketTypes[category]?.isEmpty == false
    }

    /// The times of the sale and of the evening fit together.
    private func validateTimes(_ faults: inout FaultList) {
        faults.require(
            doorsAt.map { $0 <= startsAt } ?? true, "doorsAt", "doorsAt must not be after startsAt.")
        faults.require(
            onSaleAt.map { $0 < startsAt } ?? true, "onSaleAt", "onSaleAt must be before startsAt.")
        faults.require(
            onSaleAt.map { $0 < salesEndAt } ?? true, "onSaleAt", "onSaleAt must be before offSaleAt.")
    }

    private func validateTicketTypes(_ faults: inout FaultList) {
        faults.require(
            ticketTypes.count <= Limits.prices.upperBound, "ticketTypes",
            "ticketTypes must have at most \(Limits.prices.upperBound) entries.")
        for (category, types) in ticketTypes.sorted(by: { $0.key < $1.key }) {
            guard DisplayText(category) != nil else {
                faults.add("ticketTypes", "A category's name in ticketTypes \(DisplayText.rule).")
                continue
            }
            let place = "ticketTypes.\(category)"
            faults.require(
                Limits.ticketTypesOfCategory.contains(types.count), place,
                "\(place) must have 1 to \(Limits.ticketTypesOfCategory.upperBound) types.")
            for (index, type) in types.enumerated() {
                validate(type, at: "\(place)[\(index)]", &faults)
                faults.require(
                    types.firstIndex { $0.name == type.name } == index, "\(place)[\(index)].name",
                    "\(place) has two types that are called \(type.name).")
            }
            faults.require(
                prices[category].map { $0 == types.first?.price } ?? true, "prices.\(category)",
                "prices.\(category) must be the price of the category's first ticket type, or left out.")
        }
    }

    private func validate(_ type: TicketType, at place: String, _ faults: inout FaultList) {
        faults.require(DisplayText(type.name) != nil, "\(place).name", "\(place).name \(DisplayText.rule).")
        for (what, amount) in [("price", type.price), ("fee", type.fee), ("tax", type.tax)] {
            faults.require(
                Limits.price.contains(amount), "\(place).\(what)",
                "\(place).\(what) must be \(Limits.price.lowerBound) to \(Limits.price.upperBound) minor units.")
        }
        let counts = Limits.seatsPerHold
        faults.require(
            counts.contains(type.minPerOrder), "\(place).minPerOrder",
            "\(place).minPerOrder must be 1 to \(counts.upperBound).")
        faults.require(
            type.maxPerOrder.map { type.minPerOrder <= $0 && $0 <= counts.upperBound } ?? true,
            "\(place).maxPerOrder", "\(place).maxPerOrder must be minPerOrder to \(counts.upperBound).")
    }

    private func validatePrices(_ faults: inout FaultList) {
        faults.require(
            Limits.prices.contains(prices.count) || prices.isEmpty && !ticketTypes.isEmpty, "prices",
            "prices must have 1 to \(Limits.prices.upperBound) entries.")
        for (category, price) in prices.sorted(by: { $0.key < $1.key }) {
            guard DisplayText(category) != nil else {
                faults.add("prices", "A category's name in prices \(DisplayText.rule).")
                continue
            }
            faults.require(
                Limits.price.contains(price), "prices.\(category)",
                "prices.\(category) must be \(Limits.price.lowerBound) to \(Limits.price.upperBound) minor units.")
        }
    }

    private func validatePrices(of plan: SeatingPlan, _ faults: inout FaultList) {
        for category in Set(plan.seats.map(\.category)).sorted() where plan.categories.indices.contains(category) {
            let name = plan.categories[category].name
            guard DisplayText(name) != nil else { continue }
            faults.require(hasPrice(of: name), "prices.\(name)", "Seats of category \(name) have no price.")
        }
    }
}

extension [Area] {
    private static let areasMax = 100
    private static let capacities = 1...1_000_000

    /// Checks that the areas can be told apart, and that nothing about one is larger than any real area.
    func validate(_ faults: inout FaultList) {
        faults.require(count <= Self.areasMax, "areas", "At most \(Self.areasMax) areas.")
        var ids: Set<AreaID> = []
        for (index, area) in prefix(Self.areasMax).enumerated() {
            let place = "areas[\(index)]"
            faults.require(
                AreaID(checking: area.areaID.rawValue) != nil, "\(place).areaId", "An areaId can't be one.")
            faults.require(
                ids.insert(area.areaID).inserted, "\(place).areaId", "Two areas have the areaId \(area.areaID).")
            faults.require(
                DisplayText(area.name) != nil, "\(place).name",
                "The name of area \(area.areaID) \(DisplayText.rule).")
            faults.require(
                Self.capacities.contains(area.capacity), "\(place).capacity",
                "The capacity of area \(area.areaID) must be 1 to \(Self.capacities.upperBound).")
        }
    }
}

extension Currency {
    /// What was given instead, if it can be shown.
    fileprivate static func wrongCode(_ code: String) -> String {
        let isPrintable = (1...10).contains(code.utf8.count) && code.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isPrintable ? ", not \(code)" : ""
    }
}
