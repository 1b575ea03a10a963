import Contract
import Domain
import EventLog

/// The state of one stream, whatever its aggregate: as of the log, plus the events that are being appended.
protocol StreamState: Sendable {
    /// How many events are folded in, those that are being appended included.
    var version: Int64 { get }
    /// When time alone next changes something; nil: never.
    var nextDeadline: Timestamp? { get }
    /// Folds in an event that the log has. Only while nothing is being appended.
    mutating func fold(_ event: RecordedEvent) throws(UnreadableEvent)
    /// Decides a command and folds its events in.
    mutating func decide(_ command: any DomainCommand, now: Timestamp) -> Decision
    /// Decides the command that records what is overdue, at most `limit` events of it.
    mutating func decideDeadlines(limit: Int, now: Timestamp) -> (command: any DomainCommand, decision: Decision)
    /// Everything that was decided is in the log, from this sequence number on.
    mutating func didRecord(from position: Int64)
    /// Nothing that was decided got into the log: takes it back.
    mutating func revert()
    /// The same stream before any event.
    func emptied() -> any StreamState
}

/// What was decided on one command.
struct Decision: Sendable {
    var events: [any DomainEvent]
    /// Beside ``events``.
    var encoded: [EncodedEvent]
    var outcome: Outcome
}

/// An aggregate with its codec, and what was decided on it and is not in the log yet.
private struct AggregateStream<A: LoggedAggregate>: StreamState {
    private var aggregate = A()
    private(set) var version: Int64 = 0
    private var unrecorded: [(event: A.Event, undo: A.Undo)] = []

    var nextDeadline: Timestamp? { aggregate.nextDeadline }

    mutating func fold(_ recorded: RecordedEvent) throws(UnreadableEvent) {
        precondition(unrecorded.isEmpty, "a stream is read only while nothing of it is being appended")
        let event = try A.codec.decode(recorded.event)
        aggregate.evolve(event)
        aggregate.didRecord(event, at: recorded.position)
        version += 1
    }

    mutating func decide(_ command: any DomainCommand, now: Timestamp) -> Decision {
        guard let command = command as? A.Command else {
            preconditionFailure(
                "a command goes to a stream of its own aggregate: \(type(of: command)) on \(A.category)")
        }
        let events: [A.Event]
        do {
            events = try aggregate.perform(command, now: now, recording: &unrecorded)
        } catch {
            return Decision(events: [], encoded: [], outcome: .rejected(error))
        }
        version += Int64(events.count)
        return Decision(events: events, encoded: events.map(A.codec.encode), outcome: .accepted)
    }

    mutating func decideDeadlines(limit: Int, now: Timestamp) -> (command: any DomainCommand, decision: Decision) {
        let command = A.onDeadline(limit: limit)
        return (command, decide(command, now: now))
    }

    mutating func didRecord(from position: Int64) {
        for (index, decided) in unrecorded.enumerated() {
            aggregate.didRecord(decided.event, at: position + Int64(index))
        }
        unrecorded.removeAll(keepingCapacity: true)
    }

    mutating func revert() {
        for decided in unrecorded.reversed() { aggregate.revert(decided.undo) }
        version -= Int64(unrecorded.count)
        unrecorded.removeAll(keepingCapacity: true)
    }

    func emptied() -> any StreamState { Self() }
}

extension LoggedAggregate {
    /// A stream of this aggregate before any event.
    static func emptyStream() -> any StreamState { AggregateStream<Self>() }
}
