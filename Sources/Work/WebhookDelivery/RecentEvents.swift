import DequeModule
import EventLog

/// The newest events of the log, read once for all who follow it closely. Who is further back reads the log by itself.
actor RecentEvents {
    private static let countMax = 10_000
    private static let pageLimit = 1_000

    private let log: any EventReader
    private var events: Deque<RecordedEvent> = []
    private var reading: Task<Void, any Error>?

    init(log: any EventReader) { self.log = log }

    /// The events after a sequence number, at most `limit`; none: there is nothing new.
    func page(after position: Int64, limit: Int) async throws -> [RecordedEvent] {
        if let first = events.first, let last = events.last, position >= first.position - 1,
            position <= last.position
        {
            if position == last.position { try await readOn(after: position) }
            return slice(after: position, limit: limit)
        }
        let page = try await log.events(after: position, limit: limit)
        // The log's end.
        if page.count < limit, let end = page.last, end.position > events.last?.position ?? 0 { events = Deque(page) }
        return page
    }

    private func slice(after position: Int64, limit: Int) -> [RecordedEvent] {
        guard let first = events.first?.position else { return [] }
        // Sequence numbers have no gaps.
        let start = min(max(Int(position - first + 1), 0), events.count)
        return Array(events[start..<min(start + limit, events.count)])
    }

    private func readOn(after position: Int64) async throws {
        if reading == nil {
            reading = Task {
                defer { reading = nil }
                let page = try await log.events(after: position, limit: Self.pageLimit)
                guard events.last?.position == position else { return }
                events.append(contentsOf: page)
                events.removeFirst(max(0, events.count - Self.countMax))
            }
        }
        try await reading?.value
    }
}
