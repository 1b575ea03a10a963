import DequeModule
public import EventLog
import Synchronization

/// The newest events of one epoch of the log, read once for all who follow it closely. Who is further back reads the log by
/// itself.
public actor RecentEvents {
    private static let countMax = 10_000
    /// Of the payloads that are kept.
    private static let bytesMax = 16 << 20
    private static let pageLimit = 1_000

    private let log: any EventReader
    private let epoch: Int64
    private var events: Deque<RecordedEvent> = []
    private var bytes = 0
    private var reading: Task<Void, any Error>?

    init(log: any EventReader, epoch: Int64) {
        self.log = log
        self.epoch = epoch
    }

    /// The events after a sequence number, at most `limit`; none: there is nothing new.
    ///
    /// - Throws: ``EpochOver``, and errors of the log.
    public func page(after position: Int64, limit: Int) async throws -> [RecordedEvent] {
        if has(position) {
            if position == events.last?.position { try await readOn(after: position) }
            // Others may have moved the window meanwhile.
            if has(position) { return slice(after: position, limit: limit) }
        }
        let page = try await log.events(after: position, limit: limit, in: epoch)
        // The log's end.
        if page.count < limit, let end = page.last, end.position > events.last?.position ?? 0 {
            events = []
            bytes = 0
            keep(page)
        }
        return page
    }

    /// Whether what comes after a sequence number is in the window, or at its end.
    private func has(_ position: Int64) -> Bool {
        guard let first = events.first, let last = events.last else { return false }
        return position >= first.position - 1 && position <= last.position
    }

    private func slice(after position: Int64, limit: Int) -> [RecordedEvent] {
        guard let first = events.first?.position else { return [] }
        // Sequence numbers have no gaps.
        let start = Int(position - first + 1)
        return Array(events[start..<min(start + limit, events.count)])
    }

    private func readOn(after position: Int64) async throws {
        // A read that is under way may have begun before what the caller has heard of was there.
        if let reading {
            try await reading.value
            guard events.last?.position == position else { return }
        }
        if reading == nil {
            reading = Task {
                defer { reading = nil }
                let page = try await log.events(after: position, limit: Self.pageLimit, in: epoch)
                if events.last?.position == position { keep(page) }
            }
        }
        try await reading?.value
    }

    private func keep(_ page: [RecordedEvent]) {
        events.append(contentsOf: page)
        bytes += page.reduce(0) { $0 + $1.event.payload.count }
        while events.count > Self.countMax || bytes > Self.bytesMax, events.count > 1 {
            bytes -= events.removeFirst().event.payload.count
        }
    }
}

/// The newest events of the log, whichever epoch it is in: what the sinks of a process share.
public final class RecentLog: Sendable {
    private let log: any EventReader
    private let newest = Mutex<(epoch: Int64, events: RecentEvents)?>(nil)

    public init(_ log: any EventReader) { self.log = log }

    /// The newest events of an epoch. Who asks for one that has ended reads by itself, and is told so by the log.
    public func events(ofEpoch epoch: Int64) -> RecentEvents {
        newest.withLock { newest in
            if let newest, newest.epoch == epoch { return newest.events }
            let events = RecentEvents(log: log, epoch: epoch)
            if epoch > newest?.epoch ?? 0 { newest = (epoch, events) }
            return events
        }
    }
}
