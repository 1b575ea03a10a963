/// The longest time for which a thread worked without looking at its inbox: no command that came meanwhile could begin
/// sooner. Pure; who drives it says when.
///
/// A step begins when the thread has looked, and ends when it looks again; what it waits for others in between does not
/// count. Each step counts for one window at least, and for two at most.
struct LongestStep {
    private let window: Duration
    private var windowEnd: ContinuousClock.Instant
    private var before = Duration.zero
    private var current = Duration.zero
    /// When the step began; nil: the thread looks at its inbox.
    private var began: ContinuousClock.Instant?
    private var waited = Duration.zero

    init(window: Duration, now: ContinuousClock.Instant) {
        self.window = window
        windowEnd = now + window
        began = now
    }

    /// Of the last window and this one.
    var duration: Duration { max(before, current) }

    /// The thread has looked at its inbox, and works on.
    mutating func begin(at now: ContinuousClock.Instant) {
        began = now
        waited = .zero
    }

    /// So much of the step was waiting.
    mutating func wait(_ duration: Duration) { waited += duration }

    /// The thread is going to look at its inbox. Returns whether ``duration`` changed.
    mutating func end(at now: ContinuousClock.Instant) -> Bool {
        let old = duration
        if now >= windowEnd {
            // After a longer silence nothing is left of the window before.
            before = now < windowEnd + window ? current : .zero
            current = .zero
            windowEnd = now + window
        }
        if let began { current = max(current, began.duration(to: now) - waited) }
        began = nil
        return duration != old
    }
}
