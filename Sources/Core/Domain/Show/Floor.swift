/// Where a plan's seats stand on the floor: which are neighbours, and how good each is.
///
/// Seats have *slots* here: row by row in plan order and, within a row, as they stand side by side. A *segment* is a part
/// of a row without an aisle, so two seats are neighbours if their slots follow each other in one segment.
struct Floor: Sendable {
    struct Segment: Equatable, Sendable {
        var slots: Range<Int>
        var row: Int32
        /// The least of its seats' badness.
        var bestBadness: Int
        var hasAccessible: Bool
    }

    /// What a seat is kept for.
    enum Access: UInt8, Sendable {
        case ordinary, accessible, companion
    }

    let segments: [Segment]
    /// By slot.
    let segmentOf: [Int32]
    /// Segments, the best first; of equals in plan order.
    let searchOrder: [Int32]
    /// Segments with accessible seats.
    let accessibleSegments: [Int32]
    /// By row; those of a row are in segments that follow each other.
    let rowNumbers: [String]
    let zoneOfRow: [Int32]
    let zoneNames: [String]

    /// By slot, the seat; empty: slots and seats are the same.
    private let seatAt: [Int32]
    /// By seat, the slot; empty: slots and seats are the same.
    private let slotOf: [Int32]
    /// By row: how much worse its seats are than those of the best row; see ``badness(_:)``.
    private let rowBadness: [Int]
    /// By slot, in units of ``distanceUnits`` of the farthest seat; empty: the plan has no focal point.
    private let distances: [Int32]
    /// By slot; empty: all are ordinary.
    private let access: [Access]

    /// The distance of the farthest seat in whole units. A hundred such distances are less than ``rankWeight``.
    private static let distanceUnits = 0x1p26
    /// How much one rank counts: more than any distances.
    private static let rankWeight = 1 << 33

    func seat(_ slot: Int) -> Int { seatAt.isEmpty ? slot : Int(seatAt[slot]) }
    func slot(_ seat: Int) -> Int { slotOf.isEmpty ? seat : Int(slotOf[seat]) }
    func segment(ofSeat seat: Int) -> Int { Int(segmentOf[slot(seat)]) }
    func access(_ slot: Int) -> Access { access.isEmpty ? .ordinary : access[slot] }
    var slotCount: Int { segmentOf.count }
    var hasDistances: Bool { !distances.isEmpty }

    /// How bad the seat is: less is better. Badness adds up: places are the better, the less the sum of theirs is. It is the
    /// rank of the row if the plan ranks any, then the distance to the focal point if the plan has one; a plan with neither
    /// has its rows in order of preference.
    func badness(_ slot: Int) -> Int {
        rowBadness[Int(segments[Int(segmentOf[slot])].row)] + (distances.isEmpty ? 0 : Int(distances[slot]))
    }

    /// Whether these seats follow each other in one segment. False for none.
    func areNextToEachOther(_ seats: [Int]) -> Bool {
        let slots = seats.map(slot).sorted()
        guard let first = slots.first, let last = slots.last else { return false }
        return last - first == slots.count - 1 && segmentOf[first] == segmentOf[last]
    }

    init(_ plan: SeatingPlan?) {
        let zones = plan?.zones ?? []
        var rows: [(zone: Int, row: SeatingPlan.Row)] = []
        for (zone, content) in zones.enumerated() { for row in content.rows { rows.append((zone, row)) } }
        let ranks = rows.map { $0.row.rank.flatMap { $0.isFinite ? $0 : nil } }
        let focalPoint = plan?.focalPoint
        rowBadness = Self.rowBadness(ranks, hasFocalPoint: focalPoint != nil)

        var segments: [(slots: Range<Int>, row: Int32)] = []
        var segmentOf: [Int32] = []
        var seatAt: [Int32] = []
        var distances: [Double] = []
        var access: [Access] = []
        for (zone, content) in zones.enumerated() {
            let first = rows.firstIndex { $0.zone == zone } ?? 0
            let floor = content.rows.map { RowOnFloor($0.seats.map(\.position)) }
            let pitches = floor.compactMap(\.pitch).sorted()
            let usual = pitches.isEmpty ? nil : pitches[(pitches.count - 1) / 2]
            for (offset, row) in content.rows.enumerated() {
                let start = seatAt.count
                for part in floor[offset].parts(usualPitch: usual) {
                    let slots = (start + part.lowerBound)..<(start + part.upperBound)
                    segmentOf.append(contentsOf: repeatElement(Int32(segments.count), count: part.count))
                    segments.append((slots, Int32(first + offset)))
                }
                for index in floor[offset].order {
                    let seat = row.seats[index]
                    seatAt.append(Int32(start + index))
                    access.append(seat.isAccessible ? .accessible : seat.isCompanion ? .companion : .ordinary)
                    guard let focalPoint else { continue }
                    let x = content.position.x + row.position.x + seat.position.x - focalPoint.x
                    let y = content.position.y + row.position.y + seat.position.y - focalPoint.y
                    distances.append((x * x + y * y).squareRoot())
                }
            }
        }
        self.distances = Self.inUnits(distances)
        let isInOrder = seatAt.enumerated().allSatisfy { $0.offset == Int($0.element) }
        self.seatAt = isInOrder ? [] : seatAt
        var slotOf = isInOrder ? [] : Array(repeating: Int32(0), count: seatAt.count)
        if !isInOrder { for (slot, seat) in seatAt.enumerated() { slotOf[Int(seat)] = Int32(slot) } }
        self.slotOf = slotOf
        self.access = access.allSatisfy { $0 == .ordinary } ? [] : access
        self.segmentOf = segmentOf
        rowNumbers = rows.map(\.row.number)
        zoneOfRow = rows.map { Int32($0.zone) }
        zoneNames = zones.map(\.name)

        let (rowBadness, units) = (self.rowBadness, self.distances)
        self.segments = segments.map { slots, row in
            let nearest = units.isEmpty ? 0 : Int(units[slots].min() ?? 0)
            return Segment(
                slots: slots, row: row, bestBadness: rowBadness[Int(row)] + nearest,
                hasAccessible: access[slots].contains(.accessible))
        }
        let all = self.segments
        searchOrder = all.indices.sorted { (all[$0].bestBadness, $0) < (all[$1].bestBadness, $1) }.map(Int32.init)
        accessibleSegments = all.indices.filter { all[$0].hasAccessible }.map(Int32.init)
    }

