import DequeModule
public import Domain

/// The commands that were taken in and are not answered yet, with the callers who wait for them.
///
/// Every command is in exactly one ``Place``. A move from another place than the one it is in stops the process: an
/// answer would be lost, or given twice.
struct PendingCommands<Ticket: Sendable>: Sendable {
    enum Place: Equatable, Sendable {
        /// In the queue. → parked, underWay, answered
        case queued
        /// With its stream, which is being read. → queued, answered
        case parked
        /// Part of the append whose result is awaited or unknown. → queued, answered; parked, where it is not appended
        case underWay
    }

    struct Command: Sendable {
        var request: CommandRequest
        var callers: [(ticket: Ticket, deadline: Int64)]
        fileprivate(set) var place = Place.queued
        /// How often another writer was faster.
        var attempts = 0
        /// An append that it was part of has an unknown fate, and the command was not in the log behind the barrier.
        /// Should that attempt still be on its way, "it never reached the log" may yet turn out wrong.
        var isInDoubt = false
        /// A duplicate beside it made the log refuse it: it goes again without newcomers, who might bring another.
        var retriesAlone = false
        /// Its stream is being read, or was, since it came: if nothing is there, that is the log's word.
        var asksTheLog = false
        /// What was known of the log when the command was first decided: what is recorded up to there is not this
        /// node's attempt. Nil: it was not decided yet.
        var knownLog: KnownLog?
    }

    /// What came of handing a command in.
    enum Submission: Equatable {
        /// It is queued, or its caller waits with the others.
        case accepted
        case keyReused
        case tooManyCallers
        case full
    }

    private let countMax: Int
    private let callersMax: Int
    private var commands: [CommandID: Command] = [:]
    private var queue = Deque<CommandID>()

    init(countMax: Int, callersMax: Int) {
        self.countMax = countMax
        self.callersMax = callersMax
    }

    var count: Int { commands.count }
    var queuedCount: Int { queue.count }

    /// Nobody waits for an answer.
    var isSilent: Bool { commands.values.allSatisfy(\.callers.isEmpty) }

    subscript(id: CommandID) -> Command? { commands[id] }

    /// Those with a caller whose deadline is before `tick`, in an order that is the same in every run.
    func overdue(at tick: Int64) -> [Command] {
        commands.values.filter { $0.callers.contains { $0.deadline < tick } }.sorted { $0.request.id < $1.request.id }
    }

    /// All, in an order that is the same in every run.
    var sorted: [Command] { commands.values.sorted { $0.request.id < $1.request.id } }

    mutating func submit(_ request: CommandRequest, for caller: Ticket, deadline: Int64) -> Submission {
        guard let known = commands[request.id] else {
            guard commands.count < countMax else { return .full }
            commands[request.id] = Command(request: request, callers: [(caller, deadline)])
            queue.append(request.id)
            return .accepted
        }
        guard known.request.fingerprint == request.fingerprint else { return .keyReused }
        guard known.callers.count < callersMax else { return .tooManyCallers }
        change(request.id) { $0.callers.append((caller, deadline)) }
        return .accepted
    }

    /// Takes the first command out of the queue. It must be moved, finished or ``postpone(_:)``d before anything else.
    mutating func next() -> Command? {
        guard let id = queue.popFirst() else { return nil }
        guard let command = commands[id], command.place == .queued else {
            preconditionFailure("command \(id) is in the queue, and nowhere else")
        }
        return command
    }

    /// Puts commands that ``next()`` gave back to the front of the queue, in order.
    mutating func postpone(_ ids: [CommandID]) { for id in ids.reversed() { queue.prepend(id) } }

    mutating func park(_ id: CommandID) { move(id, from: .queued, to: .parked) }

    /// Parks a command that was decided, and is not to be appended.
    mutating func repark(_ id: CommandID) { move(id, from: .underWay, to: .parked) }

    mutating func begin(_ id: CommandID, knowing log: KnownLog) {
        move(id, from: .queued, to: .underWay)
        change(id) { $0.knownLog = $0.knownLog ?? log }
    }

    /// What was known of the log may be of a tail that was lost.
    mutating func forgetLog() { for index in commands.values.indices { commands.values[index].knownLog = nil } }

    /// Puts commands back to the front of the queue, in order.
    mutating func requeue(_ ids: [CommandID], from place: Place) {
        for id in ids.reversed() {
            move(id, from: place, to: .queued)
            queue.prepend(id)
        }
    }

    mutating func change(_ id: CommandID, _ body: (inout Command) -> Void) {
        guard let index = commands.index(forKey: id) else { preconditionFailure("command \(id) is pending") }
        body(&commands.values[index])
    }

    /// Takes out a command that gets its answer; nil for one that is not pending.
    mutating func remove(_ id: CommandID) -> Command? { commands.removeValue(forKey: id) }

    /// Takes out commands that nobody waits for any more, wherever they wait.
    mutating func giveUp(_ ids: Set<CommandID>) {
        for id in ids {
            guard let command = commands.removeValue(forKey: id), command.place != .underWay else {
                preconditionFailure("command \(id) is pending, and not part of an append")
            }
        }
        queue.removeAll(where: ids.contains)
    }

    private mutating func move(_ id: CommandID, from place: Place, to next: Place) {
        change(id) { command in
            precondition(command.place == place, "command \(id) is \(place), not \(command.place)")
            command.place = next
        }
    }
}

/// How far the log is known to go: what it says of a command at or before this was there before.
public struct KnownLog: Equatable, Sendable {
    /// The last sequence number that was seen.
    public var position: Int64
    /// The latest time of a record that was seen.
    public var recordedAt: Timestamp

    public init(position: Int64 = 0, recordedAt: Timestamp = .distantPast) {
        self.position = position
        self.recordedAt = recordedAt
    }

    mutating func include(position: Int64, recordedAt: Timestamp) {
        self.position = max(self.position, position)
        self.recordedAt = max(self.recordedAt, recordedAt)
    }
}
