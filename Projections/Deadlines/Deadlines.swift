public import Domain
import HeapModule
public import Projection

/// What is due when, on which stream: what the deadline timer of a command node goes by.
///
/// Every event says what it does to the deadlines of its stream (``DomainEvent/deadlineChange``), so this view knows no
/// aggregate.
public struct Deadlines: Projection {
    public static let name = "deadlines"
    public static let formatVersion = 1

    /// Names something that is due.
    struct Key: Hashable, Comparable {
        var stream: StreamID
        /// Unique in its stream.
        var key: String
        static func < (a: Self, b: Self) -> Bool { (a.stream, a.key) < (b.stream, b.key) }
    }

    struct Deadline: Comparable {
        var at: Timestamp
        var key: Key
        static func < (a: Self, b: Self) -> Bool { (a.at, a.key) < (b.at, b.key) }
    }

    private(set) var live: [Key: Timestamp] = [:]
    /// May name what is no longer due; half of it at most, and nothing such at the top.
    private var queue = Heap<Deadline>()
    var queueCount: Int { queue.count }

    public init() {}

    public mutating func fold(_ event: any DomainEvent, in context: EventContext) throws(ProjectionFault) {
        change(event.deadlineChange, of: context.stream)
    }

    private mutating func change(_ change: DeadlineChange, of stream: StreamID) {
        switch change {
        case .none: break
        case .set(let key, let time): insert(time, Key(stream: stream, key: key))
        case .clear(let key):
            live[Key(stream: stream, key: key)] = nil
            dropCleared()
        case .allDue(let time):
            for (key, at) in live where key.stream == stream { live[key] = min(at, time) }
            rebuildQueue()
        case .several(let changes): for change in changes { self.change(change, of: stream) }
        }
    }

    /// The streams that have something overdue at `now`, with the time of the longest overdue.
    public func overdue(at now: Timestamp) -> [StreamID: Timestamp] {
        guard let first = queue.min, first.at <= now else { return [:] }
        var streams: [StreamID: Timestamp] = [:]
        for (key, at) in live where at <= now { streams[key.stream] = min(streams[key.stream] ?? at, at) }
        return streams
    }

    mutating func insert(_ time: Timestamp, _ key: Key) {
        live[key] = time
        queue.insert(Deadline(at: time, key: key))
        dropCleared()
    }

    private mutating func dropCleared() {
        if queue.count > 2 * live.count + 64 { rebuildQueue() }
        while let first = queue.min, live[first.key] != first.at { queue.removeMin() }
    }

    private mutating func rebuildQueue() { queue = Heap(live.map { Deadline(at: $0.value, key: $0.key) }) }
}
