/// SplitMix64 (https://prng.di.unimi.it/splitmix64.c): the same seed gives the same run, on every machine.
///
/// Draws are made here and not by the standard library, whose methods may draw otherwise in another version.
struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// The bias of the remainder is nothing here.
    mutating func int(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    mutating func moment(_ range: ClosedRange<Moment>) -> Moment {
        range.lowerBound + Moment(next() % UInt64(range.upperBound - range.lowerBound + 1))
    }

    mutating func isLucky(perMille: Int) -> Bool { perMille > 0 && Int(next() % 1_000) < perMille }

    mutating func pick<C: RandomAccessCollection>(_ choices: C) -> C.Element {
        choices[choices.index(choices.startIndex, offsetBy: int(0...(choices.count - 1)))]
    }
}
