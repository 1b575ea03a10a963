import DequeModule

/// What is due when, in order of time, and of the entries' ids where times are the same: the same admissions give the same line,
/// however they came about.
///
/// Nearly everything that is put in is due later than what is there, so it goes to the end. What is no longer due stays
/// until it comes to the front, or until more than half is such.
struct DueLine: Sendable {
    struct Item: Comparable, Sendable {
        var at: Timestamp
        var entry: EntryID

        static func < (a: Self, b: Self) -> Bool { (a.at, a.entry) < (b.at, b.entry) }
    }

    private var items = Deque<Item>()

    var first: Item? { items.first }

    /// Puts an entry in, unless it is there.
    mutating func insert(_ item: Item) {
        guard let last = items.last, last >= item else { return items.append(item) }
        let index = place(of: item)
        if items[index] != item { items.insert(item, at: index) }
    }

    /// The first entries that are due at `now`, at most `limit`, for which `isDue` holds.
    func due(at now: Timestamp, limit: Int, where isDue: (Item) -> Bool) -> [EntryID] {
        var due: [EntryID] = []
        for item in items {
            guard item.at <= now, due.count < limit else { break }
            if isDue(item) { due.append(item.entry) }
        }
        return due
    }

    /// Drops from the front, and where there are too many of them everywhere, what is no longer due.
    mutating func drop(liveCount: Int, unless isLive: (Item) -> Bool) {
        while let first = items.first, !isLive(first) { items.removeFirst() }
        if items.count > 2 * liveCount + 64 { items.removeAll { !isLive($0) } }
    }

    /// The first place that does not come before `item`.
    private func place(of item: Item) -> Int {
        var (low, high) = (0, items.count)
        while low < high {
            let middle = (low + high) / 2
            if items[middle] < item { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
