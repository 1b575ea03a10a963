import Testing

@testable import loadgen

struct ScheduleTests {
    private func sends(_ steps: [RateStep], until end: Double) throws -> [Double] {
        var schedule = try Schedule(steps, start: 0, seed: 7)
        var times: [Double] = []
        while let next = schedule.next, next.seconds < end {
            times.append(next.seconds)
            schedule.advance()
        }
        return times
    }

    @Test func `A step has the rate it says, and the last goes on`() throws {
        let times = try sends(
            [RateStep(seconds: 10, from: 100, to: nil), RateStep(seconds: 1, from: 1_000, to: nil)], until: 20)
        #expect(abs(times.count { $0 < 10 } - 1_000) < 150)
        #expect(abs(times.count { $0 >= 10 } - 10_000) < 500)
        #expect(times == times.sorted())
    }

    @Test func `A ramp from nothing has half the sends of its end's rate`() throws {
        let times = try sends(
            [RateStep(seconds: 10, from: 0, to: 1_000), RateStep(seconds: 1, from: 0, to: nil)], until: 60)
        #expect(abs(times.count - 5_000) < 400)
        #expect(times.allSatisfy { $0 <= 10 })
        #expect(times.count { $0 < 5 } < times.count / 3)
    }

    @Test func `The same seed is the same schedule`() throws {
        let steps = [RateStep(seconds: 1, from: 50, to: nil)]
        #expect(try sends(steps, until: 5) == sends(steps, until: 5))
    }

    @Test func `A rate that can't be is refused`() {
        #expect(throws: PlanFault.self) { try Schedule([], start: 0, seed: 1) }
        #expect(throws: PlanFault.self) { try Schedule([RateStep(seconds: 1, from: -1, to: nil)], start: 0, seed: 1) }
    }
}
