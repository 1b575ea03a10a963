internal import Foundation

/// A point in time by which something must have happened.
struct Deadline {
    let instant: ContinuousClock.Instant

    init(_ instant: ContinuousClock.Instant) { self.instant = instant }
    init(in duration: Duration) { instant = ContinuousClock.now + duration }

    var isOver: Bool { instant <= ContinuousClock.now }

    /// What is left in whole milliseconds, rounded up, for `poll(2)`; 0 when it is over.
    var millisecondsLeft: Int32 {
        let left = (instant - ContinuousClock.now).components
        guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
        guard left.seconds < 86_400 else { return 86_400_000 }
        return Int32(left.seconds * 1000 + (left.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}

/// Blocks this thread until `descriptor` is ready for any of `events`; returns those it is ready for, none when the
/// deadline was over first.
func awaitReady(_ descriptor: Int32, for events: Int32, until deadline: Deadline) -> Int32 {
    var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    while true {
        let count = unsafe poll(&entry, 1, deadline.millisecondsLeft)
        if count > 0 { return Int32(entry.revents) }
        if count < 0, errno != EINTR { return Int32(POLLERR) }
        if deadline.isOver { return 0 }
    }
}
