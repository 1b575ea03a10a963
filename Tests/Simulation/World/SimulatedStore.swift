import Domain
import EventLog
import Following
import Orders
import Projection

/// The database of the stored view: one for all processes, and one transaction at a time. A crash takes its last commits
/// back, as they wait for no disk.
struct SimulatedStore {
    /// What one commit leaves.
    struct Content {
        var checkpoint = StoredCheckpoint(token: LogPosition(epoch: 0, position: 0), formatVersion: 0)
        var orders: [OrdersFold.Key: OrdersFold.Row] = [:]
        /// Without those that say who lost a ticket.
        var tickets: [Ticket: OrdersFold.TicketRow] = [:]
        /// What is folded in, as the judge sees it.
        var fact: FactID = History.root
    }

    struct Ticket: Hashable {
        var owner: String
        var ticket: String
    }

    private(set) var content = Content()
    /// Before each of the last commits, oldest first.
    private var older: [Content] = []

    private static let lossMax = 3

    /// False: the view is at another checkpoint.
    mutating func commit(_ fold: OrdersFold, from checkpoint: StoredCheckpoint, to token: LogPosition, fact: FactID)
        -> Bool
    {
        guard content.checkpoint == checkpoint else { return false }
        put(fold, token, fact)
        return true
    }

    /// Also the planted fault: whatever the checkpoint.
    mutating func put(_ fold: OrdersFold, _ token: LogPosition, _ fact: FactID) {
        remember()
        for (key, row) in fold.changedRows { content.orders[key] = row }
        for row in fold.ticketRows {
            content.tickets[Ticket(owner: row.owner.rawValue, ticket: row.ticketID.rawValue)] =
                row.number > 0 ? row : nil
        }
        content.checkpoint.token = token
        content.fact = fact
    }

    mutating func clear(from checkpoint: StoredCheckpoint, to start: StoredCheckpoint) -> Bool {
        guard content.checkpoint == checkpoint else { return false }
        remember()
        content = Content(checkpoint: start)
        return true
    }

    /// The planted fault: a row is as if its last change had never been.
    mutating func forgetRow() {
        guard let key = content.orders.keys.min() else { return }
        content.orders[key]?.started += 1
    }

    /// Returns how many commits were lost.
    mutating func crash(losing count: Int) -> Int {
        let lost = min(count, older.count)
        if lost > 0 {
            content = older[older.count - lost]
            older.removeLast(lost)
        }
        return lost
    }

    private mutating func remember() {
        older.append(content)
        if older.count > Self.lossMax { older.removeFirst() }
    }
}

/// What `StoredView` is around its machine, while its process has the lease.
struct StoredDriver {
    /// The events of the replica in the same process, and what it does with them.
    var machine: StoredViewMachine
    var buffer: EventBuffer
    /// Which of all times that any process had the lease.
    let lease: Int
    /// A call is under way, and everything else waits for it.
    var isCalling = false
    var isAwake = false
}

/// A call of the stored view's process.
enum StoredCall {
    case log(LogCall, events: [FollowedEvent])
    case checkpoint
    case load(StoredPage)
    case commit(StoredPage, FoldedPage<OrdersFold>)
    case enter(from: StoredCheckpoint, LogPosition)
    case clear(from: StoredCheckpoint, StoredCheckpoint)
}

enum StoredReply {
    case log(LogReply, events: [FollowedEvent])
    case checkpoint(StoredCheckpoint)
    case rows([OrdersFold.Key: OrdersFold.Row], StoredPage)
    case folded(FoldedPage<OrdersFold>, isCommitted: Bool)
    case committed(Bool)
    case failed
}
