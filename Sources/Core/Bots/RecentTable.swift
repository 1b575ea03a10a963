/// What a slot of a ``RecentTable`` holds.
protocol RecentEntry: Sendable {
    /// Nanoseconds.
    var lastSeen: Int64 { get }
    /// How much would be lost with it: of two, the one with less gives way.
    func worth(at now: Int64) -> Double

    init(firstSeen: Int64)
}

/// Entries by key in a fixed amount of memory. A key belongs to one set of eight slots; to find it takes one look at that set.
///
/// Where a set is full, a new key takes the slot of the entry that is worth least, and of several such of the one that was
/// not seen for longest. So whoever floods the table with new keys displaces those who did least, and never gets rid of
/// what is known of the keys that did most.
struct RecentTable<Entry: RecentEntry>: Sendable {
    private static var slotsPerSet: Int { 8 }

    private let setCount: Int
    private var keys: [UInt64]
    private var entries: [Entry]

    /// - Parameter keysMax: slots, rounded up to whole sets.
    init(keysMax: Int) {
        setCount = max(1, (keysMax + Self.slotsPerSet - 1) / Self.slotsPerSet)
        keys = Array(repeating: 0, count: setCount * Self.slotsPerSet)
        entries = Array(repeating: Entry(firstSeen: .min), count: keys.count)
    }

    var byteCount: Int { keys.count * (MemoryLayout<UInt64>.size + MemoryLayout<Entry>.stride) }

    /// Changes the key's entry, which is a new one where the key is not known.
    mutating func update<R>(_ key: UInt64, at now: Int64, _ change: (inout Entry) -> R) -> R {
        // A slot that was never taken has the key 0.
        let key = max(key, 1)
        let slot = slot(of: key, at: now)
        if keys[slot] != key {
            keys[slot] = key
            entries[slot] = Entry(firstSeen: now)
        }
        return change(&entries[slot])
    }

    /// The key's slot, or the one that it takes over.
    private func slot(of key: UInt64, at now: Int64) -> Int {
        let start = Int(key.multipliedFullWidth(by: UInt64(setCount)).high) * Self.slotsPerSet
        var least = start
        var leastWorth = Double.infinity
        for slot in start..<start + Self.slotsPerSet {
            if keys[slot] == key { return slot }
            let worth = keys[slot] == 0 ? -1 : entries[slot].worth(at: now)
            if worth < leastWorth || worth == leastWorth && entries[slot].lastSeen < entries[least].lastSeen {
                least = slot
                leastWorth = worth
            }
        }
        return least
    }
}
