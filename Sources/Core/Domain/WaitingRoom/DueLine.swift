import DequeModule

/// What is due when, in order of time.
///
/// Nearly everything that is put in is due later than what is there, so it goes to the end. What is no longer due stays
/// until it comes to the front, or until more than half is such.
struct DueLine: Sendable {
    struct Item: Equatable, Sendable {
        var at: Timestamp
        var entry: EntryID
    }

    private var items = Deque<Item>()

    var first: Item? { items.first }

    /// Puts an entry in that may be there already.
    mutating func insert(_ item: Item) {
        let end = end(upTo: item.at)
        var index = end
        while index > 0, items[index - 1].at == item.at {
            index -= 1
            if items[index].entry == item.entry { return }
        }
        items.insert(item, at: end)
    }

    /// Puts an entry in that was never there.
    mutating func append(_ item: Item) {
        if let last = items.last, last.at > item.at {
            items.insert(item, at: end(upTo: item.at))
        } else {
            items.append(item)
        }
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

    /// Drops everything that is not due any more.
    mutating func dropAll(unless isLive: (Item) -> Bool) { items.removeAll { !isLive($0) } }

    /// The first place after everything that is due at `time` or earlier.
    private func end(upTo time: Timestamp) -> Int {
        var (low, high) = (0, items.count)
        while low < high {
            let middle = (low + high) / 2
            if items[middle].at <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
