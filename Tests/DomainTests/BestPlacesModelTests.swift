import Foundation
import SeededRandom
import Testing

@testable import Domain

/// The choice of the best places against one that tries everything, on small floors.
@Suite struct `The best places` {
    @Test(arguments: 1...400)
    func `are as good as trying everything finds`(seed: UInt64) throws {
        var random = SeededGenerator(seed: 40_000 + seed)
        let floor = TriedFloor(random: &random)
        var show = ShowState(floor.created)
        var taken: Set<Int> = []
        for index in floor.seats.indices where random.next() % 10 < seed % 7 {
            try show.hold("s\(index)", seats: [floor.seats[index].guid])
            taken.insert(index)
        }
        for index in 0..<6 {
            let category = random.next() % 3 == 0 ? "B" : nil
            let zone = random.next() % 4 == 0 ? "zone 1" : nil
            let rows = random.next() % 5 == 0 ? [floor.rowNames.randomElement(using: &random) ?? "", "1"] : nil
            let wanted = PlaceHold.BestPlaces(
                quantity: Int.random(in: 1...6, using: &random), category: category, zone: zone, rows: rows)
            let open = floor.seats.indices.filter { !taken.contains($0) && floor.seats[$0].fits(wanted) }
            do {
                let events = try show.run(.best("h\(index)", wanted), at: .at(2))
                guard events.count == 1, case .hold(.placed(let hold))? = events.first else {
                    throw UnexpectedEvents(events)
                }
                let chosen = hold.seats.map(\.index)
                #expect(chosen.count == wanted.quantity && Set(chosen).isSubset(of: open))
                let found = floor.worth(Set(chosen), taken)
                let best = try #require(floor.bestWorth(of: wanted.quantity, open, taken))
                #expect(!best.isBetter(than: found), "\(wanted): \(hold.guids) \(found), not \(best)")
                #expect(hold.isNextToEachOther == (found.groups == 1))
                taken.formUnion(chosen)
            } catch let error as Rejection {
                #expect(open.count < wanted.quantity || error.code != .seatsUnavailable)
                switch error.code {
                case .seatsUnavailable: #expect(error.conflicts == [.quantity(available: open.count)])
                case .unknownCategory: #expect(!floor.seats.contains { $0.category == category })
                case .unknownZone: #expect(!floor.seats.contains { $0.zone == zone })
                case .unknownRow: #expect(rows?.contains(error.subject) == true)
                default: Issue.record("\(error)")
                }
            }
        }
    }

    /// Sizes of groups against all ways to fill some of the runs.
    @Test(arguments: 1...300)
    func `are in the fewest and evenest groups`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let quantity = Int.random(in: 2...9, using: &random)
        let runs = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            Int.random(in: 1..<quantity, using: &random)
        }
        var byLength = Array(repeating: 0, count: quantity)
        for run in runs { byLength[run] += 1 }
        var best: [Int]?
        func fill(_ index: Int, _ rest: Int, _ sizes: [Int]) {
            if rest == 0 {
                let squares = { (sizes: [Int]) in sizes.reduce(0) { $0 + $1 * $1 } }
                if best.map({ (sizes.count, squares(sizes)) < ($0.count, squares($0)) }) ?? true { best = sizes }
                return
            }
            guard index < runs.count else { return }
            for size in 0...min(rest, runs[index]) { fill(index + 1, rest - size, size > 0 ? sizes + [size] : sizes) }
        }
        fill(0, quantity, [])
        let sizes = GroupSizes(quantity, runsByLength: byLength).map { sizes in
            sizes.filled.flatMap { Array(repeating: $0.length, count: $0.wanted) }
                + Array(repeating: sizes.level, count: sizes.equal)
                + Array(repeating: sizes.level + 1, count: sizes.larger)
        }
        #expect(sizes?.sorted() == best?.sorted(), "\(quantity) in \(runs)")
    }

    /// Whatever a log says of where seats are, nothing traps, and all seats can be had.
    @Test(arguments: 1...60)
    func `are found wherever seats are said to be`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let odd: [Double] = [0, 1, -1, 1e300, -1e300, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, 3]
        var plan = SampleShow.plan(["AAAAA", "AB", "A", "AAAAAAA"])
        let position = { (random: inout SeededGenerator) in
            SeatingPlan.Position(
                x: odd.randomElement(using: &random) ?? 0, y: odd.randomElement(using: &random) ?? 0)
        }
        for zone in plan.zones.indices {
            for row in plan.zones[zone].rows.indices {
                plan.zones[zone].rows[row].rank = odd.randomElement(using: &random)
                for seat in plan.zones[zone].rows[row].seats.indices {
                    plan.zones[zone].rows[row].seats[seat].position = position(&random)
                }
            }
        }
        plan.focalPoint = random.next() % 2 == 0 ? position(&random) : nil
        var created = SampleShow.created(rows: ["A"], limit: 100)
        created.seatingPlan = plan
        var show = ShowState(created)
        var left = 15
        for quantity in [1, 2, 5, 3, 4] {
            let hold = try show.best("h\(quantity)", quantity)
            left -= hold.seats.count
        }
        #expect(left == 0)
    }
}

