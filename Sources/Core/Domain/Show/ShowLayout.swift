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
        categories = plan?.categories.map(\.name) ?? []
        // Validation refuses duplicates; an old event that has one must not trap.
        seatIndexes = Dictionary(zip(seatGuids, 0...), uniquingKeysWith: { first, _ in first })
    }

    func seatIndex(_ guid: String) -> Int? { seatIndexes[guid].map(Int.init) }

    func areaIndex(_ id: AreaID) -> Int? { show.areas.firstIndex { $0.areaID == id } }

    /// The category index of `name`; nil when no seat can have it.
    func categoryIndex(_ name: String) -> Int32? { categories.firstIndex(of: name).map(Int32.init) }

    /// Minor units for one seat.
    func price(ofSeat index: Int) -> Int64 { show.prices[categories[Int(categoryOfSeat[index])]] ?? 0 }

    /// Minor units for one unit of an area.
    func price(ofArea index: Int) -> Int64 { show.prices[show.areas[index].category] ?? 0 }
}
