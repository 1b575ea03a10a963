/// The places a hold will have.
struct SeatChoice: Equatable {
    /// Ascending.
    var seatIndexes: [Int] = []
    /// In the order of the show's areas.
    var areas: [(index: Int, quantity: Int)] = []

    /// How many places these are.
    var count: Int { areas.reduce(seatIndexes.count) { $0 + $1.quantity } }

    static func == (a: Self, b: Self) -> Bool {
        a.seatIndexes == b.seatIndexes && a.areas.elementsEqual(b.areas, by: ==)
    }
}

extension ShowState {
    /// Finds all places of `selection`, or says why there are none.
    func choose(
        _ selection: PlaceHold.Selection, for user: UserID, layout: ShowLayout
    ) throws(Rejection) -> SeatChoice {
        switch selection {
        case .named(let seats, let areas): return try named(seats, areas, user, layout)
        case .best(let quantity, let category): return try best(quantity, category, layout)
        }
    }

    private func named(
        _ guids: [String], _ areas: [AreaQuantity], _ user: UserID, _ layout: ShowLayout
    ) throws(Rejection) -> SeatChoice {
        let limit = layout.show.maxSeatsPerHold
        guard guids.count <= limit else { throw .tooManySeats(limit: limit) }
        var quantities = Array(repeating: 0, count: layout.show.areas.count)
        var wanted = guids.count
        for area in areas {
            guard let index = layout.areaIndex(area.areaID) else { throw .unknownArea(area.areaID.rawValue) }
            guard area.quantity > 0 else { throw .emptyHold }
            // Checked one by one, so that no sum can overflow.
            guard area.quantity <= limit - wanted else { throw .tooManySeats(limit: limit) }
            wanted += area.quantity
            quantities[index] += area.quantity
        }
        guard wanted > 0 else { throw .emptyHold }

        var indexes: [Int] = []
        var conflicts: [Rejection.Conflict] = []
        for guid in guids {
            guard let index = layout.seatIndex(guid) else { throw .unknownSeat(guid) }
            guard !indexes.contains(index) else { throw .duplicateSeat(guid) }
            indexes.append(index)
            if let status = SeatStatus(rawValue: seats[index]), status != .available,
                status != .resale || listings[index].flatMap(ticket)?.ticket.owner == user
            {
                conflicts.append(.seat(guid, status))
            }
        }
        for (index, quantity) in quantities.enumerated() where quantity > freeInArea[index] {
            conflicts.append(.area(layout.show.areas[index].areaID, available: freeInArea[index]))
        }
        guard conflicts.isEmpty else { throw .seatsUnavailable(conflicts) }
        return SeatChoice(seatIndexes: indexes.sorted(), areas: taken(quantities))
    }

    /// Best seats: neighbours in one row, else as few rows as can be, else areas, else seats and areas together.
    /// The plan's order is the order of preference.
    private func best(_ quantity: Int, _ category: String?, _ layout: ShowLayout) throws(Rejection) -> SeatChoice {
        let limit = layout.show.maxSeatsPerHold
        guard quantity <= limit else { throw .tooManySeats(limit: limit) }
        guard quantity > 0 else { throw .emptyHold }
        let filter = SeatFilter(category: category, layout: layout)
        let areas = layout.show.areas.indices.filter { category == nil || layout.show.areas[$0].category == category }
        guard filter != .nothing || !areas.isEmpty else { throw .unknownCategory(category ?? "") }

        if let seats = neighbours(quantity, filter, layout) { return SeatChoice(seatIndexes: Array(seats)) }
        let scattered = fewestRows(quantity, filter, layout)
        if scattered.count == quantity { return SeatChoice(seatIndexes: scattered) }
        let inAreas = fromAreas(quantity, areas)
        if inAreas.reduce(0, +) == quantity { return SeatChoice(areas: taken(inAreas)) }
        let rest = fromAreas(quantity - scattered.count, areas)
        let found = scattered.count + rest.reduce(0, +)
        guard found == quantity else { throw .seatsUnavailable([.quantity(available: found)]) }
        return SeatChoice(seatIndexes: scattered, areas: taken(rest))
    }

    /// The first run of `quantity` free seats that follow each other in one row.
    private func neighbours(_ quantity: Int, _ filter: SeatFilter, _ layout: ShowLayout) -> Range<Int>? {
        for (row, range) in layout.rows.enumerated() where freeInRow[row] >= quantity {
            var run = 0
            for index in range {
                run = isFree(index, filter, layout) ? run + 1 : 0
                if run == quantity { return (index - quantity + 1)..<(index + 1) }
            }
        }
        return nil
    }

    /// Up to `quantity` free seats, taken from the rows that have the most; ascending.
    private func fewestRows(_ quantity: Int, _ filter: SeatFilter, _ layout: ShowLayout) -> [Int] {
        let rows = layout.rows.enumerated().lazy.filter { self.freeInRow[$0.offset] > 0 }
            .map { row in row.element.filter { self.isFree($0, filter, layout) } }
            .filter { !$0.isEmpty }
            .sorted { ($1.count, $0[0]) < ($0.count, $1[0]) }
        return rows.lazy.flatMap { $0 }.prefix(quantity).sorted()
    }

    /// Up to `quantity` units, by area index: of the first area that has them all, else of those that have the most.
    private func fromAreas(_ quantity: Int, _ areas: [Int]) -> [Int] {
        var taken = Array(repeating: 0, count: freeInArea.count)
        if let whole = areas.first(where: { freeInArea[$0] >= quantity }) {
            taken[whole] = quantity
            return taken
        }
        var missing = quantity
        for area in areas.sorted(by: { (freeInArea[$1], $0) < (freeInArea[$0], $1) }) {
            taken[area] = min(missing, freeInArea[area])
            missing -= taken[area]
        }
        return taken
    }

    private func taken(_ quantities: [Int]) -> [(index: Int, quantity: Int)] {
        quantities.enumerated().filter { $0.element > 0 }.map { (index: $0.offset, quantity: $0.element) }
    }

    private func isFree(_ index: Int, _ filter: SeatFilter, _ layout: ShowLayout) -> Bool {
        guard seats[index] == SeatStatus.available.rawValue else { return false }
        switch filter {
        case .any: return true
        case .category(let category): return layout.categoryOfSeat[index] == category
        case .nothing: return false
        }
    }
}

/// Which seats a best-seats hold may have.
private enum SeatFilter: Equatable {
    case any
    case category(Int32)
    case nothing

    init(category: String?, layout: ShowLayout) {
        guard let category else { self = .any; return }
        self = layout.categoryIndex(category).map(Self.category) ?? .nothing
    }
}
