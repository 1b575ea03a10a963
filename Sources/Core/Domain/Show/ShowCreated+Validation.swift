/// Why a show can't be created as it was asked for.
public struct InvalidShow: Error, Equatable, Sendable {
    public enum Subject: Sendable {
        case show
        case seatingPlan
    }

    public var subject: Subject
    /// One sentence for whoever creates the show.
    public var reason: String

    public init(_ subject: Subject, _ reason: String) {
        self.subject = subject
        self.reason = reason
    }
}

/// A show that may be created: everything about it that its own data can tell is right.
///
/// Only such a show can be put into a command, so the decider never meets another.
public struct ValidShow: Equatable, Sendable {
    public let show: ShowCreated

    /// - Throws: ``InvalidShow`` with the first rule that is broken.
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
        static let areasMax = 100
        static let areaCapacity = 1...1_000_000
    }

    /// Checks everything about a show that its own data can tell: texts, amounts, times, places and their prices.
    ///
    /// - Throws: ``InvalidShow`` with the first rule that is broken.
    public func validate() throws(InvalidShow) {
        for (what, text) in [
            ("name", name), ("artist", artist), ("venue.name", venue.name), ("venue.city", venue.city),
        ] { try require(DisplayText(text) != nil, "\(what) \(DisplayText.rule).") }
        try require(
            currency.utf8.count == 3 && currency.utf8.allSatisfy { (0x41...0x5A).contains($0) },
            "currency must be an ISO 4217 code such as EUR.")
        try validatePrices()
        try require(
            Limits.holdSeconds.contains(holdSeconds), "holdSeconds must be 1 to \(Limits.holdSeconds.upperBound).")
        try require(
            Limits.seatsPerHold.contains(maxSeatsPerHold),
            "maxSeatsPerHold must be 1 to \(Limits.seatsPerHold.upperBound).")
        try require(
            Limits.paymentSeconds.contains(paymentSeconds),
            "paymentSeconds must be \(Limits.paymentSeconds.lowerBound) to \(Limits.paymentSeconds.upperBound).")
        try validateAreas()
        try require(seatingPlan != nil || !areas.isEmpty, "A show needs a seatingPlan, areas, or both.")
        guard let plan = seatingPlan else { return }
        try plan.validate()
        for category in Set(plan.seats.map(\.category)).sorted() {
            let name = plan.categories[category].name
            try require(prices[name] != nil, "Seats of category \(name) have no price.")
        }
    }

    private func validatePrices() throws(InvalidShow) {
        try require(
            Limits.prices.contains(prices.count), "prices must have 1 to \(Limits.prices.upperBound) entries.")
        for (category, price) in prices.sorted(by: { $0.key < $1.key }) {
            try require(
                DisplayText(category) != nil, "A category's name in prices is not one line of 1 to 200 characters.")
            try require(
                Limits.price.contains(price),
                "prices.\(category) must be \(Limits.price.lowerBound) to \(Limits.price.upperBound) minor units.")
        }
    }

    private func validateAreas() throws(InvalidShow) {
        try require(areas.count <= Limits.areasMax, "At most \(Limits.areasMax) areas.")
        try require(Set(areas.map(\.areaID)).count == areas.count, "Two areas have the same areaId.")
        for area in areas {
            try require(AreaID(checking: area.areaID.rawValue) != nil, "An areaId can't be one.")
            try require(DisplayText(area.name) != nil, "The name of area \(area.areaID) \(DisplayText.rule).")
            try require(
                Limits.areaCapacity.contains(area.capacity),
                "The capacity of area \(area.areaID) must be 1 to \(Limits.areaCapacity.upperBound).")
            try require(prices[area.category] != nil, "Area \(area.areaID) is of a category that has no price.")
        }
    }
}

private func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws(InvalidShow) {
    guard condition else { throw InvalidShow(.show, reason()) }
}
