/// The debts of many keys in a fixed amount of memory: 16 bytes a slot, two slots for each key that it is made for.
///
/// A key belongs to one set of 32 slots; to decide takes one look at that set. A key whose debt is over is as good as
/// absent, so its slot is free. Where a set has no free slot, a new key takes over the slot with the least debt, **and the
/// debt with it** (as the algorithm Space-Saving does with counts). Debts in a set only ever grow, so a key that lost its
/// slot finds at least its own debt when it returns: the table may refuse a request that the key's own limit would let
/// through, but **never lets one through that it would refuse**. Whoever floods the table with new keys displaces others
/// that used least, and lifts nobody's limit; a key that is over its limit has the most debt and is the last to be
/// displaced.
///
/// Deterministic: time is a parameter, in nanoseconds of a clock that does not go back.
public struct RateTable: Sendable {
    static let slotsPerSet = 32

    private let setCount: Int
    private var keys: [UInt64]
    /// When each slot's key has its whole quota back.
    private var debts: [Int64]

    /// - Parameter keysMax: how many keys get along without sharing debts: half of the slots there are.
    public init(keysMax: Int) {
        setCount = max(1, (2 * keysMax + Self.slotsPerSet - 1) / Self.slotsPerSet)
        keys = Array(repeating: 0, count: setCount * Self.slotsPerSet)
        debts = Array(repeating: 0, count: setCount * Self.slotsPerSet)
    }

    /// Bytes of all slots.
    public var byteCount: Int { keys.count * (MemoryLayout<UInt64>.size + MemoryLayout<Int64>.size) }

    /// What ``charge(_:_:at:)`` would say; changes nothing.
    public func peek(_ key: UInt64, _ limit: RateLimit, at now: Int64) -> RateDecision {
        RateDecision(debt: debts[slot(of: key)], limit: limit, now: now)
    }

    /// Decides a request of the key. A refused one costs nothing.
    ///
    /// - Parameter key: spread evenly over all 64-bit numbers in a way that no caller can foresee.
    public mutating func charge(_ key: UInt64, _ limit: RateLimit, at now: Int64) -> RateDecision {
        let slot = slot(of: key)
        let decision = RateDecision(debt: debts[slot], limit: limit, now: now)
        if decision.isAdmitted {
            keys[slot] = key
            debts[slot] = now + decision.resetAfter
        }
        return decision
    }

    /// The key's slot, or the one that it would take over.
    private func slot(of key: UInt64) -> Int {
        let start = Int(key.multipliedFullWidth(by: UInt64(setCount)).high) * Self.slotsPerSet
        var least = start
        for slot in start..<start + Self.slotsPerSet {
            if keys[slot] == key { return slot }
            if debts[slot] < debts[least] { least = slot }
        }
        return least
    }
}
