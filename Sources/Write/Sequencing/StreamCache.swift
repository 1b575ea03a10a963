import Contract
import Domain
import EventLog

/// The states of the streams that this node decides on.
struct StreamCache: Sendable {
    struct Entry: Sendable {
        enum Phase: Sendable {
            /// Not read, or the reading failed. → loading
            case unloaded(retryAt: Int64)
            /// A page of the stream is being read. → loading, ready, unreadable, unloaded, outdated
            case loading
            /// What is being read is of an epoch that ended: to be thrown away and read again. → loading, unloaded
            case outdated
            /// As the log has it. → loading
            case ready
            /// The stream has an event that this program can't read. → loading, where the log changed
            case unreadable(at: Int64, reason: String)
        }
        var phase = Phase.unloaded(retryAt: 0)
        var state: any StreamState
        /// The sequence number of the stream's last event; 0: none.
        var lastPosition: Int64 = 0
        var lastUsed: Int64 = 0
        /// Commands that wait for the state.
        var parked: [CommandID] = []

        var isReady: Bool {
            guard case .ready = phase else { return false }
            return true
        }

        var isLoading: Bool {
            switch phase {
            case .loading, .outdated: true
            case .unloaded, .ready, .unreadable: false
            }
        }

        /// Nothing waits for it, and nothing of it is on its way.
        var isAtRest: Bool {
            switch phase {
            case .loading, .outdated: false
            case .unloaded, .ready, .unreadable: parked.isEmpty
            }
        }

        mutating func forget() {
            state = state.emptied()
            lastPosition = 0
        }

        /// Folds in what was read after the state's version.
        mutating func fold(_ events: [RecordedEvent]) {
            for recorded in events where recorded.streamVersion > state.version {
                do throws(UnreadableEvent) {
                    guard recorded.streamVersion == state.version + 1 else {
                        throw UnreadableEvent("stream versions are missing before it")
                    }
                    try state.fold(recorded)
                } catch {
                    phase = .unreadable(at: recorded.position, reason: error.description)
                    return
                }
                lastPosition = recorded.position
            }
        }
    }

    private let countMax: Int
    private let aggregates: AggregateCatalogue
    private var entries: [StreamID: Entry] = [:]
    /// Streams of which no event is known: most were made up by somebody. They take nobody's room, and are dropped when the
    /// commands on them are answered.
    private var absent: Set<StreamID> = []
    /// The tick at which there was nothing left to drop.
    private var fullAt: Int64 = -1

    init(countMax: Int, aggregates: AggregateCatalogue) {
        self.countMax = countMax
        self.aggregates = aggregates
    }

    /// Streams without events among them.
    var count: Int { entries.count }

    /// The entry of a stream that is in the cache. A stream that is not is a broken invariant of whoever asks.
    subscript(stream: StreamID) -> Entry {
        get {
            guard let entry = entries[stream] else { preconditionFailure("stream \(stream) is in the cache") }
            return entry
        }
        _modify {
            guard let index = entries.index(forKey: stream) else {
                preconditionFailure("stream \(stream) is in the cache")
            }
            yield &entries.values[index]
        }
    }

    func contains(_ stream: StreamID) -> Bool { entries.index(forKey: stream) != nil }

    /// Whether the stream is in the cache, as the log has it.
    func isReady(_ stream: StreamID) -> Bool { entries[stream]?.isReady == true }

    /// The phase of a stream; nil: it is not in the cache.
    func phase(of stream: StreamID) -> Entry.Phase? { entries[stream]?.phase }

    /// Notes that this tick uses the stream, and puts it in unless it is there. Returns its phase. One look-up where there is
    /// an entry: every command asks for this.
    mutating func use(_ stream: StreamID, at tick: Int64) -> Entry.Phase {
        guard let index = entries.index(forKey: stream) else {
            insert(stream, at: tick)
            self[stream].lastUsed = tick
            return self[stream].phase
        }
        entries.values[index].lastUsed = tick
        return entries.values[index].phase
    }

    /// Puts a stream in that nothing is known of, unless it is there.
    private mutating func insert(_ stream: StreamID, at tick: Int64) {
        guard entries[stream] == nil else { return }
        guard let aggregate = aggregates.aggregate(of: stream) else {
            preconditionFailure("a command is for a stream of a known kind, not \(stream)")
        }
        if absent.count >= countMax, fullAt != tick { dropAbsent(at: tick) }
        entries[stream] = Entry(state: aggregate.emptyStream())
        absent.insert(stream)
    }

    /// The stream's state changed: if it has events, it counts from now on.
    mutating func didLearn(of stream: StreamID) {
        if absent.contains(stream), self[stream].state.version > 0 { absent.remove(stream) }
    }

    /// Drops a stream that has no event, and that nobody waits for.
    mutating func dropIfAbsent(_ stream: StreamID) {
        guard absent.contains(stream), let entry = entries[stream], entry.isAtRest, entry.state.version == 0 else {
            return
        }
        drop(stream)
    }

    /// Drops those whose callers gave up before they were read.
    private mutating func dropAbsent(at tick: Int64) {
        let old = absent.filter { self[$0].isAtRest && self[$0].lastUsed < tick }
        if old.isEmpty { fullAt = tick }
        for stream in old { drop(stream) }
    }

    private mutating func drop(_ stream: StreamID) {
        entries[stream] = nil
        absent.remove(stream)
    }

    /// Makes room while nothing is being appended: drops the least recently used streams that nobody waits for and that this
    /// tick did not touch; an eighth at once, since finding them takes a look at all. While everything is in use, there may be
    /// more streams than ``countMax``.
    mutating func makeRoom(at tick: Int64) {
        let count = entries.count - absent.count
        guard count > countMax, fullAt != tick else { return }
        let excess = count - countMax + countMax / 8
        let old = entries.lazy.filter { [absent] in
            $0.value.isAtRest && $0.value.lastUsed < tick && !absent.contains($0.key)
        }
        .map { (lastUsed: $0.value.lastUsed, stream: $0.key) }
        .sorted { ($0.lastUsed, $0.stream) < ($1.lastUsed, $1.stream) }
        if old.count < excess { fullAt = tick }
        for entry in old.prefix(excess) { drop(entry.stream) }
    }

    /// The stream was read to its end, or to an event that can't be read. Returns the commands that waited.
    mutating func loadEnded(_ stream: StreamID) -> [CommandID] {
        if case .loading = self[stream].phase { self[stream].phase = .ready }
        defer { self[stream].parked = [] }
        return self[stream].parked
    }

    /// The streams that commands wait for and that may be tried again at `tick`.
    func waiting(at tick: Int64) -> [StreamID] {
        entries.filter { _, entry in
            guard case .unloaded(let retryAt) = entry.phase else { return false }
            return retryAt <= tick && !entry.parked.isEmpty
        }.keys.sorted()
    }

    /// These commands wait no more.
    mutating func unpark(_ ids: Set<CommandID>) {
        for (stream, entry) in entries where !entry.parked.isEmpty {
            entries[stream]?.parked.removeAll(where: ids.contains)
        }
    }

    /// Forgets every stream. Returns the commands that waited.
    mutating func forgetAll() -> [CommandID] {
        let waiting = entries.sorted { $0.key < $1.key }.flatMap(\.value.parked)
        entries = entries.compactMapValues { entry in
            switch entry.phase {
            case .unloaded, .ready, .unreadable: nil
            case .loading, .outdated:
                Entry(phase: .outdated, state: entry.state.emptied(), lastUsed: entry.lastUsed)
            }
        }
        absent = Set(entries.keys)
        return waiting
    }
}
