import SeededRandom

/// Draws are made here and not by the standard library, whose methods may draw otherwise in another version.
extension SeededGenerator {
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
