@testable import Payments
import SeededRandom
import Testing

@Suite struct `The circuit breaker` {
    private var breaker = CircuitBreaker()
    private var random = SeededGenerator(seed: 1)

    private static let interval = CircuitBreaker.probeInterval

    /// Returns how many failures opened it.
    private mutating func fail(_ count: Int, at now: Duration = .zero) -> Int {
        (0..<count).count { _ in breaker.failed(at: now, using: &random) }
    }

    @Test mutating func `opens after so many failures in a row, and no sooner`() {
        #expect(fail(CircuitBreaker.failuresMax - 1) == 0)
        breaker.succeeded()
        #expect(fail(CircuitBreaker.failuresMax - 1) == 0)
        #expect(!breaker.isOpen && breaker.allowsCall(at: .zero))
        #expect(fail(1) == 1)
        #expect(breaker.isOpen && !breaker.allowsCall(at: .zero))
    }

    @Test mutating func `lets one call through per interval, however long the provider is away`() {
        #expect(fail(CircuitBreaker.failuresMax) == 1)
        var now = Duration.zero
        for _ in 1...1_000 {
            #expect(!breaker.allowsCall(at: now + Self.interval.lowerBound - .milliseconds(1)))
            now += Self.interval.upperBound
            #expect(breaker.allowsCall(at: now))
            breaker.called(at: now, using: &random)
            #expect(!breaker.allowsCall(at: now))
            #expect(fail(1, at: now) == 0)
        }
    }

    @Test mutating func `probes again while earlier probes are not answered`() {
        #expect(fail(CircuitBreaker.failuresMax) == 1)
        breaker.called(at: Self.interval.upperBound, using: &random)
        #expect(breaker.allowsCall(at: Self.interval.upperBound * 2))
    }

    @Test mutating func `closes with any success`() {
        #expect(fail(CircuitBreaker.failuresMax) == 1)
        breaker.succeeded()
        #expect(!breaker.isOpen && breaker.allowsCall(at: .zero))
        #expect(fail(CircuitBreaker.failuresMax - 1) == 0)
    }

    @Test mutating func `waits no longer for what failed after it opened`() {
        #expect(fail(CircuitBreaker.failuresMax) == 1)
        #expect(fail(20, at: Self.interval.lowerBound) == 0)
        #expect(breaker.allowsCall(at: Self.interval.upperBound))
    }
}
