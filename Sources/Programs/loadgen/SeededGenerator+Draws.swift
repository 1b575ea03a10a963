import Glibc
import SeededRandom

extension SeededGenerator {
    /// 0 or more, below 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Below `bound`.
    mutating func index(below bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// The time to the next of events that come at random, one per unit of time on average.
    mutating func interval() -> Double { -log(1 - unit()) }
}
