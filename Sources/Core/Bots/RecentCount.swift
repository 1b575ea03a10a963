/// How often something happened, of which half is forgotten every ten minutes.
struct RecentCount: Equatable, Sendable {
    private static let halfLifeNanoseconds = 600e9

    private var amount: Float = 0
    private var at: Int64 = 0

    func value(at now: Int64) -> Double {
        guard amount > 0 else { return 0 }
        return Double(amount) * exp2Negative(Double(max(0, now - at)) / Self.halfLifeNanoseconds)
    }

    /// Rounded: three times in the last minutes are three.
    func count(at now: Int64) -> Int { Int(value(at: now).rounded()) }

    mutating func add(_ number: Double = 1, at now: Int64) {
        amount = Float(max(0, value(at: now) + number))
        at = max(at, now)
    }

    /// 2 to the power of −x, without a library: the whole part by the exponent, the rest by a polynomial that is right to a
    /// thousandth.
    private func exp2Negative(_ x: Double) -> Double {
        guard x < 60 else { return 0 }
        let whole = x.rounded(.down)
        let rest = x - whole
        let fraction = 1 - rest * (0.69315 - rest * (0.24022 - rest * 0.05297))
        return fraction * Double(sign: .plus, exponent: -Int(whole), significand: 1)
    }
}

/// About how many different keys there were in the last ten to twenty minutes: linear counting in two bitmaps of 64 bits, of
/// which the older one goes every ten minutes. Up to about ten it is exact but for a rare collision; it ends at about 260.
struct RecentKeys: Equatable, Sendable {
    private static let spanNanoseconds: Int64 = 600_000_000_000

    private var span: Int64 = 0
    private var now: UInt64 = 0
    private var before: UInt64 = 0

    /// - Parameter key: spread evenly over all 64-bit numbers.
    mutating func insert(_ key: UInt64, at time: Int64) {
        advance(to: time)
        // Not the bits that choose a slot.
        now |= 1 << ((key >> 20) % 64)
    }

    func count(at time: Int64) -> Int {
        var keys = self
        keys.advance(to: time)
        return Self.counts[(keys.now | keys.before).nonzeroBitCount]
    }

    private mutating func advance(to time: Int64) {
        let span = time / Self.spanNanoseconds
        guard span > self.span else { return }
        before = span == self.span + 1 ? now : 0
        now = 0
        self.span = span
    }

    /// −64 ln(1 − n/64) by the sum of its harmonic series: what to expect until n different bits are set.
    private static let counts: [Int] = (0...64).map { bits in
        Int((0..<min(bits, 63)).reduce(0.0) { $0 + 64 / Double(64 - $1) }.rounded())
    }
}