/// A small floor, and the slow and obvious way to judge a choice of its seats.
private struct TriedFloor {
    struct Seat {
        var guid: String
        var category: String
        var zone: String
        var row: Int
        var rowName: String
        /// Counted through all rows; neighbours are in one part.
        var part: Int
        var place: Int
        var rank: Double
        var distance: Double

        func fits(_ wanted: PlaceHold.BestPlaces) -> Bool {
            (wanted.category ?? category) == category && (wanted.zone ?? zone) == zone
                && wanted.rows?.contains(rowName) ?? true
        }
    }

    /// What counts, the first before the next.
    struct Worth {
        var groups: Int
        var unevenness: Int
        var singles: Int
        var rank: Double
        var distance: Double

        func isBetter(than other: Worth) -> Bool {
            let (mine, others) = (
                (groups, unevenness, singles, rank), (other.groups, other.unevenness, other.singles, other.rank)
            )
            if mine != others { return mine < others }
            // Distances are counted in units.
            return distance < other.distance - 1e-5
        }
    }

    /// In plan order.
    private(set) var seats: [Seat] = []
    let rowNames: [String]
    private(set) var created: ShowCreated

    init(random: inout SeededGenerator) {
        let hasRanks = random.next() % 3 == 0
        let focalPoint = random.next() % 2 == 0 ? SeatingPlan.Position(x: 4, y: -2) : nil
        let minds = random.next() % 4 != 0
        var zones: [SeatingPlan.Zone] = []
        var rowCount = 0
        var parts = 0
        let zoneCount = Int.random(in: 1...2, using: &random)
        for zoneIndex in 0..<zoneCount {
            var zone = SeatingPlan.Zone(
                name: "zone \(zoneIndex + 1)", position: SeatingPlan.Position(x: 0, y: Double(zoneIndex) * 10),
                rows: [],
                shapes: [])
            for rowIndex in 0..<Int.random(in: 1...(5 - 2 * zoneCount + 1), using: &random) {
                rowCount += 1
                let lengths =
                    random.next() % 2 == 0
                    ? [Int.random(in: 1...6, using: &random)]
                    : [Int.random(in: 2...4, using: &random), Int.random(in: 1...3, using: &random)]
                let rank = hasRanks && random.next() % 4 != 0 ? Double(Int.random(in: 1...3, using: &random)) : nil
                var x = 0.0
                var row: [(seat: SeatingPlan.Seat, part: Int, place: Int)] = []
                for length in lengths {
                    for place in 0..<length {
                        let guid = "\(rowCount)-\(row.count + 1)"
                        row.append(
                            (
                                SeatingPlan.Seat(
                                    guid: guid, number: guid, position: SeatingPlan.Position(x: x, y: 0),
                                    category: random.next() % 4 == 0 ? 1 : 0), parts, place
                            ))
                        x += 1
                    }
                    x += Double(Int.random(in: 1...3, using: &random))
                    parts += 1
                }
                // Some documents have seats by their numbers.
                if random.next() % 3 == 0 { row.shuffle(using: &random) }
                let y = Double(rowIndex) * 1.5
                zone.rows.append(
                    SeatingPlan.Row(
                        number: "\(rowIndex + 1)", position: SeatingPlan.Position(x: 0, y: y), seats: row.map(\.seat),
                        rank: rank))
                for (seat, part, place) in row {
                    let (dx, dy) = (seat.position.x - 4, zone.position.y + y + 2)
                    seats.append(
                        Seat(
                            guid: seat.guid, category: seat.category == 0 ? "A" : "B", zone: zone.name, row: rowCount,
                            rowName: "\(rowIndex + 1)", part: part, place: place, rank: rank ?? 4,
                            distance: focalPoint == nil ? 0 : (dx * dx + dy * dy).squareRoot()))
                }
            }
            zones.append(zone)
        }
        if !hasRanks {
            for index in seats.indices { seats[index].rank = focalPoint == nil ? Double(seats[index].row) : 0 }
        } else if !seats.contains(where: { $0.rank < 4 }) {
            for index in seats.indices { seats[index].rank = focalPoint == nil ? Double(seats[index].row) : 0 }
        }
        rowNames = seats.map(\.rowName)
        created = SampleShow.created(rows: ["A"], limit: 12)
        created.orphans = minds ? .avoid : .allow
        created.seatingPlan = SeatingPlan(
            name: "", size: SeatingPlan.Size(width: 1, height: 1),
            categories: [SeatingPlan.Category(name: "A", color: ""), SeatingPlan.Category(name: "B", color: "")],
            zones: zones, focalPoint: focalPoint)
    }

