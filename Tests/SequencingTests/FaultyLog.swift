import Domain
import EventLog
import SeededRandom
import Synchronization

/// A log whose appends fail now and then: before anything is written, without a word before or after it is written.
/// Reads and barriers fail too. Seeded.
final class FaultyLog: EventReader, EventAppender {
    private struct State {
        var random: SeededGenerator
        var isDown = false
        var faults = 0
    }

    private let log: any EventLog
    private let perCent: UInt64
    private let state: Mutex<State>

    init(_ log: any EventLog, seed: UInt64, perCent: UInt64) {
        self.log = log
        self.perCent = perCent
        state = Mutex(State(random: SeededGenerator(seed: seed)))
    }

    /// While it is down, everything fails.
    func setDown(_ isDown: Bool) { state.withLock { $0.isDown = isDown } }

    var faultCount: Int { state.withLock { $0.faults } }

    func append(_ batch: AppendBatch) async throws(AppendFailure) -> AppendResult {
        let fault: UInt64? = state.withLock { state in
            let isFaulty = state.random.next() % 100 < perCent
            guard isFaulty || state.isDown else { return nil }
            state.faults += 1
            return state.isDown ? 0 : state.random.next() % 3
        }
        switch fault {
        case nil: return try await log.append(batch)
        case 0: throw .notAppended(LogError(code: .unavailable, message: "down"))
        case 1: throw .unknown(LogError(code: .unavailable, message: "lost before it was written"))
        default:
            _ = try await log.append(batch)
            throw .unknown(LogError(code: .unavailable, message: "lost after it was written"))
        }
    }

    func barrier() async throws(LogError) -> LogPosition {
        try fail()
        return try await log.barrier()
    }

    func look(at positions: ClosedRange<Int64>) async throws(LogError) -> LogLook {
        try await log.look(at: positions)
    }

    func head() async throws(LogError) -> LogPosition {
        return try await log.head()
    }

    func events(after position: Int64, limit: Int) async throws(LogError) -> [RecordedEvent] {
        try fail()
        return try await log.events(after: position, limit: limit)
    }

    func events(of stream: StreamID, after version: Int64, limit: Int) async throws(LogError) -> [RecordedEvent] {
        try fail()
        return try await log.events(of: stream, after: version, limit: limit)
    }

    func commands(_ ids: [CommandID]) async throws(LogError) -> [RecordedCommand] {
        try fail()
        return try await log.commands(ids)
    }

    func lastRecordedAt() async throws(LogError) -> Timestamp {
        try fail()
        return try await log.lastRecordedAt()
    }

    func epochs() async throws(LogError) -> EpochHistory {
        try fail()
        return try await log.epochs()
    }

    private func fail() throws(LogError) {
        let fails = state.withLock { state in
            guard state.isDown || state.random.next() % 100 < perCent else { return false }
            state.faults += 1
            return true
        }
        if fails { throw LogError(code: .unavailable, message: "no answer") }
    }
}
