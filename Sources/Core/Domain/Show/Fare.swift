/// What one place costs its buyer, and as which type of ticket it is sold.
public struct Fare: Hashable, Sendable {
    /// The ticket type's name; empty: the place's category has no types.
    public var ticketType: String
    /// Minor units, without fee and tax.
    public var price: Int64
    /// Minor units, on top of the price.
    public var fee: Int64
    /// Minor units, on top of price and fee.
    public var tax: Int64

    public init(ticketType: String = "", price: Int64, fee: Int64 = 0, tax: Int64 = 0) {
        self.ticketType = ticketType
        self.price = price
        self.fee = fee
        self.tax = tax
    }

    /// All that the buyer pays for the place, in minor units.
    public var amount: Int64 { price + fee + tax }

    /// Whether it is nothing but a price.
    public var isPlain: Bool { ticketType.isEmpty && fee == 0 && tax == 0 }
}

/// The fares of some places in order: first the seats, then the units of the areas.
public struct FareList: Equatable, Sendable {
    /// Places that follow each other and have the same fare.
    public struct Run: Equatable, Sendable {
        public var fare: Fare
        /// At least 1.
        public var count: Int

        public init(_ fare: Fare, count: Int) {
            self.fare = fare
            self.count = count
        }
    }

    public private(set) var runs: [Run] = []

    public init() {}

    public init(runs: [Run]) { self.runs = runs }

    public init(_ fares: some Sequence<Fare>) {
        for fare in fares { append(fare, count: 1) }
    }

    /// The fares of the first places, and the list of the rest, which is not taken apart.
    func split(after count: Int) -> (first: [Fare], rest: FareList) {
        let first = Array(all.prefix(count))
        var rest = FareList()
        var left = count
        for run in runs {
            rest.append(run.fare, count: run.count - min(left, run.count))
            left -= min(left, run.count)
        }
        return (first, rest)
    }

    static func + (a: FareList, b: FareList) -> FareList {
        var sum = a
        for run in b.runs { sum.append(run.fare, count: run.count) }
        return sum
    }

    mutating func append(_ fare: Fare, count: Int) {
        guard count > 0 else { return }
        if runs.last?.fare == fare { runs[runs.count - 1].count += count } else { runs.append(Run(fare, count: count)) }
    }

    public var isEmpty: Bool { runs.isEmpty }
    public var count: Int { runs.reduce(0) { $0 + $1.count } }
    /// What all places cost together, in minor units.
    public var total: Int64 { runs.reduce(0) { $0 + $1.fare.amount * Int64($1.count) } }

    /// What all fees are together, in minor units.
    public var fees: Int64 { runs.reduce(0) { $0 + $1.fare.fee * Int64($1.count) } }
    /// What all taxes are together, in minor units.
    public var tax: Int64 { runs.reduce(0) { $0 + $1.fare.tax * Int64($1.count) } }

    /// Every place's.
    public var all: some Sequence<Fare> { runs.lazy.flatMap { repeatElement($0.fare, count: $0.count) } }

    /// How many places have each ticket type, by name.
    public static func counts(_ runs: [Run]) -> [(type: String, count: Int)] {
        runs.reduce(into: [:]) { $0[$1.fare.ticketType, default: 0] += $1.count }
            .sorted { $0.key < $1.key }.map { (type: $0.key, count: $0.value) }
    }

    /// The list as holds have it whose places cost what the show says: empty where every place costs the same and has
    /// nothing but a price, since the total says all of that.
    var recorded: FareList { runs.count <= 1 && runs.allSatisfy(\.fare.isPlain) ? FareList() : self }
}

/// A way to buy the places of a category, such as "adult" or "child".
public struct TicketType: Equatable, Sendable {
    /// Unique in its category.
    public var name: String
    /// Minor units, without fee and tax.
    public var price: Int64
    /// Minor units, on top of the price.
    public var fee: Int64
    /// Minor units, on top of price and fee.
    public var tax: Int64
    /// An order with any of this type has at least so many of it; 1: as few as one.
    public var minPerOrder: Int
    /// An order has at most so many of it; nil: as many as a hold may have.
    public var maxPerOrder: Int?

    public init(
        name: String, price: Int64, fee: Int64 = 0, tax: Int64 = 0, minPerOrder: Int = 1, maxPerOrder: Int? = nil
    ) {
        self.name = name
        self.price = price
        self.fee = fee
        self.tax = tax
        self.minPerOrder = minPerOrder
        self.maxPerOrder = maxPerOrder
    }

    /// What a place of this type costs.
    public var fare: Fare { Fare(ticketType: name, price: price, fee: fee, tax: tax) }
}

/// The ticket types that somebody wants for the places of a hold. Places that it does not speak of get the first type
/// of their category.
public enum TicketTypeChoice: Equatable, Sendable {
    /// By seat, and how many by area.
    case named(seats: [String: String] = [:], areas: [AreaID: [String: Int]] = [:])
    /// How many of each, for places that are still to be found.
    case counted([String: Int])

    public static let usual = TicketTypeChoice.named()

    var isUsual: Bool { self == .usual || self == .counted([:]) }
}