    func worth(_ chosen: Set<Int>, _ taken: Set<Int>) -> Worth {
        let places = Dictionary(uniqueKeysWithValues: seats.indices.map { ([seats[$0].part, seats[$0].place], $0) })
        func seat(_ part: Int, _ place: Int) -> Int? { places[[part, place]] }
        func isFree(_ part: Int, _ place: Int) -> Bool { seat(part, place).map { !taken.contains($0) } ?? false }
        func isChosen(_ part: Int, _ place: Int) -> Bool { seat(part, place).map(chosen.contains) ?? false }
        var worth = Worth(groups: 0, unevenness: 0, singles: 0, rank: 0, distance: 0)
        for index in chosen {
            worth.rank += seats[index].rank
            worth.distance += seats[index].distance
            let (part, first) = (seats[index].part, seats[index].place)
            guard !isChosen(part, first - 1) else { continue }
            var end = first
            while isChosen(part, end) { end += 1 }
            worth.groups += 1
            worth.unevenness += (end - first) * (end - first)
            guard created.orphans != .allow else { continue }
            if isFree(part, first - 1), !isFree(part, first - 2) { worth.singles += 1 }
            if isFree(part, end), !isFree(part, end + 1) { worth.singles += 1 }
        }
        return worth
    }

    /// The best that any choice of the open seats is worth; nil: there are not so many.
    func bestWorth(of quantity: Int, _ open: [Int], _ taken: Set<Int>) -> Worth? {
        var best: Worth?
        func choose(_ chosen: [Int], from index: Int) {
            if chosen.count == quantity {
                let worth = worth(Set(chosen), taken)
                if best.map({ worth.isBetter(than: $0) }) ?? true { best = worth }
                return
            }
            guard open.count - index >= quantity - chosen.count else { return }
            choose(chosen + [open[index]], from: index + 1)
            choose(chosen, from: index + 1)
        }
        if open.count >= quantity { choose([], from: 0) }
        return best
    }
}