    private static func rowBadness(_ ranks: [Double?], hasFocalPoint: Bool) -> [Int] {
        let distinct = Set(ranks.compactMap(\.self)).sorted()
        if distinct.isEmpty { return ranks.indices.map { hasFocalPoint ? 0 : $0 * rankWeight } }
        let order = Dictionary(uniqueKeysWithValues: zip(distinct, distinct.indices))
        // A row that the plan does not rank comes after those that it does.
        return ranks.map { ($0.flatMap { order[$0] } ?? distinct.count) * rankWeight }
    }

    /// What is nowhere is as far as can be.
    private static func inUnits(_ distances: [Double]) -> [Int32] {
        let farthest = distances.filter(\.isFinite).max() ?? 0
        return distances.map { distance in
            guard distance.isFinite else { return Int32(distanceUnits) }
            return farthest > 0 ? Int32((distance / farthest * distanceUnits).rounded()) : 0
        }
    }
}

/// How the seats of one row stand.
private struct RowOnFloor {
    /// The row's seats, by index, side by side.
    let order: [Int]
    /// Between each and the next.
    private let gaps: [Double]
    /// The gap that at least half of the row's gaps are not wider than. Nil: too few seats tell where they stand.
    let pitch: Double?

    /// A gap this many times as wide as usual is an aisle: wider than a space for a wheelchair, narrower than two seats.
    private static let aisle = 1.6

    init(_ positions: [SeatingPlan.Position]) {
        order = Self.order(positions)
        gaps = Self.gaps(positions, order)
        let told = gaps.filter { $0 > 0 && $0.isFinite }.sorted()
        pitch = told.count > 1 ? told[(told.count - 1) / 2] : nil
    }

    /// The parts of the row between its aisles, as ranges of ``order``. A row of two seats has only one gap: it is measured
    /// by its zone's other rows.
    func parts(usualPitch: Double?) -> [Range<Int>] {
        guard !order.isEmpty else { return [] }
        var parts: [Range<Int>] = []
        var start = 0
        if let pitch = pitch ?? usualPitch {
            for (index, gap) in gaps.enumerated() where gap > pitch * Self.aisle {
                parts.append(start..<(index + 1))
                start = index + 1
            }
        }
        parts.append(start..<order.count)
        return parts
    }

    private static func gaps(_ positions: [SeatingPlan.Position], _ order: [Int]) -> [Double] {
        zip(order, order.dropFirst()).map { distance(positions[$0], positions[$1]) }
    }

    private static func distance(_ a: SeatingPlan.Position, _ b: SeatingPlan.Position) -> Double {
        let (x, y) = (a.x - b.x, a.y - b.y)
        return (x * x + y * y).squareRoot()
    }

    /// Mostly that of the document. A document may have seats by their numbers, which may alternate or begin in the middle:
    /// where going along the line between the ends of the row is the shorter way, that is the order.
    private static func order(_ positions: [SeatingPlan.Position]) -> [Int] {
        let inDocument = Array(positions.indices)
        guard positions.count > 2, positions.allSatisfy({ $0.x.isFinite && $0.y.isFinite }),
            let one = positions.max(by: { distance($0, positions[0]) < distance($1, positions[0]) }),
            let other = positions.max(by: { distance($0, one) < distance($1, one) })
        else { return inDocument }
        let along = positions.map { ($0.x - one.x) * (other.x - one.x) + ($0.y - one.y) * (other.y - one.y) }
        guard along.allSatisfy(\.isFinite) else { return inDocument }
        var alongLine = inDocument.sorted { (along[$0], $0) < (along[$1], $1) }
        if let first = alongLine.firstIndex(of: 0), first > alongLine.count / 2 { alongLine.reverse() }
        let ways = (
            gaps(positions, inDocument).reduce(0, +), gaps(positions, alongLine).reduce(0, +)
        )
        return ways.1 < ways.0 * (1 - 1e-9) ? alongLine : inDocument
    }
}

extension SeatingPlan {
    /// The seats, by index, that stand side by side without an aisle between them: each list is a part of one row.
    var seatsSideBySide: [[Int]] {
        let floor = Floor(self)
        return floor.segments.map { $0.slots.map(floor.seat) }
    }
}
