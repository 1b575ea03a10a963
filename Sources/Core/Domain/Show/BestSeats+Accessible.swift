extension BestSeats {
    /// The best group with an accessible seat: as large as can be, up to `quantity`. Of those, with the fewest accessible
    /// seats (others need them), then the most seats for companions, and then by the rules for all groups.
    ///
    /// Nil: no accessible seat is free.
    func accessibleGroup(upTo quantity: Int) -> Range<Int>? {
        let segments = layout.floor.accessibleSegments.lazy.map(Int.init)
        var size = 0
        forEachRun(in: segments) { run in
            guard size < quantity, run.slots.contains(where: isAccessible) else { return }
            size = max(size, min(quantity, run.slots.count))
        }
        guard size > 0 else { return nil }
        var best: AccessiblePlacement?
        forEachRun(in: segments) { run in
            guard run.slots.count >= size else { return }
            var count = AccessCount()
            var badness = 0
            for slot in run.slots {
                count.add(layout.floor.access(slot), 1)
                badness += layout.floor.badness(slot)
                let start = slot - size + 1
                guard start >= run.slots.lowerBound else { continue }
                if count.accessible > 0 {
                    let placement = AccessiblePlacement(
                        count: count,
                        placement: Placement(start: start, singles: singles(start, size, run), badness: badness))
                    if best.map({ placement < $0 }) ?? true { best = placement }
                }
                count.add(layout.floor.access(start), -1)
                badness -= layout.floor.badness(start)
            }
        }
        return best.map { $0.placement.start..<($0.placement.start + size) }
    }

    private func isAccessible(_ slot: Int) -> Bool { layout.floor.access(slot) == .accessible }
}

/// How many seats of a group are kept for whom.
private struct AccessCount {
    var accessible = 0
    var companions = 0

    mutating func add(_ access: Floor.Access, _ count: Int) {
        switch access {
        case .ordinary: break
        case .accessible: accessible += count
        case .companion: companions += count
        }
    }
}

private struct AccessiblePlacement: Comparable {
    var count: AccessCount
    var placement: BestSeats.Placement

    static func == (a: Self, b: Self) -> Bool { !(a < b) && !(b < a) }

    static func < (a: Self, b: Self) -> Bool {
        (a.count.accessible, b.count.companions, a.placement) < (b.count.accessible, a.count.companions, b.placement)
    }
}
