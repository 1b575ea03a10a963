import Synchronization
import TestSupport
import Testing

/// Buyers who hold one seat after the other, on the nodes given, two of them always after the same, and note what they
/// were told: what they were told must be true afterwards, whatever happened meanwhile.
final class Load: Sendable {
    struct Command: Sendable {
        var caller: Caller
        var seat: String
        var key: String
    }

    /// What the callers were told. A broken connection tells as little as “unknown”.
    struct Told: Sendable {
        typealias Final = (command: Command, answer: Answer)

        var accepted: [Final] = []
        var rejected: [Final] = []
        var unknown: [Command] = []
        /// “It never reached the log”, with the command's id.
        var none: [String] = []
        var others: [Answer] = []
    }

    let show: String
    private let told = Mutex(Told())
    private let isStopping = Mutex(false)
    private let pace: Duration

    /// - Parameter pace: how long every buyer waits between two seats.
    init(on show: String, pace: Duration = .zero) {
        self.show = show
        self.pace = pace
    }

    var accepted: Int { told.withLock { $0.accepted.count } }
    var unknown: Int { told.withLock { $0.unknown.count } }

    /// Runs until ``stop()``: two buyers per row of `plan`, on different nodes where there are several.
    func run(_ plan: SampleShow, in cluster: Cluster, on nodes: [Node]) async throws {
        try await withThrowingTaskGroup { tasks in
            for row in 1...plan.rows {
                let race = Race(last: plan.seatsPerRow)
                for rival in 0...1 {
                    let caller = try await cluster.user(at: nodes[(row + rival) % nodes.count])
                    tasks.addTask {
                        var number = 0
                        var won = true
                        while !self.isStopping.withLock({ $0 }) {
                            guard let next = race.next(after: number, won: won) else { return }
                            number = next
                            won = await self.hold(plan.seat(row: row, number), caller)
                        }
                    }
                }
            }
            try await tasks.waitForAll()
        }
    }

    /// Waits until so many more holds were acknowledged.
    func goesOn(for count: Int = 60) async throws {
        let before = accepted
        try await eventually("the load goes on", within: .seconds(60)) { accepted >= before + count }
    }

    func stop() { isStopping.withLock { $0 = true } }

    /// Asks again for all that is unknown, with the same keys, and returns what everybody was told in the end.
    func settle() async throws -> Told {
        _ = try await askAgain()
        return told.withLock { $0 }
    }

    /// Asks again for all that is unknown, with the same keys, until the answers are final.
    func askAgain() async throws -> [Answer] {
        let open = told.withLock { told in
            defer { told.unknown = [] }
            return told.unknown
        }
        var answers: [Answer] = []
        for command in open {
            try await eventually("a final answer for \(command.key)", within: .seconds(60)) {
                let answer = try await self.send(command)
                guard answer.status != 503 else { return false }
                self.note(answer, to: command)
                answers.append(answer)
                return true
            }
        }
        return answers
    }

    /// Sends a command, the first time or again.
    func send(_ command: Command, at node: Node? = nil) async throws -> Answer {
        try await command.caller.at(node ?? command.caller.node).post(
            "/api/v1/shows/\(show)/holds", Hold.seats(command.seat), key: command.key)
    }

    /// Returns whether the buyer got the seat.
    private func hold(_ seat: String, _ caller: Caller) async -> Bool {
        let command = Command(caller: caller, seat: seat, key: .random)
        do {
            let answer = try await send(command)
            note(answer, to: command)
            if pace > .zero { await pause(pace) }
            return answer.status == 201
        } catch {
            told.withLock { $0.unknown.append(command) }
            // A node that is gone refuses connections at once; the buyer does not hammer on.
            await pause(.milliseconds(50))
            return false
        }
    }

    private func note(_ answer: Answer, to command: Command) {
        told.withLock { told in
            switch (answer.status, answer.outcome) {
            case (201, _): told.accepted.append((command, answer))
            case (409, "rejected"): told.rejected.append((command, answer))
            case (_, "none"):
                if let id = answer.commandID { told.none.append(id) } else { told.others.append(answer) }
            case (_, "unknown"): told.unknown.append(command)
            default: told.others.append(answer)
            }
        }
    }

    private func pause(_ time: Duration) async {
        do { try await Task.sleep(for: time) } catch { stop() }
    }
}

/// Which seat of a row two buyers go for next, so that they stay neck and neck whatever holds one of them up: a loser goes
/// one ahead of the other, a winner to where the other is.
private final class Race: Sendable {
    private let last: Int
    private let furthest = Mutex(0)

    init(last: Int) { self.last = last }

    /// Nil: there are no more.
    func next(after number: Int, won: Bool) -> Int? {
        furthest.withLock { furthest in
            furthest = won ? max(number + 1, furthest) : furthest + 1
            return furthest <= last ? furthest : nil
        }
    }
}
