import Glibc

/// Nanoseconds of the monotonic clock.
typealias Nanoseconds = Int64

enum Clock {
    static var now: Nanoseconds { read(CLOCK_MONOTONIC) }

    /// What to add to a monotonic time to get nanoseconds since 1970.
    static var wallOffset: Nanoseconds { read(CLOCK_REALTIME) - now }

    /// This process's time on a processor.
    static var processTime: Nanoseconds { read(CLOCK_PROCESS_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Nanoseconds {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Nanoseconds(time.tv_sec) * 1_000_000_000 + Nanoseconds(time.tv_nsec)
    }
}

extension Nanoseconds {
    init(seconds: Double) { self.init(seconds * 1e9) }
    var seconds: Double { Double(self) / 1e9 }
}
