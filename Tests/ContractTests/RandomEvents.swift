import Domain
import SeededRandom

/// Seeded events with all that their types allow.
struct RandomEvents {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func next() -> ShowEvent {
        switch random.next() % 5 {
        case 0: return .created(created())
        case 1, 2:
            return .holdPlaced(
                HoldPlaced(
                    holdID: HoldID(text()), userID: UserID(text()),
                    seats: (0..<number(5)).map { _ in HeldSeat(index: index(), guid: text()) }, areas: areas(),
                    total: Int64(truncatingIfNeeded: random.next()), currency: text(), placedAt: time(), expiresAt: time()))
        case 3: return .holdReleased(ended())
        default: return .holdExpired(ended())
        }
    }

    private mutating func ended() -> HoldEnded {
        HoldEnded(
            holdID: HoldID(text()), userID: UserID(text()), seatIndexes: (0..<number(5)).map { _ in index() },
            areas: areas(), endedAt: time())
    }

    private mutating func created() -> ShowCreated {
        let limit = number(2) == 0 ? Int(UInt32.max) : number(20)
        var prices: [String: Int64] = [:]
        for _ in 0..<number(4) { prices[text()] = Int64(random.next() >> 33) }
        return ShowCreated(
            showID: ShowID(text()), name: text(), artist: text(), venue: Venue(name: text(), city: text()),
            startsAt: time(), onSaleAt: number(2) == 0 ? nil : time(), currency: text(), prices: prices,
            holdSeconds: Int64(truncatingIfNeeded: random.next()), maxSeatsPerHold: limit,
            seatingPlan: number(2) == 0 ? nil : plan(),
            areas: (0..<number(4)).map { _ in
                Area(areaID: AreaID(text()), name: text(), capacity: index(), category: text())
            }, createdAt: time())
    }

    private mutating func plan() -> SeatingPlan {
        let categories = (0..<(1 + number(3))).map { _ in SeatingPlan.Category(name: text(), color: text()) }
        return SeatingPlan(
            name: text(), size: SeatingPlan.Size(width: double(), height: double()), categories: categories,
            zones: (0..<number(3)).map { _ in
                SeatingPlan.Zone(
                    name: text(), position: position(),
                    rows: (0..<number(3)).map { _ in
                        SeatingPlan.Row(
                            number: text(), position: position(),
                            seats: (0..<number(4)).map { _ in
                                SeatingPlan.Seat(
                                    guid: text(), number: text(), position: position(), category: number(categories.count))
                            })
                    }, shapes: (0..<number(3)).map { _ in shape() })
            })
    }

    private mutating func shape() -> SeatingPlan.Shape {
        let outline: SeatingPlan.Shape.Outline
        switch random.next() % 5 {
        case 0: outline = .circle(radius: double())
        case 1: outline = .ellipse(radius: position())
        case 2: outline = .rectangle(SeatingPlan.Size(width: double(), height: double()))
        case 3: outline = .polygon((0..<number(4)).map { _ in position() })
        default: outline = .text
        }
        let label = SeatingPlan.Shape.Label(text: text(), color: text(), size: double(), position: position())
        return SeatingPlan.Shape(
            outline: outline, position: position(), color: text(), borderColor: text(), rotation: double(),
            label: number(2) == 0 ? nil : label)
    }

    private mutating func areas() -> [AreaQuantity] {
        (0..<number(3)).map { _ in AreaQuantity(areaID: AreaID(text()), quantity: index()) }
    }

    private mutating func number(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

    private mutating func index() -> Int { number(10) == 0 ? Int(UInt32.max) : number(100_000) }

    private mutating func time() -> Timestamp {
        [Timestamp(microseconds: .min), Timestamp(microseconds: .max), Timestamp(microseconds: 0)]
            .randomElement(using: &random).map { number(3) == 0 ? $0 : Timestamp(microseconds: Int64(random.next() >> 10)) }
            ?? Sample.at
    }

    private mutating func position() -> SeatingPlan.Position { SeatingPlan.Position(x: double(), y: double()) }

    private mutating func double() -> Double { number(4) == 0 ? 0 : Double(Int64(truncatingIfNeeded: random.next())) / 1_000 }

    private mutating func text() -> String {
        ["", "a", "Rang links", "ü", "🎟️", "\0", "\u{202E}rtl", "\"quoted\"", String(repeating: "x", count: 300)]
            .randomElement(using: &random) ?? ""
    }
}
