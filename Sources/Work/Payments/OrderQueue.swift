import DequeModule
import Domain
import HeapModule

/// The orders to look at: those that are ready, first come, first served, and those that wait for a time.
///
/// An order stands in each part at most once, so the queue never holds more than two entries that count for an order,
/// however often it is added.
struct OrderQueue: Sendable {
    private struct Timer: Comparable, Sendable {
        var time: Duration
        var order: OrderID
        static func < (a: Self, b: Self) -> Bool { (a.time, a.order) < (b.time, b.order) }
    }

    private var ready = Deque<OrderID>()
    private var isReady: Set<OrderID> = []
    private var timers = Heap<Timer>()
    /// When each waiting order's timer fires. Other timers of the same order are out of date and fire for nobody.
    private var wakeTimes: [OrderID: Duration] = [:]

    /// Entries of both parts, including timers that are out of date.
    var count: Int { ready.count + timers.count }

    func contains(_ id: OrderID) -> Bool { isReady.contains(id) || wakeTimes[id] != nil }

    /// Adds an order that is ready.
    mutating func add(_ id: OrderID) {
        if isReady.insert(id).inserted { ready.append(id) }
    }

    /// Adds an order that is ready at `time`. One that is due sooner stays as it is: whoever takes it may add it again.
    mutating func add(_ id: OrderID, at time: Duration) {
        if let earlier = wakeTimes[id], earlier <= time { return }
        wakeTimes[id] = time
        timers.insert(Timer(time: time, order: id))
    }

    /// Forgets when the order was to be ready. If it is ready it is still handed out, once.
    mutating func cancelTimer(of id: OrderID) { wakeTimes[id] = nil }

    /// Makes every order ready whose time has come.
    mutating func wake(now: Duration) {
        while let timer = timers.min, timer.time <= now {
            timers.removeMin()
            guard wakeTimes[timer.order] == timer.time else { continue }
            wakeTimes[timer.order] = nil
            add(timer.order)
        }
    }

    /// Takes the next order that is ready. Nil: none is.
    mutating func next() -> OrderID? {
        guard let id = ready.popFirst() else { return nil }
        let wasReady = isReady.remove(id) != nil
        precondition(wasReady, "an order in the queue is marked as ready")
        return id
    }
}
