import SeededRandom

/// When an open loop plans to send: a Poisson process whose rate follows steps and ramps, as the callers of a shop who
/// know nothing of each other.
struct Schedule {
    private let steps: [RateStep]
    private let start: Nanoseconds
    private var step = 0
    private var stepStart: Double = 0
    private var at: Double = 0
    private var random: SeededGenerator
    /// The next planned send; nil: no more.
    private(set) var next: Nanoseconds?

    /// - Parameter start: when the first step begins.
    init(_ steps: [RateStep], start: Nanoseconds, seed: UInt64) throws {
        guard !steps.isEmpty, steps.allSatisfy({ $0.seconds > 0 && $0.from >= 0 && ($0.to ?? 0) >= 0 }) else {
            throw PlanFault("a rate has steps of positive length and no negative rates")
        }
        self.steps = steps
        self.start = start
        random = SeededGenerator(seed: seed)
        advance()
    }

    /// Goes to the planned send after ``next``. An interval is taken at the rate of its beginning: rates change little
    /// within one.
    mutating func advance() {
        while true {
            let current = steps[step]
            let isLast = step == steps.count - 1
            let (from, to) = (current.from, current.to ?? current.from)
            let share = min(1, (at - stepStart) / current.seconds)
            let rate = from + (to - from) * share
            // In a ramp from or to nothing the interval may be endless: look again a little later.
            let interval = rate > 0 ? random.interval() / rate : .infinity
            let pause = min(interval, from == to ? .infinity : current.seconds / 100)
            if !isLast, at + pause >= stepStart + current.seconds {
                stepStart += current.seconds
                at = stepStart
                step += 1
                continue
            }
            guard pause.isFinite else { return next = nil }
            at += pause
            if interval <= pause { return next = start + Nanoseconds(seconds: at) }
        }
    }
}
