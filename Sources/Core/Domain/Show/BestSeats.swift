/// Chooses the best free seats.
///
/// Of all ways to seat so many people, the best is found by these rules, each of which counts only between those that all
/// rules before it leave:
///
/// 1. **Together.** The fewest groups. A group is one or more seats that follow each other in a row without an aisle.
/// 2. **Nobody alone.** The evenest groups: five are three and two rather than four and one. So as few as possible sit alone.
/// 3. **No single seat left over.** The fewest free seats that each group cuts off from all other free seats beside them,
///    unless the show does not mind. It is counted group by group, and a seat that was alone before is not counted.
/// 4. **The best places.** The least badness in all: by row rank if the plan ranks rows, then nearest to its focal point if
///    it has one, else in plan order (see ``Floor/badness(_:)``).
/// 5. **In plan order**, for a single group.
///
/// Whoever needs an accessible seat gets one, with as many of the others beside it as can be; see
/// ``BestSeats/accessibleGroup(upTo:)``. The rest are seated by these rules.
///
/// A choice takes time in proportion to the seats of rows with enough free ones, and to nothing else: not to the ways there
/// are. Rules 1 and 2 depend on the lengths of the free runs alone. What the groups' sizes leave open is settled exactly:
/// sizes differ by at most one between groups that have a choice, which makes it an assignment to two classes.
///
/// `Tests/DomainTests/BestPlacesModelTests.swift` compares it with trying every choice.
struct BestSeats {
    /// Seats that may be chosen.
    struct Filter {
        /// Index into the plan's categories; nil: any.
        var category: Int32?
        /// By row; nil: any.
        var rows: [Bool]?
        /// Accessible seats, and companions' seats, are no longer kept for those who ask for them.
        let isReleased: Bool
        /// Accessible seats and companions' seats may be chosen.
        var takesAccessible = false

        init(isReleased: Bool) { self.isReleased = isReleased }

        func allows(row: Int32) -> Bool { rows?[Int(row)] ?? true }

        fileprivate func allows(_ access: Floor.Access) -> Bool {
            takesAccessible || access == .ordinary
        }
    }

    /// A ``SeatStatus`` digit per seat.
    let seats: [UInt8]
    /// By segment.
    let freeInSegment: [Int32]
    let layout: ShowLayout
    let filter: Filter
    let avoidsSingles: Bool

    private var floor: Floor { layout.floor }

    /// Free seats that follow each other and may be chosen, among all free seats around them.
    struct Run: Equatable {
        var slots: Range<Int>
        var stretch: Range<Int>
    }

    /// A place for a group of a known size.
    struct Placement: Comparable {
        var start: Int
        var singles: Int
        var badness: Int

        static func < (a: Self, b: Self) -> Bool { (a.singles, a.badness, a.start) < (b.singles, b.badness, b.start) }

        /// How much worse it is than `other`.
        static func - (a: Self, b: Self) -> Extra {
            Extra(singles: a.singles - b.singles, badness: a.badness - b.badness)
        }
    }

    struct Extra: Comparable {
        var singles: Int
        var badness: Int

        static func < (a: Self, b: Self) -> Bool { (a.singles, a.badness) < (b.singles, b.badness) }
        static func + (a: Self, b: Self) -> Self {
            Extra(singles: a.singles + b.singles, badness: a.badness + b.badness)
        }
    }

    /// The groups, as slots; nil: there are not so many seats.
    func groups(of quantity: Int) -> [Range<Int>]? {
        if let start = together(quantity) { return [start..<(start + quantity)] }
        return quantity > 1 ? scattered(quantity) : nil
    }

    /// The seats that may be chosen.
    func freeSlots() -> [Int] {
        var slots: [Int] = []
        forEachRun(in: floor.segments.indices) { slots.append(contentsOf: $0.slots) }
        return slots
    }

    /// The best group of so many; nil: there is none.
    func group(of quantity: Int) -> Range<Int>? { together(quantity).map { $0..<($0 + quantity) } }

    // MARK: One group

    /// Where the best `quantity` neighbours begin.
    private func together(_ quantity: Int) -> Int? {
        var best: Placement?
        for index in floor.searchOrder {
            let segment = floor.segments[Int(index)]
            guard freeInSegment[Int(index)] >= quantity, filter.allows(row: segment.row) else { continue }
            // Whatever comes now is worse.
            if let best, best.singles == 0, segment.bestBadness * quantity > best.badness { break }
            forEachRun(in: CollectionOfOne(Int(index))) { run in
                guard run.slots.count >= quantity else { return }
                let placement = placement(of: quantity, in: run)
                if best.map({ placement < $0 }) ?? true { best = placement }
            }
        }
        return best?.start
    }

