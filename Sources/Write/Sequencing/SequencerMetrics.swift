import Domain
import EventLog
import Metrics
import Synchronization

/// What operators see of the write path.
struct SequencerMetrics: Sendable {
    let batchSize = Metrics.Recorder(label: "holdfast_append_batch_commands", aggregate: true)
    let appendTime = Metrics.Timer(label: "holdfast_append_duration")
    let longestStep = Metrics.Gauge(label: "holdfast_sequencer_longest_step_seconds")
    /// Commands in the queue or in progress.
    let pending = Meter(label: "holdfast_sequencer_commands")
    let streams = Meter(label: "holdfast_cache_entries", dimensions: [("cache", "streams")])
    let answers = Meter(label: "holdfast_cache_entries", dimensions: [("cache", "answers")])
    /// Pages of streams that had to be read, because their states were not cached.
    let loads = Counter(label: "holdfast_cache_misses", dimensions: [("cache", "streams")])
    private let conflicts = Counter(label: "holdfast_append_conflicts")
    private let duplicates = Counter(label: "holdfast_append_duplicates")
    private let failures = ["not-appended", "fenced", "unknown"].map {
        Counter(label: "holdfast_append_failures", dimensions: [("outcome", $0)])
    }
    private let results = CommandResults.Kind.allCases.map {
        Counter(label: "holdfast_commands", dimensions: [("result", $0.rawValue)])
    }
    private let rejections = RejectionCounters()

    init(_ limits: SequencerLimits) { Meter(label: "holdfast_sequencer_commands_max").set(limits.commandsMax) }

    /// An append came back.
    func appended(_ result: AppendResult) {
        for stream in result.streams {
            switch stream {
            case .appended: break
            case .conflict: conflicts.increment()
            case .duplicate: duplicates.increment()
            }
        }
    }

    func failed(_ failure: AppendFailure) {
        switch failure {
        case .notAppended: failures[0].increment()
        case .fenced: failures[1].increment()
        case .unknown: failures[2].increment()
        }
    }

    /// A command was answered past the sequencer's thread.
    func answered(_ answer: CommandAnswer) {
        var results = CommandResults()
        results.add(answer)
        answered(&results)
    }

    /// Counts what was collected, and empties it.
    func answered(_ collected: inout CommandResults) {
        guard !collected.isEmpty else { return }
        for (counter, count) in zip(results, collected.counts) where count > 0 { counter.increment(by: count) }
        for (code, count) in collected.rejections { rejections.increment(code, by: count) }
        collected.removeAll()
    }
}

/// What commands came to, collected for one turn of the sequencer.
struct CommandResults {
    enum Kind: String, CaseIterable {
        case accepted, rejected, replayed
        case keyReused = "key-reused"
        case overloaded
        case logUnavailable = "log-unavailable"
        case contended, unreadable
        case shuttingDown = "shutting-down"
        case nothingThere = "nothing-there"
        case unknown

        fileprivate var index: Int {
            switch self {
            case .accepted: 0
            case .rejected: 1
            case .replayed: 2
            case .keyReused: 3
            case .overloaded: 4
            case .logUnavailable: 5
            case .contended: 6
            case .unreadable: 7
            case .shuttingDown: 8
            case .nothingThere: 9
            case .unknown: 10
            }
        }
    }

    /// In the order of ``Kind``.
    private(set) var counts = Array(repeating: 0, count: Kind.allCases.count)
    private(set) var rejections: [Rejection.Code: Int] = [:]
    private(set) var isEmpty = true

    mutating func add(_ answer: CommandAnswer) {
        isEmpty = false
        counts[kind(answer).index] += 1
    }

    /// Keeps the memory: this is done once in a turn.
    mutating func removeAll() {
        for index in counts.indices { counts[index] = 0 }
        rejections.removeAll(keepingCapacity: true)
        isEmpty = true
    }

    private mutating func kind(_ answer: CommandAnswer) -> Kind {
        switch answer {
        case .recorded(_, replayed: true): return .replayed
        case .recorded(let answer, replayed: false):
            guard case .rejected(let rejection) = answer.outcome else { return .accepted }
            rejections[rejection.code, default: 0] += 1
            return .rejected
        case .keyReused: return .keyReused
        case .notRecorded(.overloaded): return .overloaded
        case .notRecorded(.logUnavailable): return .logUnavailable
        case .notRecorded(.contended): return .contended
        case .notRecorded(.unreadableStream): return .unreadable
        case .notRecorded(.shuttingDown): return .shuttingDown
        case .notRecorded(.nothingThere): return .nothingThere
        case .unknown: return .unknown
        }
    }
}

/// Rejections by their reason. Reasons are the program's own words; a log of a later version may have others, so there is a
/// bound.
private final class RejectionCounters: Sendable {
    static let reasonsMax = 128

    private let counters = Mutex<[Rejection.Code: Counter]>([:])

    func increment(_ code: Rejection.Code, by count: Int) {
        counters.withLock { counters in
            if let counter = counters[code] { return counter.increment(by: count) }
            let reason = counters.count < Self.reasonsMax ? code.name : "other"
            let counter = Counter(label: "holdfast_command_rejections", dimensions: [("reason", reason)])
            if counters.count < Self.reasonsMax { counters[code] = counter }
            counter.increment(by: count)
        }
    }
}

extension AppendFailure {
    /// As metrics and spans have it.
    var name: String {
        switch self {
        case .notAppended: "not-appended"
        case .fenced: "fenced"
        case .unknown: "unknown"
        }
    }
}
