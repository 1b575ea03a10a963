// Single seats that picked ones would leave over, where the show wants none.
extension ShowState {
    /// Refuses seats that would cut a free seat off from all other free seats beside it, where picking as many elsewhere in
    /// the same stretch of free seats would not. So it is no reason to refuse that a seat was alone before, nor that the
    /// stretch has just one seat more than are picked.
    ///
    /// - Parameter picked: seats that can be had.
    /// - Throws: ``Rejection/leavesSingleSeat(_:instead:)``.
    func requireNoSingleSeats(besides picked: [Int], _ layout: ShowLayout) throws(Rejection) {
        let floor = layout.floor
        // Those for resale leave nothing free beside them that was not alone there before.
        let slots = picked.filter { isFree($0) }.map(floor.slot).sorted()
        let chosen = Set(slots)
        var singles: [Int] = []
        var instead = Set(picked)
        var next = 0
        while next < slots.count {
            let stretch = freeStretch(around: slots[next], floor)
            let inStretch = slots[next...].prefix { $0 < stretch.upperBound }
            next = inStretch.endIndex
            guard stretch.count >= inStretch.count + 2 else { continue }
            let left = stretch.filter { slot in
                !chosen.contains(slot)
                    && (slot == stretch.lowerBound || chosen.contains(slot - 1))
                    && (slot + 1 == stretch.upperBound || chosen.contains(slot + 1))
            }
            guard !left.isEmpty else { continue }
            singles += left
            instead.subtract(inStretch.map(floor.seat))
            instead.formUnion(replacement(of: Array(inStretch), in: stretch, layout).map(floor.seat))
        }
        guard singles.isEmpty else {
            throw .leavesSingleSeat(
                singles.map { layout.seatGuids[floor.seat($0)] }, instead: instead.sorted().map { layout.seatGuids[$0] }
            )
        }
    }

    private func isFree(_ seat: Int) -> Bool { seats[seat] == SeatStatus.available.rawValue }

    /// The free seats that follow each other around a free one, as slots.
    private func freeStretch(around slot: Int, _ floor: Floor) -> Range<Int> {
        let segment = floor.segments[Int(floor.segmentOf[slot])].slots
        var (start, end) = (slot, slot + 1)
        while start > segment.lowerBound, isFree(floor.seat(start - 1)) { start -= 1 }
        while end < segment.upperBound, isFree(floor.seat(end)) { end += 1 }
        return start..<end
    }

    /// As many neighbours in the same stretch that leave no single seat: the fewest that are kept for others or are of a
    /// category that was not picked, then the most of those picked, then the nearest to them. There are always some, at either
    /// end.
    private func replacement(of slots: [Int], in stretch: Range<Int>, _ layout: ShowLayout) -> Range<Int> {
        let floor = layout.floor
        let chosen = Set(slots)
        let categories = Set(slots.map { layout.categoryOfSeat[floor.seat($0)] })
        func unlike(_ slot: Int) -> Int {
            let isLike =
                chosen.contains(slot)
                || floor.access(slot) == .ordinary && categories.contains(layout.categoryOfSeat[floor.seat(slot)])
            return isLike ? 0 : 1
        }
        func picked(_ slot: Int) -> Int { chosen.contains(slot) ? 1 : 0 }
        var start = stretch.lowerBound
        var counts = (unlike: 0, picked: 0)
        for slot in start..<(start + slots.count) {
            counts.unlike += unlike(slot)
            counts.picked += picked(slot)
        }
        var best = (start: start, counts: counts)
        while start + slots.count < stretch.upperBound {
            counts.unlike += unlike(start + slots.count) - unlike(start)
            counts.picked += picked(start + slots.count) - picked(start)
            start += 1
            let leavesSingle =
                start - stretch.lowerBound == 1 || stretch.upperBound - start - slots.count == 1
            let isNearer = abs(start - slots[0]) < abs(best.start - slots[0])
            if !leavesSingle,
                (counts.unlike, best.counts.picked, isNearer ? 0 : 1) < (best.counts.unlike, counts.picked, 1)
            {
                best = (start, counts)
            }
        }
        return best.start..<(best.start + slots.count)
    }
}
