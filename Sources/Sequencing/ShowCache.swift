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

        /// Folds in what was read after the state's version.
        mutating func fold(_ events: [RecordedEvent]) {
            for recorded in events where recorded.streamVersion > state.version {
                do {
                    guard recorded.streamVersion == state.version + 1 else {
                        phase = .unreadable(at: recorded.position, reason: "stream versions are missing before it")
                        return
                    }
                    state.evolve(try recorded.event.decoded())
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

    init(countMax: Int) { self.countMax = countMax }

    subscript(show: ShowID) -> Entry? {
        get { entries[show] }
        _modify { yield &entries[show] }
    }

    /// Makes room by dropping the least recently used show that nobody waits for and that this tick did not touch (its
    /// state may be part of what is being appended).
    mutating func insert(_ show: ShowID, at tick: Int64) {
        if entries.count >= countMax,
            let oldest = entries.filter({ $0.value.isReady && $0.value.lastUsed < tick })
                .min(by: { ($0.value.lastUsed, $0.key) < ($1.value.lastUsed, $1.key) })
        {
            entries[oldest.key] = nil
        }
        entries[show] = Entry()
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

    /// Forgets every show. Returns the commands that waited.
    mutating func removeAll() -> [CommandID] {
        defer { entries = [:] }
        return entries.sorted { $0.key < $1.key }.flatMap(\.value.parked)
    }
}
