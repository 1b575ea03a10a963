public import EventLog
public import Projection

/// How a stored view follows the log. Pure: inputs are methods, ``step(now:buffer:)`` returns what to do, `now` is any
/// monotonic clock.
///
/// Any number of processes may run one over the same rows. Each folds onto the checkpoint it knows, and a commit that
/// finds another checkpoint changes nothing: then the process looks where the view is by now.
///
/// It never folds what may be of a lost tail: events are followed by a look at the log's head, and count only if that is
/// of the checkpoint's epoch. Nor does it fold what the log does not confirm: what only a message vouches for is compared with
/// the log at that look, and the checkpoint never passes the head that the log states. A checkpoint that is beyond that head all
/// the same was written by somebody else, or the log was set back within its epoch: then the view begins anew.
public struct StoredViewMachine: Sendable {
    public struct Limits: Sendable {
        /// Events folded in one transaction.
        public var pageEvents = 1_000
        /// Events that may wait to be folded; beyond it they are forgotten, and read from the log.
        public var bufferMax = 16_384
        /// Least time between two transactions, but for full pages: what comes meanwhile shares the next one.
        public var pace: Duration = .milliseconds(20)
        /// Time between two looks at the log when nothing is heard of it, and after a failure.
        public var pollInterval: Duration = .milliseconds(500)
        /// Pause after an event that can't be folded in: another process gets its turn, and may know more.
        public var stopPause: Duration = .seconds(5)
        /// Failures in a row, with nothing achieved between them, after which another process gets its turn: it may reach
        /// what this one can't.
        public var failuresMax = 10
        /// Pause after so many failures; long enough for another process to take the lease.
        public var failurePause: Duration = .milliseconds(1_500)

        public init() {}
    }

    public enum Action: Sendable {
        /// Then ``checkpointRead(_:now:)`` or ``failed(now:)``.
        case readCheckpoint
        /// Then ``epochsRead(_:now:)`` or ``failed(now:)``.
        case readEpochs
        /// The view goes on in another epoch: commit an empty fold. Then ``committed(_:now:)`` or ``failed(now:)``.
        case enter(from: StoredCheckpoint, LogPosition)
        /// The view begins anew. Then ``committed(_:now:)`` or ``failed(now:)``.
        case clear(from: StoredCheckpoint, StoredCheckpoint)
        /// Read events, and after them the log's head. Then ``eventsRead(_:head:now:)`` or ``failed(now:)``.
        case readEvents(after: Int64, limit: Int)
        /// The events are here; read the log's head, and whether the log has these batches. Then ``eventsRead(_:head:now:)``
        /// with these events, ``eventsRefuted(now:)`` or ``failed(now:)``.
        case readHead([FollowedEvent], hearsay: [BatchMark])
        /// Load the rows, fold, commit what was folded (if that is nothing, too). Then
        /// ``folded(to:stop:isCommitted:now:)`` or ``failed(now:)``.
        case fold(StoredPage)
    }

    /// `unknown` → `underWay(readCheckpoint)` when its pause is over → `due(readEpochs)`, or `resting` if the rows are of a
    /// later format.
    ///
    /// `underWay(readEpochs)` → `following`, or `due(enter)`, or `due(clear)` → `following` when committed.
    ///
    /// `following` → `underWay(readEvents)` or `underWay(readHead)` → `due(fold)`; `due(readCheckpoint)` if there was nothing
    /// → `following` if the view is where it was; `due(readEpochs)` if it is not, or the log is in a later epoch.
    ///
    /// `underWay(fold)` → `following`, or `resting` before an event that can't be folded in.
    ///
    /// Every `underWay` → `unknown` when it fails, and when another process was first; → `resting` when it has failed too
    /// often. `resting` → `unknown` when its pause is over.
    private enum State: Sendable {
        case unknown(until: Duration)
        case due(Action)
        case underWay(Action)
        case following
        case resting(until: Duration)
    }

    private let formatVersion: Int
    private let limits: Limits
    private var state = State.unknown(until: .zero)
    /// Nothing more is to be had before the next turn.
    private var isTurnOver = false
    /// Since the view was last moved, or found where the log is.
    private var failures = 0
    /// Looks in a row that found the checkpoint beyond the log's head.
    private var looksAhead = 0
    /// What is in the buffer is not what the log has.
    private var isBufferFalse = false

    /// What was last read or committed. Nil: not known.
    public private(set) var checkpoint: StoredCheckpoint?
    /// The event after the checkpoint, if it can't be folded in.
    public private(set) var stop: ViewStop?
    /// The log's head when it was last read.
    public private(set) var head: Int64 = 0

    /// - Parameter formatVersion: of the rows that this program writes.
    public init(formatVersion: Int, limits: Limits = Limits()) {
        self.formatVersion = formatVersion
        self.limits = limits
    }

    /// The view stands still here, and another process should have its turn.
    public func isResting(now: Duration) -> Bool {
        if case .resting(let until) = state { now < until } else { false }
    }

    /// This process begins to follow, or goes on: what was under way before was lost.
    public mutating func begin() {
        switch state {
        case .resting: break
        case .unknown, .due, .underWay, .following: forget(until: .zero)
        }
    }

    /// There may be news: look once more.
    public mutating func beginTurn() { isTurnOver = false }

    /// The next thing to do. Nil: nothing before the next turn.
    public mutating func step(now: Duration, buffer: inout EventBuffer) -> Action? {
        switch state {
        case .unknown(let until), .resting(let until):
            guard now >= until else { return nil }
            forget(until: now)
            return start(.readCheckpoint)
        case .due(let action): return start(action)
        case .underWay: return nil
        case .following:
            guard !isTurnOver, let checkpoint else { return nil }
            if isBufferFalse { buffer.forget() }
            isBufferFalse = false
            let events = buffer.page(after: checkpoint.token, limit: limits.pageEvents)
            if let last = events.last {
                return start(.readHead(events, hearsay: buffer.hearsay(through: last.context.position)))
            }
            return start(.readEvents(after: checkpoint.token.position, limit: limits.pageEvents))
        }
    }