    /// The best place for a group in a run that is long enough.
    private func placement(of size: Int, in run: Run) -> Placement {
        let last = run.slots.upperBound - size
        let first = run.slots.lowerBound
        var badness =
            floor.hasDistances
            ? (first..<(first + size)).reduce(0) { $0 + floor.badness($1) }
            : floor.badness(first) * size
        var best = Placement(start: first, singles: singles(first, size, run), badness: badness)
        var start = first
        while start < last {
            // Without distances no place is better than another.
            if !floor.hasDistances, best.singles == 0 { break }
            if floor.hasDistances { badness += floor.badness(start + size) - floor.badness(start) }
            start += 1
            let next = Placement(start: start, singles: singles(start, size, run), badness: badness)
            if next < best { best = next }
        }
        return best
    }

    /// How many free seats a group there would cut off.
    func singles(_ start: Int, _ size: Int, _ run: Run) -> Int {
        guard avoidsSingles else { return 0 }
        return (start - run.stretch.lowerBound == 1 ? 1 : 0) + (run.stretch.upperBound - start - size == 1 ? 1 : 0)
    }

    // MARK: Several groups

    private func scattered(_ quantity: Int) -> [Range<Int>]? {
        // No run has so many seats, or they would sit together.
        var runs: [Run] = []
        var count = Array(repeating: 0, count: quantity)
        forEachRun(in: floor.segments.indices) { run in
            runs.append(run)
            count[min(run.slots.count, quantity - 1)] += 1
        }
        guard let sizes = GroupSizes(quantity, runsByLength: count) else { return nil }
        var groups: [Range<Int>] = []
        func take(_ run: Run, _ size: Int) {
            let start = placement(of: size, in: run).start
            groups.append(start..<(start + size))
        }
        /// The best `wanted` of the runs for a group of this size.
        func takeBest(_ wanted: Int, of size: Int, from runs: some Sequence<Run>) {
            for (run, _) in best(wanted, of: size, from: runs) { take(run, size) }
        }
        // Runs that are too short for the level are filled to the end.
        for (length, wanted) in sizes.filled {
            takeBest(wanted, of: length, from: runs.filter { $0.slots.count == length })
        }
        let long = runs.filter { $0.slots.count >= sizes.level }
        guard sizes.larger > 0 else {
            takeBest(sizes.equal, of: sizes.level, from: long)
            return groups
        }
        let (equal, larger) = split(sizes, long)
        for run in equal { take(run, sizes.level) }
        for run in larger { take(run, sizes.level + 1) }
        return groups
    }

    /// The best runs for a group of this size, the best first.
    private func best(_ wanted: Int, of size: Int, from runs: some Sequence<Run>) -> [(run: Run, placement: Placement)]
    {
        var best: [(run: Run, placement: Placement)] = []
        guard wanted > 0 else { return best }
        for run in runs {
            let placement = placement(of: size, in: run)
            if best.count == wanted {
                guard let worst = best.last, placement < worst.placement else { continue }
                best.removeLast()
            }
            var (low, high) = (0, best.count)
            while low < high {
                let middle = (low + high) / 2
                if best[middle].placement < placement { low = middle + 1 } else { high = middle }
            }
            best.insert((run, placement), at: low)
        }
        return best
    }

