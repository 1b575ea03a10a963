import Testing

@testable import Sequencing

@Suite("The longest step of a thread")
struct LongestStepTests {
    private let start: ContinuousClock.Instant
    private let fresh: LongestStep

    init() {
        start = .now
        fresh = LongestStep(window: .seconds(10), now: start)
    }

    /// A step from one time after the start to another. Returns whether the duration changed.
    private func step(
        _ steps: inout LongestStep, _ began: Duration, _ ended: Duration, waiting: Duration = .zero
    ) -> Bool {
        steps.begin(at: start + began)
        steps.wait(waiting)
        return steps.end(at: start + ended)
    }

    @Test("is from one look at the inbox to the next, without the waiting between them")
    func longest() {
        var steps = fresh
        let changes = [
            step(&steps, .seconds(1), .seconds(2)),
            step(&steps, .seconds(3), .seconds(7), waiting: .milliseconds(3_500)),
            step(&steps, .seconds(7), .seconds(9), waiting: .milliseconds(500)),
            // Nothing ran between two looks.
            steps.end(at: start + .seconds(9)),
        ]
        #expect(changes == [true, false, true, false])
        #expect(steps.duration == .milliseconds(1_500))
    }

    @Test("counts for a window at least, and is then forgotten")
    func windows() {
        var steps = fresh
        var durations: [Duration] = []
        for (began, ended) in [(5, 9), (11, 12), (22, 23), (24, 26), (98, 99)] {
            _ = step(&steps, .seconds(began), .seconds(ended))
            durations.append(steps.duration)
        }
        #expect(durations == [4, 4, 1, 2, 1].map { .seconds($0) })
    }

    @Test("counts in the window in which it ends")
    func overlong() {
        var steps = fresh
        #expect(step(&steps, .seconds(1), .seconds(15)))
        #expect(steps.duration == .seconds(14))
    }
}
