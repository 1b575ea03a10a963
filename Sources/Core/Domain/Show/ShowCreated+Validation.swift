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
        static let seatsPerHold = 1...100
        /// Less is no time to pay in; more, and a few who only look at the form keep a show's seats from everybody else.
        static let paymentSeconds: ClosedRange<Int64> = 10...3600
    }

    /// Checks everything about a show that its own data can tell: texts, amounts, times, places and their prices.
    ///
    /// - Throws: ``InvalidShow`` with the rules that are broken.
    public func validate() throws(InvalidShow) {
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
        faults.require(
            Currency(currency) != nil, "currency",
            "currency must be an active ISO 4217 code such as EUR\(Currency.wrongCode(currency)).")
        validatePrices(&faults)
        faults.require(
            Limits.holdSeconds.contains(holdSeconds), "holdSeconds",
            "holdSeconds must be 1 to \(Limits.holdSeconds.upperBound).")
        faults.require(
            Limits.seatsPerHold.contains(maxSeatsPerHold), "maxSeatsPerHold",
            "maxSeatsPerHold must be 1 to \(Limits.seatsPerHold.upperBound).")
        faults.require(
            Limits.paymentSeconds.contains(paymentSeconds), "paymentSeconds",
            "paymentSeconds must be \(Limits.paymentSeconds.lowerBound) to \(Limits.paymentSeconds.upperBound).")
        areas.validate(&faults)
        for (index, area) in areas.enumerated() {
            faults.require(
                prices[area.category] != nil, "areas[\(index)].category",
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

    private func validatePrices(_ faults: inout FaultList) {
        faults.require(
            Limits.prices.contains(prices.count), "prices",
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
            faults.require(prices[name] != nil, "prices.\(name)", "Seats of category \(name) have no price.")
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
