import Domain
import EventLog
import Following
import HTTPServer
import MyHolds
import NIOCore
import Text
import Waitlists
import WebAPI

/// What one stream of the caller's own has told, and so what it has to tell.
protocol OwnStreamSession: Sendable {
    /// The shows in whose rooms or waiting lists the person waits: it has to hear when their lines move.
    var shows: Set<ShowID> { get }

    /// All that there is. Nil: the log is in another epoch.
    mutating func snapshot() -> ByteBuffer?

    /// What is to be written for what has changed; may be empty. Nil: the log is in another epoch.
    mutating func message(for pending: PendingChanges) -> ByteBuffer?
}

/// Everything that belongs to one person.
struct PersonSession: OwnStreamSession {
    private let user: UserID
    /// The log's epoch when the stream began. In another one the stream ends.
    private let epoch: Int64
    private let holds: View<MyHolds>
    private var queue: QueueTeller
    private var waitlist: WaitlistTeller
    private let now: @Sendable () -> Timestamp
    /// The places of the holds, of the rooms' entries and of the waiting lists' that were last told as a whole.
    private var holdsPlace: Int64 = 0
    private var queuePlace: Int64 = 0
    private var waitlistPlace: Int64 = 0

    init(holds: View<MyHolds>, queue: QueueTeller, waitlists: View<Waitlists>) {
        user = queue.user
        epoch = queue.epoch
        self.holds = holds
        self.queue = queue
        waitlist = WaitlistTeller(user: queue.user, epoch: queue.epoch, view: waitlists)
        now = queue.now
    }

    var shows: Set<ShowID> { queue.shows.union(waitlist.shows) }

    mutating func snapshot() -> ByteBuffer? {
        let user = user
        let (live, place) = holds.read { ($0.holds(of: user), $1) }
        guard place.epoch == epoch, let (entries, queued) = queue.live(), let (waits, listed) = waitlist.live() else {
            return nil
        }
        (holdsPlace, queuePlace, waitlistPlace) = (place.position, queued, listed)
        let now = now()
        var json = JSONWriter(capacity: 64 + 512 * (live.count + entries.count + waits.count))
        json.object { json in
            json.array("holds") { json in for hold in live where hold.placed.expiresAt > now { json.value(hold) } }
            json.array("entries") { json in for entry in entries { queue.write(entry, into: &json) } }
            json.array("waitlist") { json in for entry in waits { json.value(entry) } }
        }
        var message = ByteBuffer()
        let position = min(holdsPlace, queuePlace, waitlistPlace)
        message.writeEvent("snapshot", id: LogPosition(epoch: epoch, position: position), data: json.bytes)
        return message
    }

    mutating func message(for pending: PendingChanges) -> ByteBuffer? {
        if pending.isOverfull { return snapshot() }
        var message = ByteBuffer()
        for (index, entry) in pending.changes.enumerated() {
            if case .entry(let id, let show) = entry.change {
                // As it is now: once for all that happened to it.
                guard entry.position > queuePlace,
                    !pending.changes[(index + 1)...].contains(where: { $0.change == entry.change })
                else { continue }
                queue.tell(id, on: show, at: entry.position, in: &message)
            } else if entry.position > holdsPlace, let (name, data) = event(for: entry.change) {
                message.writeEvent(name, id: LogPosition(epoch: epoch, position: entry.position), data: data)
            }
            if entry.position > waitlistPlace, let id = entry.change.waitlistEntry,
                !pending.changes[(index + 1)...].contains(where: { $0.change.waitlistEntry == id })
            {
                waitlist.tell(id, at: entry.position, in: &message)
            }
        }
        if pending.lineHasMoved {
            queue.tellMoves(in: &message)
            waitlist.tellMoves(in: &message)
        }
        let isOfEpoch = [holds.place, queue.lines.place, waitlist.view.place].allSatisfy { $0.epoch == epoch }
        guard isOfEpoch else { return nil }
        if message.readableBytes == 0, pending.needsSign { return .streamComment }
        return message
    }

    /// Nil: there is nothing to tell, since a later change says more.
    private func event(for change: OwnChange) -> (name: StaticString, data: [UInt8])? {
        var json = JSONWriter()
        switch change {
        case .hold(let id):
            let user = user
            guard let hold = holds.read({ projection, _ in projection.hold(id, of: user) }) else { return nil }
            json.value(hold)
            return ("hold", json.bytes)
        case .holdEnded(let id, let show, let end):
            json.object { json in
                json.member("holdId", id)
                json.member("showId", show)
                json.member("status", end.rawValue)
            }
            return ("hold", json.bytes)
        case .order(let progress):
            json.value(progress)
            return ("order", json.bytes)
        case .entry, .waitlist: return nil
        }
    }
}

/// One entry of a waiting room.
struct EntrySession: OwnStreamSession {
    private let entry: EntryID
    private let show: ShowID
    private var queue: QueueTeller

    init(_ entry: EntryID, on show: ShowID, queue: QueueTeller) {
        self.entry = entry
        self.show = show
        self.queue = queue
    }

    var shows: Set<ShowID> { queue.shows }

    mutating func snapshot() -> ByteBuffer? {
        var message = ByteBuffer()
        queue.tell(entry, on: show, in: &message)
        return queue.lines.place.epoch == queue.epoch ? message : nil
    }

    mutating func message(for pending: PendingChanges) -> ByteBuffer? {
        var message = ByteBuffer()
        if let last = pending.changes.last {
            queue.tell(entry, on: show, at: last.position, in: &message)
        } else if pending.isOverfull {
            queue.tell(entry, on: show, in: &message)
        } else if pending.lineHasMoved {
            queue.tellMoves(in: &message)
        }
        guard queue.lines.place.epoch == queue.epoch else { return nil }
        if message.readableBytes == 0, pending.needsSign { return .streamComment }
        return message
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ progress: OrderProgress) {
        object { json in
            json.member("orderId", progress.orderID)
            json.member("showId", progress.showID)
            if let hold = progress.holdID { json.member("holdId", hold) }
            json.member("status", progress.status.rawValue)
            guard let failure = progress.failure else { return }
            json.member("failure", failure.name)
            if case .declined(let code) = failure { json.member("declineCode", code) }
        }
    }
}
