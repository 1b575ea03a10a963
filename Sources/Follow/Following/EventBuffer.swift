import DequeModule
public import EventLog
public import Projection

/// The last events that a replica applied, for a stored view in the same process: they spare it reading the log a second
/// time. Bounded, and always one piece of one epoch: what does not fit is forgotten, and read from the log.
public struct EventBuffer: Sendable {
    private let countMax: Int
    private var epoch: Int64 = 0
    private var events: Deque<FollowedEvent> = []
    /// Of the batches among the events for which only a message vouches.
    private var hearsay: Deque<BatchMark> = []

    /// An event that is larger is rather read again than kept waiting. Few are, such as those with seating plans.
    private static let eventBytesMax = 16_384

    /// - Parameter countMax: events that are kept; beyond it all are forgotten.
    public init(countMax: Int) { self.countMax = countMax }

    public var isEmpty: Bool { events.isEmpty }

    /// Takes in what was applied.
    ///
    /// - Parameter mark: of the events' batch, if only a message vouches for them.
    public mutating func append(_ applied: [FollowedEvent], inEpoch epoch: Int64, hearsay mark: BatchMark? = nil) {
        guard let first = applied.first else { return }
        let isLarge = applied.contains { $0.byteCount > Self.eventBytesMax }
        let follows = events.last.map { $0.context.position + 1 == first.context.position } ?? true
        if epoch != self.epoch || !follows || isLarge { forget() }
        self.epoch = epoch
        if !isLarge {
            events.append(contentsOf: applied)
            if let mark { hearsay.append(mark) }
        }
        if events.count > countMax { forget() }
    }

    /// Forgets everything: it is to be read from the log.
    public mutating func forget() {
        events = []
        hearsay = []
    }

    /// The batches with any of the events up to `position` for which only a message vouches.
    public func hearsay(through position: Int64) -> [BatchMark] {
        Array(hearsay.prefix { $0.positions.lowerBound <= position })
    }

    /// The events after a place, a page of them, if they are here. Forgets those up to the place.
    public mutating func page(after place: LogPosition, limit: Int) -> [FollowedEvent] {
        // The place is as PostgreSQL has it, which may be any number; events begin at 1.
        guard epoch == place.epoch, let first = events.first, first.context.position - 1 <= place.position else {
            return []
        }
        let known = place.position - (first.context.position - 1)
        events.removeFirst(Int(min(Int64(events.count), known)))
        while let first = hearsay.first, first.positions.upperBound <= place.position { hearsay.removeFirst() }
        return Array(events.prefix(limit))
    }
}