    /// Which of the runs get a group of the level, and which one of one more: the assignment with the least singles, then the
    /// least badness. The larger groups are added one by one, each along the cheapest path (successive shortest paths): to a
    /// run that has none yet, or to one that has an equal group, which then goes to another run.
    private func split(_ sizes: GroupSizes, _ runs: [Run]) -> (equal: [Run], larger: [Run]) {
        struct Candidate {
            var run: Run
            var equal: Placement
            var larger: Placement?
            var group = 0
        }
        let wanted = sizes.equal + sizes.larger
        var chosen = best(wanted, of: sizes.level, from: runs).map(\.run)
        let starts = Set(chosen.map(\.slots.lowerBound))
        chosen += best(wanted, of: sizes.level + 1, from: runs.lazy.filter { $0.slots.count > sizes.level }).map(\.run)
            .filter { !starts.contains($0.slots.lowerBound) }
        var candidates = chosen.map { run in
            Candidate(
                run: run, equal: placement(of: sizes.level, in: run),
                larger: run.slots.count > sizes.level ? placement(of: sizes.level + 1, in: run) : nil)
        }
        for index in candidates.indices.sorted(by: { candidates[$0].equal < candidates[$1].equal }).prefix(sizes.equal)
        {
            candidates[index].group = 1
        }
        for _ in 0..<sizes.larger {
            let spare = candidates.indices.filter { candidates[$0].group == 0 }.min {
                candidates[$0].equal < candidates[$1].equal
            }
            var cheapest: (index: Int, replacement: Int?, extra: Extra)?
            for (index, candidate) in candidates.enumerated() {
                guard let larger = candidate.larger, candidate.group < 2 else { continue }
                var extra = Extra(singles: larger.singles, badness: larger.badness)
                var replacement: Int?
                if candidate.group == 1 {
                    guard let spare else { continue }
                    replacement = spare
                    extra =
                        (larger - candidate.equal)
                        + Extra(singles: candidates[spare].equal.singles, badness: candidates[spare].equal.badness)
                }
                if cheapest.map({ extra < $0.extra }) ?? true { cheapest = (index, replacement, extra) }
            }
            guard let cheapest else { break }
            candidates[cheapest.index].group = 2
            if let replacement = cheapest.replacement { candidates[replacement].group = 1 }
        }
        return (
            candidates.filter { $0.group == 1 }.map(\.run), candidates.filter { $0.group == 2 }.map(\.run)
        )
    }

    // MARK: Runs

    /// The runs of these segments, in order.
    @inline(__always)
    func forEachRun(in segments: some Sequence<Int>, _ body: (Run) -> Void) {
        let free = SeatStatus.available.rawValue
        for index in segments where freeInSegment[index] > 0 {
            let segment = floor.segments[index]
            guard filter.allows(row: segment.row) else { continue }
            var slot = segment.slots.lowerBound
            let end = segment.slots.upperBound
            while slot < end {
                guard seats[floor.seat(slot)] == free else {
                    slot += 1
                    continue
                }
                let start = slot
                while slot < end, seats[floor.seat(slot)] == free { slot += 1 }
                forEachRun(inStretch: start..<slot, body)
            }
        }
    }

    @inline(__always)
    private func forEachRun(inStretch stretch: Range<Int>, _ body: (Run) -> Void) {
        var slot = stretch.lowerBound
        while slot < stretch.upperBound {
            guard allows(slot) else {
                slot += 1
                continue
            }
            let start = slot
            while slot < stretch.upperBound, allows(slot) { slot += 1 }
            body(Run(slots: start..<slot, stretch: stretch))
        }
    }

    private func allows(_ slot: Int) -> Bool {
        if let category = filter.category, layout.categoryOfSeat[floor.seat(slot)] != category { return false }
        return filter.allows(floor.access(slot))
    }
}

/// How many people sit in which group, where no run has place for all: the fewest groups, and the evenest.
///
/// The fewest groups are as many of the longest runs as it takes. Filling these like vessels to one level is the evenest: a
/// run below the level is full.
struct GroupSizes: Equatable {
    /// The size that groups have which have a choice.
    var level: Int
    /// Groups of the level.
    var equal: Int
    /// Groups of one more.
    var larger: Int
    /// Runs shorter than the level that are filled, by their length.
    var filled: [(length: Int, wanted: Int)]

    /// Nil: there are not so many seats.
    ///
    /// - Parameter runsByLength: how many runs there are of each length, all less than `quantity`.
    init?(_ quantity: Int, runsByLength: [Int]) {
        var lengths: [Int] = []
        var seats = 0
        for length in runsByLength.indices.reversed() where length > 0 {
            for _ in 0..<runsByLength[length] where seats < quantity {
                lengths.append(length)
                seats += length
            }
        }
        guard seats >= quantity else { return nil }
        // The lengths descend: fill the shortest first.
        var rest = quantity
        var groups = lengths.count
        filled = []
        while let shortest = lengths.last, shortest * groups < rest {
            lengths.removeLast()
            rest -= shortest
            groups -= 1
            if filled.last?.length == shortest {
                filled[filled.count - 1].wanted += 1
            } else {
                filled.append((shortest, 1))
            }
        }
        level = rest / groups
        larger = rest % groups
        equal = groups - larger
        // A full run of the level is as good as a longer one.
        if let last = filled.last, last.length == level {
            equal += last.wanted
            filled.removeLast()
        }
    }

    static func == (a: Self, b: Self) -> Bool {
        (a.level, a.equal, a.larger) == (b.level, b.equal, b.larger) && a.filled.elementsEqual(b.filled, by: ==)
    }
}
