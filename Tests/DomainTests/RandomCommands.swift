import Domain
import SeededRandom

/// A seeded show and seeded commands on it, many of them hopeless.
struct RandomCommands {
    private var random: SeededGenerator
    let show: ShowCreated
    private let guids: [String]
    private let users = ["ann", "bob", "eve"]
    private var placed: [(hold: String, user: String)] = []
    private var time: Int64 = 1

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let rows = (0..<Int.random(in: 0...5, using: &random)).map { _ in
            String((0..<Int.random(in: 1...7, using: &random)).map { _ in random.next() % 3 == 0 ? "B" : "A" })
        }
        var areas = (0..<Int.random(in: 0...3, using: &random)).map { index in
            SampleShow.area(
                "area-\(index)", Int.random(in: 1...9, using: &random), category: random.next() % 2 == 0 ? "S" : "A")
        }
        if rows.isEmpty && areas.isEmpty { areas = [SampleShow.area("area-0", 5)] }
        show = SampleShow.created(
            rows: rows, areas: areas, limit: Int.random(in: 1...6, using: &random),
            onSaleAt: random.next() % 4 == 0 ? .at(10) : nil, holdSeconds: Int64.random(in: 1...40, using: &random))
        guids = show.seatingPlan.map { $0.seats.map(\.guid) } ?? []
        self.random = random
    }

    /// The next command and the clock it meets; the clock sometimes goes back.
    mutating func next() -> (command: ShowCommand, now: Timestamp) {
        time += Int64.random(in: 0...4, using: &random)
        let now = random.next() % 20 == 0 ? time - Int64.random(in: 0...60, using: &random) : time
        return (command(), .at(now))
    }

    private mutating func command() -> ShowCommand {
        let hold = "h\(placed.count)"
        let user = users.randomElement(using: &random) ?? "ann"
        switch random.next() % 10 {
        case 0...2:
            placed.append((hold, user))
            let category = ["A", "B", "S", "X", nil, nil, nil].randomElement(using: &random) ?? nil
            return .best(hold, by: user, Int.random(in: 0...7, using: &random), category: category)
        case 3...6:
            placed.append((hold, user))
            var seats = (0..<Int.random(in: 0...3, using: &random)).compactMap { _ in guids.randomElement(using: &random) }
            if random.next() % 40 == 0 { seats.append("nowhere") }
            var areas: [String: Int] = [:]
            for area in show.areas where random.next() % 3 == 0 {
                areas[area.areaID.rawValue] = Int.random(in: 1...4, using: &random)
            }
            if random.next() % 40 == 0 { areas["nowhere"] = 1 }
            return .hold(hold, by: user, seats: seats, areas: areas)
        case 7...8:
            guard let old = placed.suffix(12).randomElement(using: &random) else { return .expireHolds(limit: 1) }
            let by = random.next() % 5 == 0 ? user : old.user
            return .releaseHold(HoldID(old.hold), by: UserID(by))
        default: return .expireHolds(limit: Int.random(in: 0...3, using: &random))
        }
    }
}
