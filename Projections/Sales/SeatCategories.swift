import Domain

/// The categories of a plan's seats, without the seats.
struct SeatCategories: Equatable, Sendable {
    var names: [String] = []
    var runs: [ShowSales.CategoryRun] = []

    init() {}

    init(_ plan: SeatingPlan) {
        names = plan.categories.map(\.name)
        var end = 0
        for zone in plan.zones {
            for row in zone.rows {
                for seat in row.seats where names.indices.contains(seat.category) {
                    end += 1
                    if runs.last?.category == seat.category {
                        runs[runs.count - 1].end = end
                    } else {
                        runs.append(ShowSales.CategoryRun(category: seat.category, end: end))
                    }
                }
            }
        }
    }
}

/// The categories of the plans that were met last: shows in one house have the same plan, and to unpack one is costly.
struct KnownPlans: Sendable {
    private static let countMax = 16
    private var known: [(bytes: [UInt8], categories: SeatCategories)] = []

    mutating func categories(of plan: KeptPlan?) -> SeatCategories {
        guard let plan else { return SeatCategories() }
        guard case .packed(let packed) = plan else { return SeatCategories(plan.unpacked()) }
        if let index = known.firstIndex(where: { $0.bytes == packed.bytes }) { return known[index].categories }
        if known.count == Self.countMax { known.removeFirst() }
        let categories = SeatCategories(plan.unpacked())
        known.append((packed.bytes, categories))
        return categories
    }
}
