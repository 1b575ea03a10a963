@testable import Payments
import Testing

@Suite struct `The circuit breaker` {
    private var breaker = CircuitBreaker()

    private mutating func open(at now: Duration = .zero) {
        for _ in 0..<CircuitBreaker.failuresMax {
            breaker.passed()
            breaker.failed(at: now)
        }
    }

    @Test mutating func `opens after so many failures in a row, and no sooner`() {
        for _ in 1..<CircuitBreaker.failuresMax { breaker.failed(at: .zero) }
        #expect(breaker.blockedUntil(.zero) == nil)
        breaker.succeeded()
        for _ in 1..<CircuitBreaker.failuresMax { breaker.failed(at: .zero) }
        #expect(!breaker.isOpen)
        breaker.failed(at: .zero)
        #expect(breaker.isOpen)
        #expect(breaker.blockedUntil(.zero) == CircuitBreaker.pauseMin)
    }

    @Test mutating func `lets one call through when its pause is over, and doubles the pause when that fails`() {
        open()
        var now = CircuitBreaker.pauseMin
        var pause = CircuitBreaker.pauseMin
        for _ in 1...10 {
            #expect(breaker.blockedUntil(now) == nil)
            breaker.passed()
            #expect(breaker.blockedUntil(now) != nil)
            breaker.failed(at: now)
            pause = min(pause * 2, CircuitBreaker.pauseMax)
            #expect(breaker.blockedUntil(now) == now + pause)
            now += pause
        }
        breaker.passed()
        breaker.succeeded()
        #expect(!breaker.isOpen)
        #expect(breaker.blockedUntil(now) == nil)
    }

    @Test mutating func `is opened no longer by what failed before it opened`() {
        open()
        for _ in 1...20 { breaker.failed(at: .milliseconds(400)) }
        #expect(breaker.blockedUntil(.milliseconds(400)) == CircuitBreaker.pauseMin)
    }
}
