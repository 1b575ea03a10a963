import Domain
import Postgres
import Synchronization
import TestSupport
import Testing

/// Buyers who hold one seat after the other, on the nodes given, and note what they were told: what they were told must
/// be true afterwards, whatever happened meanwhile.
final class Load: Sendable {
    struct Command: Sendable {
        var caller: Caller
        var seat: String
        var key: String
    }

    /// What the callers were told. A broken connection tells as little as “unknown”.
    struct Told: Sendable {
        var accepted: [(command: Command, hold: String)] = []
        var unknown: [Command] = []
        /// “It never reached the log”, with the command's id.
        var none: [String] = []
        var others: [Answer] = []
    }

    private let told = Mutex(Told())
    private let isStopping = Mutex(false)
    private let show: String

    init(on show: String) { self.show = show }

    var counts: (accepted: Int, unknown: Int, none: Int) {
        told.withLock { ($0.accepted.count, $0.unknown.count, $0.none.count) }
    }

    /// Runs until ``stop()``: one buyer per row of `plan`, in turn on `nodes`.
    func run(_ plan: SampleShow, in cluster: Cluster, on nodes: [Node]) async throws {
        try await withThrowingTaskGroup { tasks in
            for row in 1...plan.rows {
                let caller = try await cluster.user(at: nodes[row % nodes.count])
                tasks.addTask {
                    for number in 1...plan.seatsPerRow where !self.isStopping.withLock({ $0 }) {
                        await self.hold(plan.seat(row: row, number), caller)
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    func stop() { isStopping.withLock { $0 = true } }

    /// Asks again for all that is unknown, with the same keys, and returns what everybody was told in the end.
    func settle() async throws -> Told {
        let open = told.withLock { told in
            defer { told.unknown = [] }
            return told.unknown
        }
        for command in open {
            try await eventually("a final answer for \(command.key)") {
                try await self.hold(command.seat, command.caller, key: command.key, keepsUnknown: false)
            }
        }
        return told.withLock { $0 }
    }

    /// Returns whether the answer was final.
    @discardableResult
    private func hold(
        _ seat: String, _ caller: Caller, key: String = .random, keepsUnknown: Bool = true
    ) async throws -> Bool {
        let command = Command(caller: caller, seat: seat, key: key)
        let answer = try await caller.post("/api/v1/shows/\(show)/holds", Hold.seats(seat), key: key)
        return told.withLock { told in
            switch (answer.status, answer.outcome) {
            case (201, _): told.accepted.append((command, answer.json["holdId"]?.text ?? ""))
            case (_, "none"): if keepsUnknown { told.none.append(answer.commandID ?? "") } else { return false }
            case (_, "unknown"): if keepsUnknown { told.unknown.append(command) }; return false
            default: told.others.append(answer)
            }
            return true
        }
    }

    private func hold(_ seat: String, _ caller: Caller) async {
        let key = String.random
        do {
            try await hold(seat, caller, key: key)
        } catch {
            told.withLock { $0.unknown.append(Command(caller: caller, seat: seat, key: key)) }
            await pause()
        }
    }

    /// A node that is gone refuses connections at once; the buyer does not hammer on.
    private func pause() async {
        do { try await Task.sleep(for: .milliseconds(50)) } catch { stop() }
    }
}

extension Cluster {
    /// Everything that anybody was told is true in the log.
    func expectTruth(of told: Load.Told, on show: String) async throws {
        let ledger = try await ledger()
        let held = Set(try #require(ledger.shows[show]).holds.keys.map(\.rawValue))
        for (command, hold) in told.accepted {
            #expect(held.contains(hold), "\(command.seat) was acknowledged and is not in the log")
        }
        #expect(held.count == told.accepted.count, "there are holds that nobody was told of")
        #expect(told.others.isEmpty, "\(told.others)")
        for id in told.none {
            #expect(try await !hasRecorded(command: id), "\(id) never reached the log, it was said")
        }
    }

    private func hasRecorded(command id: String) async throws -> Bool {
        let statement = PostgresStatement(once: "SELECT count(*) FROM holdfast.commands WHERE id::text = $1")
        let dashed = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { range in
            String(Array(id)[range])
        }
        return try await database.admin().query(statement, PostgresParameters(dashed.joined(separator: "-"))).int64(0, 0) > 0
    }
}
