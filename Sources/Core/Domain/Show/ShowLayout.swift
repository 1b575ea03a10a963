/// A show's places and prices, indexed for decisions. Immutable and shared: a copy of a ``ShowState`` costs none of it.
public final class ShowLayout: Sendable {
    /// The show, without its seating plan.
    public let show: ShowCreated
    let floor: Floor
    let categoryOfSeat: [Int32]
    let seatGuids: [String]
    let seatNumbers: [String]
    /// The plan's category names; a seat's category is an index into them.
    let categories: [String]
    private let seatIndexes: [String: Int32]

    /// What a place of each of the plan's categories is sold as when nobody says.
    private let usualFares: [Fare]

    init(_ show: ShowCreated) {
        let plan = show.seatingPlan
        var show = show
        show.plan = nil
        self.show = show
        floor = Floor(plan)
        var categoryOfSeat: [Int32] = []
        var seatGuids: [String] = []
        var seatNumbers: [String] = []
        for zone in plan?.zones ?? [] {
            for row in zone.rows {
                for seat in row.seats {
                    categoryOfSeat.append(Int32(seat.category))
                    seatGuids.append(seat.guid)
                    seatNumbers.append(seat.number)
                }
            }
        }
        self.categoryOfSeat = categoryOfSeat
        self.seatGuids = seatGuids
        self.seatNumbers = seatNumbers
        let categories = plan?.categories.map(\.name) ?? []
        self.categories = categories
        usualFares = categories.map(show.usualFare)
        // Validation refuses duplicates; an old event that has one must not trap.
        seatIndexes = Dictionary(zip(seatGuids, 0...), uniquingKeysWith: { first, _ in first })
    }

    func seatIndex(_ guid: String) -> Int? { seatIndexes[guid].map(Int.init) }

    func areaIndex(_ id: AreaID) -> Int? { show.areas.firstIndex { $0.areaID == id } }

    /// The category index of `name`; nil when no seat can have it.
    func categoryIndex(_ name: String) -> Int32? { categories.firstIndex(of: name).map(Int32.init) }

    /// The same places, of a show that is described anew.
    init(_ other: ShowLayout, describedAs show: ShowCreated) {
        self.show = show
        floor = other.floor
        categoryOfSeat = other.categoryOfSeat
        seatGuids = other.seatGuids
        seatNumbers = other.seatNumbers
        categories = other.categories
        seatIndexes = other.seatIndexes
        usualFares = other.categories.map(show.usualFare)
    }

    /// The categories of places that there are; in no order.
    var categoriesInUse: Set<String> {
        Set(Set(categoryOfSeat).map { categories[Int($0)] } + show.areas.map(\.category))
    }

    /// Whether all of it is seats that follow each other; nil: there are no seats.
    func areNextToEachOther(_ choice: SeatChoice) -> Bool? {
        choice.seatIndexes.isEmpty ? nil : choice.areas.isEmpty && floor.areNextToEachOther(choice.seatIndexes)
    }

    /// The name of the seat's category; empty: there is no such seat.
    func category(ofSeat index: Int) -> String {
        categoryOfSeat.indices.contains(index) ? categories[Int(categoryOfSeat[index])] : ""
    }

    /// What the seat is sold as when nobody says.
    func usualFare(ofSeat index: Int) -> Fare { usualFares[Int(categoryOfSeat[index])] }

    /// What a unit of the area is sold as when nobody says.
    func usualFare(ofArea index: Int) -> Fare { show.usualFare(of: show.areas[index].category) }
}

extension ShowCreated {
    /// Holds from this instant on are refused.
    public var salesEndAt: Timestamp { offSaleAt ?? startsAt }

    /// What a place of the category is sold as when nobody says.
    func usualFare(of category: String) -> Fare {
        ticketTypes[category]?.first?.fare ?? Fare(price: prices[category] ?? 0)
    }
}
