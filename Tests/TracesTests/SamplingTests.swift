import Testing

@testable import Traces

@Suite("Sampling") struct SamplingTests {
    @Test(arguments: [0.0, 0.01, 0.25, 1.0]) func `chooses its part of requests`(rate: Double) {
        let sampler = TraceSampler(rate: rate, callersPerSecond: 0, seed: 7)
        let count = 100_000
        let chosen = (0..<count).count { _ in sampler.chooses() }
        let deviation = (rate * (1 - rate) * Double(count)).squareRoot()
        #expect(abs(Double(chosen) - rate * Double(count)) <= 5 * deviation)
    }

    @Test func `gives callers so many traces a second, and no more for having waited`() {
        var budget = CallerBudget(perSecond: 3)
        let start = ContinuousClock.now
        func taken(_ time: Duration) -> Int { (0..<10).count { _ in budget.take(at: start + time) } }
        #expect(taken(.zero) == 3)
        #expect(taken(.milliseconds(300)) == 0)
        #expect(taken(.milliseconds(700)) == 2)
        #expect(taken(.seconds(60)) == 3)
        #expect(taken(.seconds(59)) == 0)
    }

    @Test func `gives callers none where the bound is none`() {
        var budget = CallerBudget(perSecond: 0)
        let isGiven = budget.take(at: .now)
        #expect(!isGiven)
    }

    @Test func `heeds what the caller says of its own trace`() throws {
        let recorder = SpanRecorder(TraceSampler(rate: 0, callersPerSecond: 2))
        let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"
        func start(_ header: String?) -> TraceSpan? { recorder.startRequest(traceParent: header, traceState: "a=1") }
        #expect(start(caller + "0") == nil)
        let span = start(caller + "1")
        #expect(span?.trace.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(span?.trace.state == "a=1")
        let second = try #require(start(caller + "1"))
        #expect(start(caller + "1") == nil, "callers ask for more than the bound")
        // One that is begun anew counts once.
        recorder.withdraw(second)
        #expect(start(caller + "1") != nil)
        #expect(start(caller + "1") == nil)
    }

    @Test func `has who asks for more than the bound be one of all`() {
        let recorder = SpanRecorder(TraceSampler(rate: 1, callersPerSecond: 0))
        let caller = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"
        let span = recorder.startRequest(traceParent: caller + "1", traceState: nil)
        #expect(span?.trace.traceID.description == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(recorder.startRequest(traceParent: caller + "0", traceState: nil) == nil)
        // What can't be understood begins a new trace.
        let other = recorder.startRequest(traceParent: "00-x", traceState: "a=1")
        #expect(other != nil && other?.trace.state == nil)
        #expect(recorder.startRequest(traceParent: nil, traceState: nil) != nil)
    }
}
