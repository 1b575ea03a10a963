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
        /// Much longer, and it would be a sale without payment.
        static let holdSecondsMax: Int64 = 7 * 86_400
        static let seatsPerHold = 1...100
        static let seatsPerUser = 1...1_000_000
        static let ticketTypesOfCategory = 1...50
        /// Less is no time to pay in; more, and a few who only look at the form keep a show's seats from everybody else.
        static let paymentSeconds: ClosedRange<Int64> = 10...3600
        static let areasMax = 100
        static let areaCapacity = 1...1_000_000
    }

    /// Checks everything about a show that its own data can tell: texts, amounts, times, places and their prices.
    ///
    /// - Throws: ``InvalidShow`` with the first rule that is broken.
    public func validate() throws(InvalidShow) {
        try validateDescription()
        try require(
            currency.utf8.count == 3 && currency.utf8.allSatisfy { (0x41...0x5A).contains($0) },
            "currency must be an ISO 4217 code such as EUR.")
        try validateAreas()
        for area in areas {
            try require(hasPrice(of: area.category), "Area \(area.areaID) is of a category that has no price.")
        }
        try require(seatingPlan != nil || !areas.isEmpty, "A show needs a seatingPlan, areas, or both.")
        guard let plan = seatingPlan else { return }
        try plan.validate()
        for category in Set(plan.seats.map(\.category)).sorted() {
            try requirePrice(of: plan.categories[category].name)
        }
    }

    /// Checks what may change later: texts, times, prices and limits.
    func validateDescription() throws(InvalidShow) {
        for (what, text) in [
            ("name", name), ("artist", artist), ("venue.name", venue.name), ("venue.city", venue.city),
        ] { try require(DisplayText(text) != nil, "\(what) \(DisplayText.rule).") }
        try require(
            venue.timeZone.map(Self.canBeTimeZone) ?? true,
            "venue.timeZone must be a name of the IANA time zone database, such as Europe/Berlin.")
        try validateTimes()
        try validatePrices()
        try validateTicketTypes()
        try require(
            Limits.holdSeconds.contains(holdSeconds), "holdSeconds must be 1 to \(Limits.holdSeconds.upperBound).")
        try require(
            (holdSeconds...Limits.holdSecondsMax).contains(holdSecondsMax ?? holdSeconds),
            "holdSecondsMax must be holdSeconds to \(Limits.holdSecondsMax).")
        try require(
            Limits.seatsPerUser.contains(maxSeatsPerUser ?? 1),
            "maxSeatsPerUser must be 1 to \(Limits.seatsPerUser.upperBound).")
        try require(
            Limits.seatsPerHold.contains(maxSeatsPerHold),
            "maxSeatsPerHold must be 1 to \(Limits.seatsPerHold.upperBound).")
        try require(
            Limits.paymentSeconds.contains(paymentSeconds),
            "paymentSeconds must be \(Limits.paymentSeconds.lowerBound) to \(Limits.paymentSeconds.upperBound).")
    }

    /// Checks that places of this category can be sold.
    func requirePrice(of category: String) throws(InvalidShow) {
        try require(hasPrice(of: category), "Places of category \(category) have no price.")
    }

    private func hasPrice(of category: String) -> Bool {
        prices[category] != nil || ticketTypes[category]?.isEmpty == false
    }

    /// Checks that the times of the sale and of the evening fit together.
    private func validateTimes() throws(InvalidShow) {
        try require(doorsAt.map { $0 <= startsAt } ?? true, "doorsAt must not be after startsAt.")
        try require(onSaleAt.map { $0 < startsAt } ?? true, "onSaleAt must be before startsAt.")
        try require(onSaleAt.map { $0 < salesEndAt } ?? true, "onSaleAt must be before offSaleAt.")
    }

    private func validateTicketTypes() throws(InvalidShow) {
        try require(
            ticketTypes.count <= Limits.prices.upperBound,
            "ticketTypes must have at most \(Limits.prices.upperBound) entries.")
        for (category, types) in ticketTypes.sorted(by: { $0.key < $1.key }) {
            try require(
                DisplayText(category) != nil, "A category's name in ticketTypes is not one line of 1 to 200 characters."
            )
            try require(
                Limits.ticketTypesOfCategory.contains(types.count),
                "ticketTypes.\(category) must have 1 to \(Limits.ticketTypesOfCategory.upperBound) types.")
            for (index, type) in types.enumerated() {
                try validate(type, at: "ticketTypes.\(category)[\(index)]")
                try require(
                    types.firstIndex { $0.name == type.name } == index,
                    "ticketTypes.\(category) has two types that are called \(type.name).")
            }
            try require(
                prices[category].map { $0 == types.first?.price } ?? true,
                "prices.\(category) must be the price of the category's first ticket type, or left out.")
        }
    }

    private func validate(_ type: TicketType, at place: String) throws(InvalidShow) {
        try require(DisplayText(type.name) != nil, "\(place).name \(DisplayText.rule).")
        for (what, amount) in [("price", type.price), ("fee", type.fee), ("tax", type.tax)] {
            try require(
                Limits.price.contains(amount),
                "\(place).\(what) must be \(Limits.price.lowerBound) to \(Limits.price.upperBound) minor units.")
        }
        let counts = Limits.seatsPerHold
        try require(
            counts.contains(type.minPerOrder), "\(place).minPerOrder must be 1 to \(counts.upperBound).")
        try require(
            (type.minPerOrder...counts.upperBound).contains(type.maxPerOrder ?? counts.upperBound),
            "\(place).maxPerOrder must be minPerOrder to \(counts.upperBound).")
    }

    /// Whether this can be the name of a time zone; whether there is one of it, is for the edge to know.
    private static func canBeTimeZone(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count) && name.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private func validatePrices() throws(InvalidShow) {
        try require(
            Limits.prices.contains(prices.count) || !ticketTypes.isEmpty,
            "prices must have 1 to \(Limits.prices.upperBound) entries.")
        try require(
            prices.count <= Limits.prices.upperBound, "prices must have 1 to \(Limits.prices.upperBound) entries.")
        for (category, price) in prices.sorted(by: { $0.key < $1.key }) {
            try require(
                DisplayText(category) != nil, "A category's name in prices is not one line of 1 to 200 characters.")
            try require(
                Limits.price.contains(price),
                "prices.\(category) must be \(Limits.price.lowerBound) to \(Limits.price.upperBound) minor units.")
        }
    }

    func validateAreas() throws(InvalidShow) {
        try require(areas.count <= Limits.areasMax, "At most \(Limits.areasMax) areas.")
        try require(Set(areas.map(\.areaID)).count == areas.count, "Two areas have the same areaId.")
        for area in areas {
            try require(AreaID(checking: area.areaID.rawValue) != nil, "An areaId can't be one.")
            try require(DisplayText(area.name) != nil, "The name of area \(area.areaID) \(DisplayText.rule).")
            try require(
                Limits.areaCapacity.contains(area.capacity),
                "The capacity of area \(area.areaID) must be 1 to \(Limits.areaCapacity.upperBound).")
        }
    }
}

private func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws(InvalidShow) {
    guard condition else { throw InvalidShow(.show, reason()) }
}
