import Contract
import Domain
import EventLog

/// The states of the shows that this node decides on: as of the log, plus what is being appended.
struct ShowCache: Sendable {
    struct Entry: Sendable {
        enum Phase: Sendable {
            /// Not read, or the reading failed.
            case unloaded(retryAt: Int64)
            case loading
            /// What is being read is of an epoch that ended: to be thrown away and read again.
            case outdated
            case ready
            /// An event that this program can't read.
            case unreadable(at: Int64, reason: String)
        }
        var phase = Phase.unloaded(retryAt: 0)
        var state = ShowState.initial
        /// The sequence number of the stream's last event; 0: none.
        var lastPosition: Int64 = 0
        var lastUsed: Int64 = 0
        /// Commands that wait for the state.
        var parked: [CommandID] = []

        var isReady: Bool {
            guard case .ready = phase else { return false }
            return true
        }

        /// Nothing waits for it, and nothing of it is on its way.
        var isAtRest: Bool {
            switch phase {
            case .loading, .outdated: false
            case .unloaded, .ready, .unreadable: parked.isEmpty
            }
        }

        mutating func forget() {
            state = .initial
            lastPosition = 0
        }

        /// Folds in what was read after the state's version.
        mutating func fold(_ events: [RecordedEvent]) {
            for recorded in events where recorded.streamVersion > state.version {
                do {
                    guard recorded.streamVersion == state.version + 1 else {
                        phase = .unreadable(at: recorded.position, reason: "stream versions are missing before it")
                        return
                    }
                    let event = try recorded.event.decoded()
                    state.evolve(event)
                    state.locate(event, at: recorded.position)
                } catch {
                    phase = .unreadable(at: recorded.position, reason: "\(error)")
                    return
                }
                lastPosition = recorded.position
            }
        }
    }

    private let countMax: Int
    private var entries: [ShowID: Entry] = [:]
    /// The tick at which there was nothing left to drop.
    private var fullAt: Int64 = -1

    init(countMax: Int) { self.countMax = countMax }

    var count: Int { entries.count }

    subscript(show: ShowID) -> Entry? {
        get { entries[show] }
        _modify { yield &entries[show] }
    }

    /// Makes room if need be. While everything is in use, there may be more shows than ``countMax``.
    mutating func insert(_ show: ShowID, at tick: Int64) {
        if entries.count >= countMax && fullAt != tick { makeRoom(at: tick) }
        entries[show] = Entry()
    }

    /// Drops the least recently used shows that nobody waits for and that this tick did not touch (their state may be
    /// part of what is being appended); an eighth at once, since finding them takes a look at all.
    private mutating func makeRoom(at tick: Int64) {
        let excess = entries.count - countMax + max(1, countMax / 8)
        let old = entries.lazy.filter { $0.value.isAtRest && $0.value.lastUsed < tick }
            .map { (lastUsed: $0.value.lastUsed, show: $0.key) }
            .sorted { ($0.lastUsed, $0.show) < ($1.lastUsed, $1.show) }
        if old.count < excess { fullAt = tick }
        for entry in old.prefix(excess) { entries[entry.show] = nil }
    }

    /// The stream was read to its end, or to an event that can't be read. Returns the commands that waited.
    mutating func loadEnded(_ show: ShowID) -> [CommandID] {
        guard var entry = entries.removeValue(forKey: show) else { return [] }
        defer { entries[show] = entry }
        if case .loading = entry.phase { entry.phase = .ready }
        defer { entry.parked = [] }
        return entry.parked
    }

    /// The shows that commands wait for and that may be tried again at `tick`.
    func waiting(at tick: Int64) -> [ShowID] {
        entries.filter { _, entry in
            guard case .unloaded(let retryAt) = entry.phase else { return false }
            return retryAt <= tick && !entry.parked.isEmpty
        }.keys.sorted()
    }

    /// These commands wait no more.
    mutating func unpark(_ ids: Set<CommandID>) {
        for (show, entry) in entries where !entry.parked.isEmpty {
            entries[show]?.parked.removeAll(where: ids.contains)
        }
    }

    /// Forgets every show. Returns the commands that waited.
    mutating func forgetAll() -> [CommandID] {
        let waiting = entries.sorted { $0.key < $1.key }.flatMap(\.value.parked)
        entries = entries.compactMapValues { entry in
            switch entry.phase {
            case .unloaded, .ready, .unreadable: return nil
            case .loading, .outdated: return Entry(phase: .outdated, lastUsed: entry.lastUsed)
            }
        }
        return waiting
    }
}
