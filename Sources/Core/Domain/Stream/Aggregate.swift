/// One unit of consistency: the state that commands on one stream are decided on, and the rules that decide them.
///
/// An aggregate is a pure value. It never reads a clock and never waits: time, ids and stored events come in as
/// arguments. The write path keeps one value per stream and calls it in this order:
///
/// 1. ``evolve(_:)`` for every event that the stream already has, followed by ``didRecord(_:at:)``.
/// 2. ``perform(_:now:recording:)`` for a command, so that the next command of the same batch sees its events.
/// 3. ``didRecord(_:at:)`` for each of these events once the log has them, or ``revert(_:)``, last event first, if the
///    log does not take them.
public protocol Aggregate: Sendable {
    /// A request to change the aggregate, already authenticated, parsed and bounded.
    associatedtype Command: DomainCommand
    /// What may happen to it.
    associatedtype Event: DomainEvent
    /// What one event changed: the values from before it.
    associatedtype Undo: Sendable

    /// Stands in front of the names of its streams.
    static var category: StreamCategory { get }

    /// The state before any event.
    init()

    /// Decides `command`: returns the events that make it so (none if it already is so), or throws why not.
    ///
    /// The same state, command and time always give the same answer.
    ///
    /// - Parameter now: the caller's clock. Treat a clock that went back as standing still: decisions on one stream
    ///   never go back in time.
    func decide(_ command: Command, now: Timestamp) throws(Rejection) -> [Event]

    /// Decides `command` as ``decide(_:now:)`` does and folds in what was decided. A command that is refused changes
    /// nothing.
    ///
    /// - Parameter done: gets each event and what takes it back, behind what it has.
    mutating func perform(
        _ command: Command, now: Timestamp, recording done: inout [(event: Event, undo: Undo)]
    ) throws(Rejection) -> [Event]

    /// Folds one event in, and returns what takes exactly this event back.
    @discardableResult
    mutating func evolve(_ event: Event) -> Undo

    /// Takes back the last event that was folded in, because it did not get into the log.
    mutating func revert(_ undo: Undo)

    /// Learns that the log has `event`, at this sequence number.
    mutating func didRecord(_ event: Event, at position: Int64)

    /// When time alone next changes something; nil: never. May lie in the past.
    var nextDeadline: Timestamp? { get }

    /// The command that records what is overdue, at most `limit` events of it, the longest overdue first.
    static func onDeadline(limit: Int) -> Command
}

extension Aggregate {
    public mutating func perform(
        _ command: Command, now: Timestamp, recording done: inout [(event: Event, undo: Undo)]
    ) throws(Rejection) -> [Event] {
        let events = try decide(command, now: now)
        for event in events { done.append((event, evolve(event))) }
        return events
    }
}

/// A command of some aggregate.
public protocol DomainCommand: Sendable {}

/// An event of some aggregate.
public protocol DomainEvent: Equatable, Sendable {
    /// What the event does to the deadlines of its stream. Must agree with ``Aggregate/nextDeadline``.
    var deadlineChange: DeadlineChange { get }
}

extension DomainEvent {
    public var deadlineChange: DeadlineChange { .none }

    /// Whether `other` is the same event of the same type.
    public func isEqual(to other: any DomainEvent) -> Bool { other as? Self == self }
}

/// What an event does to its stream's deadlines. Views derive from it which streams are overdue, without knowing their
/// aggregates.
public enum DeadlineChange: Equatable, Sendable {
    case none
    /// Something with this key is due at a time. Replaces an earlier time for the same key.
    case set(String, at: Timestamp)
    /// The thing with this key is no longer due.
    case clear(String)
    /// Whatever is due later than this time is due at this time.
    case allDue(at: Timestamp)
    /// One after the other.
    indirect case several([DeadlineChange])
}
