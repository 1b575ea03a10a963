import Glibc

/// SplitMix64 (Steele, Lea and Flood, 2014): small, quick, and the same for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 or more, below 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Below `bound`.
    mutating func index(below bound: Int) -> Int { Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high) }

    /// The time to the next of events that come at random, one per unit of time on average.
    mutating func interval() -> Double { -log(1 - unit()) }
}
