/// Lets one line through per interval, and counts the others: what a stranger can cause must not fill a disk.
struct LogThrottle {
    let interval: Duration
    private var next: ContinuousClock.Instant?
    private var suppressed = 0

    init(interval: Duration = .seconds(1)) { self.interval = interval }

    /// The number of lines held back since the last one, if this one may be written.
    mutating func admit(at now: ContinuousClock.Instant) -> Int? {
        if let next, now < next {
            suppressed += 1
            return nil
        }
        defer { suppressed = 0 }
        next = now + interval
        return suppressed
    }
}
