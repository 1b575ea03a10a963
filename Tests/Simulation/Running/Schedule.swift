import HeapModule

/// Simulated time: microseconds since the run began.
typealias Moment = Int64

extension Moment {
    static func milliseconds(_ count: Int64) -> Moment { count * 1_000 }
    static func seconds(_ count: Int64) -> Moment { count * 1_000_000 }

    var duration: Duration { .microseconds(self) }

    init(_ duration: Duration) { self = Int64(duration / .microseconds(1)) }
}

/// What will happen and when. What is due at the same moment happens in the order it was planned.
struct Schedule<Happening> {
    private struct Entry: Comparable {
        var at: Moment
        var number: UInt64
        var happening: Happening

        static func < (a: Self, b: Self) -> Bool { (a.at, a.number) < (b.at, b.number) }
        static func == (a: Self, b: Self) -> Bool { a.number == b.number }
    }

    private var entries = Heap<Entry>()
    private var count: UInt64 = 0

    mutating func plan(_ happening: Happening, at moment: Moment) {
        count += 1
        entries.insert(Entry(at: moment, number: count, happening: happening))
    }

    mutating func next() -> (at: Moment, happening: Happening)? {
        entries.popMin().map { ($0.at, $0.happening) }
    }
}
