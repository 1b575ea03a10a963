import Domain
import SeededRandom
import Testing

/// The choice of the best places against one that tries everything, on small shows.
@Suite struct `The best places` {
    @Test(arguments: 1...150)
    func `are as good as trying everything finds`(seed: UInt64) throws {
        var random = SeededGenerator(seed: 40_000 + seed)
        let rows = (0..<Int.random(in: 0...5, using: &random)).map { _ in
            String((0..<Int.random(in: 1...6, using: &random)).map { _ in random.next() % 3 == 0 ? "B" : "A" })
        }
        var areas = (0..<Int.random(in: 0...3, using: &random)).map { index in
            SampleShow.area(
                "\(index)", Int.random(in: 1...4, using: &random), category: random.next() % 2 == 0 ? "A" : "S")
        }
        if rows.isEmpty && areas.isEmpty { areas = [SampleShow.area("0", 3)] }
        var show = ShowState(SampleShow.created(rows: rows, areas: areas, limit: 12))
        var places = TriedPlaces(rows: rows, areas: areas)

        for index in 0..<Int.random(in: 0...12, using: &random) {
            guard let seat = places.seats.filter(\.isFree).randomElement(using: &random) else { break }
            try show.hold("s\(index)", seats: [seat.guid])
            places.take([seat.guid], [:])
        }
        for index in 0..<12 {
            let category = ["A", "B", "S", nil, nil].randomElement(using: &random) ?? nil
            let quantity = Int.random(in: 1...6, using: &random)
            guard category == nil || places.has(category: category) else { continue }
            let found = Result { () throws(Rejection) in
                try show.run(.best("h\(index)", quantity, category: category), at: .at(2))
            }
            switch found {
            case .failure(let rejection):
                #expect(rejection == .seatsUnavailable([.quantity(available: places.available(category))]))
                #expect(places.available(category) < quantity)
            case .success(let events):
                guard events.count == 1, case .hold(.placed(let hold))? = events.first else {
                    throw UnexpectedEvents(events)
                }
                places.check(hold, quantity, category)
                places.take(hold.guids, hold.units)
            }
        }
    }
}

private struct TriedPlaces {
    struct Seat {
        var guid: String
        var row: Int
        var category: String
        var isFree = true
    }
    var seats: [Seat] = []
    var areas: [(id: String, category: String, free: Int)]

    init(rows: [String], areas: [Area]) {
        self.areas = areas.map { ($0.areaID.rawValue, $0.category, $0.capacity) }
        for (row, letters) in rows.enumerated() {
            for (place, letter) in letters.enumerated() {
                seats.append(Seat(guid: "\(row + 1)-\(place + 1)", row: row, category: String(letter)))
            }
        }
    }

    func has(category: String?) -> Bool {
        seats.contains { $0.category == category } || areas.contains { $0.category == category }
    }

    func available(_ category: String?) -> Int {
        seats.count { fits($0, category) } + fitting(category).reduce(0) { $0 + $1.free }
    }

    mutating func take(_ guids: [String], _ units: [String: Int]) {
        for index in seats.indices where guids.contains(seats[index].guid) { seats[index].isFree = false }
        for index in areas.indices { areas[index].free -= units[areas[index].id] ?? 0 }
    }

    func check(_ hold: HoldPlaced, _ quantity: Int, _ category: String?) {
        let chosen = seats.filter { hold.guids.contains($0.guid) }
        let units = hold.units
        #expect(chosen.count + units.values.reduce(0, +) == quantity)
        #expect(chosen.allSatisfy { fits($0, category) })
        for (id, quantity) in units {
            #expect(fitting(category).contains { $0.id == id && $0.free >= quantity })
        }
        let free = seats.count { fits($0, category) }
        let inAreas = fitting(category).map(\.free)
        if let run = firstRun(quantity, category) {
            #expect(hold.guids == run)
        } else if free >= quantity {
            #expect(units.isEmpty)
            let perRow = Dictionary(grouping: seats.filter { fits($0, category) }, by: \.row).values.map(\.count)
            #expect(Set(chosen.map(\.row)).count == fewest(perRow, toReach: quantity))
        } else if inAreas.reduce(0, +) >= quantity {
            #expect(chosen.isEmpty)
            #expect(units.count == fewest(inAreas, toReach: quantity))
        } else {
            #expect(chosen.count == free)
            #expect(units.count == fewest(inAreas, toReach: quantity - free))
        }
    }

    private func fits(_ seat: Seat, _ category: String?) -> Bool {
        seat.isFree && (category == nil || seat.category == category)
    }

    private func fitting(_ category: String?) -> [(id: String, category: String, free: Int)] {
        areas.filter { category == nil || $0.category == category }
    }

    private func firstRun(_ quantity: Int, _ category: String?) -> [String]? {
        for start in seats.indices where start + quantity <= seats.count {
            let run = seats[start..<(start + quantity)]
            if run.allSatisfy({ fits($0, category) && $0.row == seats[start].row }) { return run.map(\.guid) }
        }
        return nil
    }

    /// The smallest number of these that together reach `quantity`, by trying every choice.
    private func fewest(_ counts: [Int], toReach quantity: Int) -> Int? {
        (0..<(1 << counts.count)).filter { choice in
            counts.indices.reduce(0) { $0 + (choice >> $1 & 1 == 1 ? counts[$1] : 0) } >= quantity
        }.map(\.nonzeroBitCount).min()
    }
}
