/// Protects a provider that fails, and whoever waits for it, from calls that would fail too.
///
/// It closes on any success, so a provider that returns is noticed by the next probe. Sales resume within a second of
/// that: the longest time between two probes, the driver's tick of 100 ms, and the calls themselves. A provider that is
/// down gets at most two calls a second, however many orders wait for it.
struct CircuitBreaker: Sendable {
    private enum State: Sendable {
        /// Every call passes. Becomes `open` after ``failuresMax`` failures in a row.
        case closed(failures: Int)
        /// One call passes from `nextProbe` on, whether or not earlier probes are answered; then it stays `open` with a
        /// later `nextProbe`. Becomes `closed` when any call succeeds.
        case open(nextProbe: Duration)
    }

    /// More than a single order fails in a row before others succeed, and few enough that an outage is noticed at once.
    static let failuresMax = 8
    /// The shortest time between two probes is what a provider that is down has to bear, the longest is what a sale has to
    /// wait after its return. The difference is jitter.
    static let probeInterval = Duration.milliseconds(500)...Duration.milliseconds(750)

    private var state = State.closed(failures: 0)

    var isOpen: Bool {
        if case .open = state { true } else { false }
    }

    func allowsCall(at now: Duration) -> Bool {
        switch state {
        case .closed: true
        case .open(let nextProbe): nextProbe <= now
        }
    }

    /// A call is made now.
    mutating func called(at now: Duration, using random: inout some RandomNumberGenerator) {
        precondition(allowsCall(at: now), "an open circuit breaker lets only probes pass")
        if isOpen { open(at: now, using: &random) }
    }

    mutating func succeeded() { state = .closed(failures: 0) }

    /// - Returns: whether this failure opened the breaker.
    mutating func failed(at now: Duration, using random: inout some RandomNumberGenerator) -> Bool {
        guard case .closed(let failures) = state else { return false }
        guard failures + 1 < Self.failuresMax else {
            open(at: now, using: &random)
            return true
        }
        state = .closed(failures: failures + 1)
        return false
    }

    private mutating func open(at now: Duration, using random: inout some RandomNumberGenerator) {
        let (shortest, longest) = (Self.probeInterval.lowerBound, Self.probeInterval.upperBound)
        state = .open(nextProbe: now + shortest + (longest - shortest) * Double.random(in: 0...1, using: &random))
    }
}
