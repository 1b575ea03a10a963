public import EventLog
public import Projection

/// How far a stored view has come, and in which format its rows are.
public struct StoredCheckpoint: Equatable, Sendable {
    /// Epoch 0: nothing is folded in yet.
    public var token: LogPosition
    /// Of the stored rows; 0: there are none yet.
    public var formatVersion: Int

    public init(token: LogPosition, formatVersion: Int) {
        self.token = token
        self.formatVersion = formatVersion
    }
}

/// Events that follow a stored view's checkpoint, to be folded in by one transaction.
public struct StoredPage: Sendable {
    public var from: StoredCheckpoint
    public var events: [FollowedEvent]

    public init(from: StoredCheckpoint, events: [FollowedEvent]) {
        self.from = from
        self.events = events
    }

    /// Folds the events in, up to the first that can't be.
    ///
    /// - Parameter rows: what is stored under ``StoredFold/keys(in:)`` of the events.
    public func folded<Fold: StoredFold>(onto rows: [Fold.Key: Fold.Row]) -> FoldedPage<Fold> {
        var folded = FoldedPage(fold: Fold(rows), reached: from.token)
        for event in events {
            let position = event.context.position
            do throws(ProjectionFault) {
                guard position == folded.reached.position + 1 else {
                    throw ProjectionFault("event \(folded.reached.position + 1) is missing before it")
                }
                try folded.fold.apply(event)
                folded.reached = LogPosition(epoch: from.token.epoch, position: position)
            } catch {
                folded.stop = ViewStop(position: position, reason: error.description)
                break
            }
        }
        return folded
    }
}

/// A page that was folded, ready to be committed.
public struct FoldedPage<Fold: StoredFold>: Sendable {
    public var fold: Fold
    /// The last event that was folded in.
    public var reached: LogPosition
    /// The event after it that can't be folded in. Nil: the whole page is.
    public var stop: ViewStop?
}

/// Where a stored view's rows are.
///
/// What keeps two processes from folding the same events in twice is here and nowhere else: whatever moves the view does
/// so in one transaction, and only from the checkpoint that it was folded on.
public protocol ViewStorage: Sendable {
    associatedtype Fold: StoredFold

    func checkpoint() async throws -> StoredCheckpoint

    /// The rows that are stored under these keys.
    func load(_ keys: Set<Fold.Key>) async throws -> [Fold.Key: Fold.Row]

    /// Moves the view from one checkpoint to another, with all that the events between them changed. False: it is at
    /// another checkpoint, or somebody is moving it, and nothing was changed.
    func commit(_ fold: Fold, from checkpoint: StoredCheckpoint, to token: LogPosition) async throws -> Bool

    /// Empties the view, to be built anew from `start`. False: as with ``commit(_:from:to:)``.
    func clear(from checkpoint: StoredCheckpoint, to start: StoredCheckpoint) async throws -> Bool

    /// Closes its connections; the next use opens them again.
    func disconnect() async
}
