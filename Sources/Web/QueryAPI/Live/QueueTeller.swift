import Domain
import EventLog
import Following
import HTTPServer
import NIOCore
import Text
import WaitingLines

/// Tells one person's entries of waiting rooms, each as it is when it is told.
struct QueueTeller: Sendable {
    let user: UserID
    /// The log's epoch when the stream began. In another one nothing is told.
    let epoch: Int64
    let lines: View<WaitingLines>
    let makeToken: AdmissionTokenMaker
    let now: @Sendable () -> Timestamp
    /// Those that wait, as they were last told; without estimates, which are others at every look.
    private var waiting: [EntryID: WaitingLine.Place] = [:]

    init(
        user: UserID, epoch: Int64, lines: View<WaitingLines>, makeToken: @escaping AdmissionTokenMaker,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.user = user
        self.epoch = epoch
        self.lines = lines
        self.makeToken = makeToken
        self.now = now
    }

    /// The rooms whose lines have to move for one of the entries to have another place.
    var shows: Set<ShowID> { Set(waiting.values.map(\.showID)) }

    /// The live entries, and the sequence number that they are of. Nil: the log is in another epoch.
    mutating func live() -> (places: [WaitingLine.Place], position: Int64)? {
        let (user, time) = (user, now())
        let (places, place) = lines.read { ($0.livePlaces(of: user, at: time), $1) }
        guard place.epoch == epoch else { return nil }
        waiting = [:]
        for place in places { remember(place) }
        return (places, place.position)
    }

    func write(_ place: WaitingLine.Place, into json: inout JSONWriter) {
        json.value(place, of: user, at: now(), makeToken: makeToken)
    }

    /// Appends an event with an entry as it is; nothing, if it is not there.
    ///
    /// - Parameter position: what the event's id says; nil: what the entry is of.
    mutating func tell(_ entry: EntryID, on show: ShowID, at position: Int64? = nil, in message: inout ByteBuffer) {
        guard let (place, read) = look(entry, on: show) else { return }
        append(place, at: position ?? read, to: &message)
    }

    /// Appends an event for each waiting entry whose place or room is another than was told.
    mutating func tellMoves(in message: inout ByteBuffer) {
        for (entry, told) in waiting.sorted(by: { $0.key < $1.key }) {
            guard let (place, position) = look(entry, on: told.showID), Self.withoutEstimate(place) != told else {
                continue
            }
            append(place, at: position, to: &message)
        }
    }

    private func look(_ entry: EntryID, on show: ShowID) -> (WaitingLine.Place, position: Int64)? {
        let (user, time) = (user, now())
        let (place, read) = lines.read { ($0.place(of: entry, on: show, of: user, at: time), $1) }
        guard let place, read.epoch == epoch else { return nil }
        return (place, read.position)
    }

    private mutating func append(_ place: WaitingLine.Place, at position: Int64, to message: inout ByteBuffer) {
        remember(place)
        var json = JSONWriter()
        write(place, into: &json)
        message.writeEvent("queue", id: LogPosition(epoch: epoch, position: position), data: json.bytes)
    }

    private mutating func remember(_ place: WaitingLine.Place) {
        let waits = place.status == .waiting && place.phase != .ended
        waiting[place.entryID] = waits ? Self.withoutEstimate(place) : nil
    }

    private static func withoutEstimate(_ place: WaitingLine.Place) -> WaitingLine.Place {
        var place = place
        place.estimate = nil
        return place
    }
}