    private mutating func start(_ action: Action) -> Action {
        state = .underWay(action)
        return action
    }

    // MARK: What came of it

    public mutating func checkpointRead(_ checkpoint: StoredCheckpoint, now: Duration) {
        guard case .underWay(.readCheckpoint) = state else { preconditionFailure("no checkpoint was asked for") }
        if checkpoint == self.checkpoint {
            isTurnOver = true
            return state = .following
        }
        self.checkpoint = checkpoint
        guard checkpoint.formatVersion <= formatVersion else {
            // A later version of the program is at work: the rows are its business.
            return rest(now)
        }
        state = .due(.readEpochs)
    }

    public mutating func epochsRead(_ history: EpochHistory, now: Duration) {
        guard case .underWay(.readEpochs) = state, let checkpoint else {
            preconditionFailure("no epochs were asked for")
        }
        let token = checkpoint.token
        guard token.epoch <= history.current else { return failed(now: now) }  // From a server that is behind.
        let isKept =
            checkpoint.formatVersion == formatVersion && (token.epoch == 0 || history.judge(token) == .valid)
        if isKept && token.epoch == history.current {
            state = .following
        } else if isKept {
            state = .due(.enter(from: checkpoint, LogPosition(epoch: history.current, position: token.position)))
        } else {
            let start = LogPosition(epoch: history.current, position: 0)
            state = .due(.clear(from: checkpoint, StoredCheckpoint(token: start, formatVersion: formatVersion)))
        }
    }

    /// An epoch was entered, or the view cleared. False: another process was first.
    public mutating func committed(_ isDone: Bool, now: Duration) {
        guard isDone else { return forget(until: now + limits.pollInterval) }
        switch state {
        case .underWay(.enter(_, let token)):
            checkpoint = StoredCheckpoint(token: token, formatVersion: formatVersion)
        case .underWay(.clear(_, let start)):
            checkpoint = start
        default: preconditionFailure("nothing was to be committed")
        }
        state = .following
    }

    /// Events were read, or were here, and the head was read after them.
    public mutating func eventsRead(_ events: [FollowedEvent], head: LogPosition, now: Duration) {
        switch state {
        case .underWay(.readEvents), .underWay(.readHead): break
        default: preconditionFailure("no events were asked for")
        }
        guard let checkpoint else { preconditionFailure("events are followed by a view that is nowhere") }
        guard head.epoch >= checkpoint.token.epoch else { return failed(now: now) }  // From a server that is behind.
        // The events may be of either epoch.
        guard head.epoch == checkpoint.token.epoch else { return state = .due(.readEpochs) }
        self.head = head.position
        guard head.position >= checkpoint.token.position else { return isAhead(checkpoint, now: now) }
        looksAhead = 0
        if let last = events.last, last.context.position > head.position {
            // The log has not what was heard, or the head is from a server that is behind.
            if case .underWay(.readHead) = state { return eventsRefuted(now: now) }
            return failed(now: now)
        }
        if events.isEmpty {
            failures = 0
            // Quiet: the time to see whether a crash of the database took the last commits back.
            state = .due(.readCheckpoint)
        } else {
            state = .due(.fold(StoredPage(from: checkpoint, events: events)))
        }
    }

    /// The log's head was read from a server that is behind, or the checkpoint is of no fold of this log. The first passes.
    private mutating func isAhead(_ checkpoint: StoredCheckpoint, now: Duration) {
        looksAhead += 1
        guard looksAhead >= limits.failuresMax else { return failed(now: now) }
        looksAhead = 0
        let start = LogPosition(epoch: checkpoint.token.epoch, position: 0)
        state = .due(.clear(from: checkpoint, StoredCheckpoint(token: start, formatVersion: formatVersion)))
    }

    /// The log has other events than these: read it.
    public mutating func eventsRefuted(now: Duration) {
        guard case .underWay(.readHead) = state else { preconditionFailure("no events were to be confirmed") }
        isBufferFalse = true
        state = .following
    }

    /// A page was folded up to `token`, before `stop` if there is one. Not committed: another process was first.
    public mutating func folded(to token: LogPosition, stop: ViewStop?, isCommitted: Bool, now: Duration) {
        guard case .underWay(.fold(let page)) = state else { preconditionFailure("nothing was to be folded") }
        guard isCommitted else { return forget(until: now + limits.pollInterval) }
        precondition(
            token.epoch == page.from.token.epoch && token.position >= page.from.token.position,
            "a stored view went back from \(page.from.token) to \(token)")
        checkpoint = StoredCheckpoint(token: token, formatVersion: formatVersion)
        self.stop = stop
        // Only now: on rows that another process has moved on, anything may seem wrong.
        if stop != nil { return rest(now) }
        isTurnOver = page.events.count < limits.pageEvents
        failures = 0
        state = .following
    }

    /// What was under way came to nothing, or nobody knows to what.
    public mutating func failed(now: Duration) {
        failures += 1
        guard failures >= limits.failuresMax else { return forget(until: now + limits.pollInterval) }
        failures = 0
        forget(until: now)
        state = .resting(until: now + limits.failurePause)
    }

    private mutating func forget(until time: Duration) {
        checkpoint = nil
        stop = nil
        state = .unknown(until: time)
    }

    private mutating func rest(_ now: Duration) { state = .resting(until: now + limits.stopPause) }
}
