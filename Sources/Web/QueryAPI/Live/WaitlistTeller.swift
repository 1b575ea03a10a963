import Domain
import EventLog
import Following
import HTTPServer
import NIOCore
import Text
import Waitlists

/// Tells one person's entries on waiting lists, each as it is when it is told.
struct WaitlistTeller: Sendable {
    private let user: UserID
    /// The log's epoch when the stream began. In another one nothing is told.
    private let epoch: Int64
    let view: View<Waitlists>
    /// Those that wait, as they were last told.
    private var waiting: [WaitlistEntryID: OwnEntry] = [:]

    init(user: UserID, epoch: Int64, view: View<Waitlists>) {
        self.user = user
        self.epoch = epoch
        self.view = view
    }

    /// The shows whose lists have to move for one of the entries to have another place.
    var shows: Set<ShowID> { Set(waiting.values.map(\.show)) }

    /// The entries that wait or have an offer, and the sequence number that they are of. Nil: the log is in another epoch.
    mutating func live() -> (entries: [OwnEntry], position: Int64)? {
        let user = user
        let (entries, place) = view.read { view, place in
            (view.entries(of: user).filter { $0.entry.endedAt == nil }.map { OwnEntry($0, in: view) }, place)
        }
        guard place.epoch == epoch else { return nil }
        waiting = [:]
        for entry in entries { remember(entry) }
        return (entries, place.position)
    }

    /// Appends an event with an entry as it is; nothing, if it is not there.
    ///
    /// - Parameter position: what the event's id says.
    mutating func tell(_ id: WaitlistEntryID, at position: Int64, in message: inout ByteBuffer) {
        guard let (entry, _) = look(id) else { return }
        append(entry, at: position, to: &message)
    }

    /// Appends an event for each entry that waited and is otherwise than was told.
    mutating func tellMoves(in message: inout ByteBuffer) {
        for (id, told) in waiting.sorted(by: { $0.key < $1.key }) {
            guard let (entry, position) = look(id), entry != told else { continue }
            append(entry, at: position, to: &message)
        }
    }

    private func look(_ id: WaitlistEntryID) -> (OwnEntry, position: Int64)? {
        let user = user
        let (entry, place) = view.read { view, place in
            (view.entry(id, of: user).map { OwnEntry($0, in: view) }, place)
        }
        guard let entry, place.epoch == epoch else { return nil }
        return (entry, place.position)
    }

    private mutating func append(_ entry: OwnEntry, at position: Int64, to message: inout ByteBuffer) {
        remember(entry)
        var json = JSONWriter()
        json.value(entry)
        message.writeEvent("waitlist", id: LogPosition(epoch: epoch, position: position), data: json.bytes)
    }

    private mutating func remember(_ entry: OwnEntry) {
        waiting[entry.entry.joined.entryID] = entry.place == nil ? nil : entry
    }
}
