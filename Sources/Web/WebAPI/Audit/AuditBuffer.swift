import DequeModule
import Domain

/// The entries that wait to be written: only so many, since no request waits for them. The next one that finds room tells
/// how many did not.
struct AuditBuffer {
    struct Waiting: Equatable {
        var entry: AuditEntry
        var time: Timestamp
        /// Entries before this one that found no room.
        var dropped: Int
    }

    private let countMax: Int
    private var waiting = Deque<Waiting>()
    private var dropped = 0
    /// Somebody writes, or is about to.
    private var isBeingWritten = false

    init(countMax: Int) { self.countMax = countMax }

    enum Addition: Equatable {
        /// A writer takes it.
        case waits
        /// Somebody has to begin to write.
        case startsWriter
        case dropped
    }

    mutating func add(_ entry: AuditEntry, at time: Timestamp) -> Addition {
        guard waiting.count < countMax else {
            dropped += 1
            return .dropped
        }
        waiting.append(Waiting(entry: entry, time: time, dropped: dropped))
        dropped = 0
        guard !isBeingWritten else { return .waits }
        isBeingWritten = true
        return .startsWriter
    }

    /// What the writer writes next; empty: it has nothing left to do.
    mutating func take() -> [Waiting] {
        isBeingWritten = !waiting.isEmpty
        defer { waiting.removeAll(keepingCapacity: true) }
        return Array(waiting)
    }

    /// The writer could not write these.
    mutating func lost(_ count: Int) { dropped += count }
}
