public import Domain
import Projection

/// One show's waiting room as people see it: who waits where, who is admitted, and how fast it goes.
///
/// Entries are kept by the order in which they came, in compact arrays: a million of them is an ordinary on-sale.
public struct WaitingLine: Sendable {
    /// Names an entry among those of all rooms.
    struct Link: Equatable, Sendable {
        var room: Int32
        var entry: Int32
        static let none = Link(room: -1, entry: -1)
    }

    struct Entry: Equatable, Sendable {
        /// The number in the line, from 1; 0: it has none.
        var number: Int32
        var status = EntryStatus.waiting
        /// The place of its owner among the users of all rooms.
        var user: Int32
        var joinedAt: Timestamp
        /// Of the last admission; `distantPast`: there was none.
        var claimUntil = Timestamp.distantPast
        var sessionUntil = Timestamp.distantPast
        /// An older entry of the same owner.
        var older: Link

        var wasAdmitted: Bool { sessionUntil != .distantPast }
    }

    public let showID: ShowID
    /// The room as it was last set up.
    public internal(set) var configured: RoomConfigured
    public internal(set) var phase: RoomPhase
    /// Why the room is in its phase, in the operator's words.
    public internal(set) var reason: String?
    public internal(set) var draw = DrawRecord()
    /// The sequence number of its last event.
    public internal(set) var version: Int64
    public internal(set) var pace = AdmissionPace()
    /// The largest number that was admitted; 0: none.
    public internal(set) var servedThrough = 0
    public internal(set) var waiting = 0
    /// Admitted, and not active yet.
    public internal(set) var admitted = 0
    public internal(set) var active = 0

    var ids = PackedIDs<EntryKind>()
    var entries: [Entry] = []
    /// Who takes part in the draw, by their places in ``entries``; empty until the set is closed.
    var entrants: [Int32] = []
    /// The places in ``entries`` by number, from 1; -1 before the draw.
    var places: [Int32] = []
    /// Who waits, by number.
    var tree = PlaceTree()
    /// Entrants that wait for the draw.
    var undrawn = 0

    init(_ configured: RoomConfigured, at position: Int64) {
        showID = configured.showID
        self.configured = configured
        phase = configured.phase
        version = position
    }

    public var settings: RoomSettings { configured.settings }

    // MARK: Entries

    /// An entry as its owner sees it.
    public struct Place: Equatable, Sendable {
        public var entryID: EntryID
        public var showID: ShowID
        public var phase: RoomPhase
        public var status: EntryStatus
        /// Nil: it has none, before the draw or since it left before the draw.
        public var number: Int?
        /// How many wait with smaller numbers. Nil: the entry does not wait, or has no number yet.
        public var ahead: Int?
        /// When it will be admitted if the line goes on as it does. Nil: nobody can say.
        public var estimate: ClosedRange<Timestamp>?
        public var joinedAt: Timestamp
        /// Nil: it was never admitted.
        public var claimUntil: Timestamp?
        public var sessionUntil: Timestamp?

        /// From 1.
        public var place: Int? { ahead.map { $0 + 1 } }
    }

    func place(_ index: Int, at now: Timestamp) -> Place {
        let entry = entries[index]
        let ahead = ahead(of: entry)
        return Place(
            entryID: ids[index], showID: showID, phase: phase, status: entry.status,
            number: entry.number > 0 ? Int(entry.number) : nil, ahead: ahead,
            estimate: ahead.flatMap { estimate(ahead: $0, at: now) }, joinedAt: entry.joinedAt,
            claimUntil: entry.wasAdmitted ? entry.claimUntil : nil,
            sessionUntil: entry.wasAdmitted ? entry.sessionUntil : nil)
    }

    func ahead(of entry: Entry) -> Int? {
        guard entry.status == .waiting, entry.number > 0 else { return nil }
        return undrawn + tree.waiting(before: Int(entry.number))
    }

    /// When an entry with so many ahead of it is admitted, at four fifths to five fourths of the time that the measured pace
    /// makes of it, or the pace that is set where nobody was admitted in the last minute.
    private func estimate(ahead: Int, at now: Timestamp) -> ClosedRange<Timestamp>? {
        let start: Timestamp
        switch phase {
        case .closed, .prequeue, .drawing: start = max(now, settings.opensAt)
        case .open: start = now
        case .paused, .ended: return nil
        }
        let measured = pace.perMinute(at: now)
        let perMinute = measured > 0 ? measured : settings.admitPerMinute
        let seconds = Int64(ahead) * 60 / Int64(perMinute)
        return start.adding(seconds: seconds * 4 / 5)...start.adding(seconds: seconds * 5 / 4 + 1)
    }

    /// Those who take part in the draw, in the order of the log, from `start` on, which counts from 0: at most `limit`. Empty
    /// until the set is closed.
    public func entrants(from start: Int, limit: Int) -> [EntryID] {
        entrants.dropFirst(start).prefix(limit).map { ids[Int($0)] }
    }

    /// The same by their numbers; empty before the draw is held.
    public func drawn(from start: Int, limit: Int) -> [EntryID] {
        guard draw.isHeld else { return [] }
        return places.prefix(entrants.count).dropFirst(start).prefix(limit).map { ids[Int($0)] }
    }
}

// MARK: - The fold

extension WaitingLine {
    mutating func apply(_ event: RoomEvent, at position: Int64) throws(ProjectionFault) {
        switch event {
        case .configured(let event):
            configured = event
            phase = event.phase
        case .phaseChanged(let event): change(event)
        case .admitted(let event): try admit(event)
        case .claimed(let event): try claim(event)
        case .ended(let event): try end(event)
        case .drawHeld: try hold()
        case .joined, .drawSealed, .seedRevealed, .beaconRecorded, .partyForfeited: break
        }
        draw.apply(event, waiting: waiting)
        version = position
    }

    mutating func join(
        _ event: EntryJoined, user: Int32, older: Link, at position: Int64
    ) throws(ProjectionFault) {
        guard ids.place(of: event.entryID) == nil else { throw ProjectionFault("\(event.entryID) joins twice") }
        guard entries.count < Int(Int32.max) else { throw ProjectionFault("the room of \(showID) is full") }
        if let number = event.number {
            guard number == tree.count + 1, setIsClosed else {
                throw ProjectionFault("\(event.entryID) gets number \(number) after \(tree.count)")
            }
            tree.append(isWaiting: true)
            places.append(Int32(entries.count))
        } else if setIsClosed {
            throw ProjectionFault("\(event.entryID) gets no number")
        }
        ids.append(event.entryID)
        entries.append(Entry(number: Int32(event.number ?? 0), user: user, joinedAt: event.at, older: older))
        waiting += 1
        version = position
    }

    /// Who comes now gets a number at once.
    private var setIsClosed: Bool { phase != .closed && phase != .prequeue }

    private mutating func change(_ event: RoomPhaseChanged) {
        if event.phase == .drawing, !setIsClosed {
            entrants = entries.indices.filter { entries[$0].status == .waiting }.map(Int32.init)
            undrawn = entrants.count
            places = Array(repeating: -1, count: entrants.count)
            tree = PlaceTree(count: entrants.count) { _ in false }
        }
        phase = event.phase
        reason = event.reason
    }

    private mutating func hold() throws(ProjectionFault) {
        guard let seal = draw.seal, !entrants.isEmpty, places.first == -1 else {
            throw ProjectionFault("a draw of \(showID) is held that is not due")
        }
        let order = Draw.order(of: entrants, key: draw.key, hash: seal.hash) { [ids] entrant, use in
            ids.withID(Int(entrant), use)
        }
        for (index, place) in order.enumerated() {
            entries[Int(place)].number = Int32(index + 1)
            places[index] = place
        }
        undrawn = 0
        tree = PlaceTree(count: places.count) { [entries, places] number in
            entries[Int(places[number - 1])].status == .waiting
        }
    }

    private mutating func admit(_ event: EntriesAdmitted) throws(ProjectionFault) {
        var last = servedThrough
        var indexes: [Int] = []
        indexes.reserveCapacity(event.entries.count)
        for entry in event.entries {
            let index = try index(of: entry.entryID)
            guard entries[index].status == .waiting, Int(entries[index].number) == entry.number else {
                throw ProjectionFault("\(entry.entryID) is admitted and does not wait with number \(entry.number)")
            }
            guard entry.number > last else { throw ProjectionFault("number \(entry.number) is admitted after \(last)") }
            last = entry.number
            indexes.append(index)
        }
        for index in indexes {
            tree.remove(Int(entries[index].number))
            entries[index].status = .admitted
            entries[index].claimUntil = event.claimUntil
            entries[index].sessionUntil = event.sessionUntil
        }
        servedThrough = last
        waiting -= indexes.count
        admitted += indexes.count
        pace.add(indexes.count, at: event.at)
    }

    private mutating func claim(_ event: EntryClaimed) throws(ProjectionFault) {
        let index = try index(of: event.entryID)
        switch entries[index].status {
        case .admitted: admitted -= 1
        // It was told late that the claim had been in time.
        case .missed: break
        case .waiting, .active, .left, .done, .expired:
            throw ProjectionFault("\(event.entryID) claims and is not admitted")
        }
        active += 1
        entries[index].status = .active
        entries[index].sessionUntil = event.sessionUntil
    }

    private mutating func end(_ event: EntriesEnded) throws(ProjectionFault) {
        var indexes: Set<Int> = []
        for entry in event.entries {
            let index = try index(of: entry.entryID)
            let status = entries[index].status
            guard indexes.insert(index).inserted, Self.canEnd(status, event.how) else {
                throw ProjectionFault("\(entry.entryID) is \(status) and ends as \(event.how.rawValue)")
            }
        }
        for index in indexes {
            switch entries[index].status {
            case .waiting:
                waiting -= 1
                let number = Int(entries[index].number)
                if number > 0 { tree.remove(number) } else if undrawn > 0 { undrawn -= 1 }
            case .admitted: admitted -= 1
            case .active: active -= 1
            case .left, .done, .missed, .expired: break
            }
            entries[index].status = EntryStatus(event.how)
        }
    }

    private static func canEnd(_ status: EntryStatus, _ how: EntriesEnded.How) -> Bool {
        switch (status, how) {
        case (.waiting, .left), (.admitted, .missed), (.admitted, .done), (.admitted, .expired), (.active, .done),
            (.active, .expired):
            true
        case (.waiting, _), (.admitted, .left), (.active, .left), (.active, .missed), (.left, _), (.done, _),
            (.missed, _), (.expired, _):
            false
        }
    }

    private func index(of entry: EntryID) throws(ProjectionFault) -> Int {
        guard let index = ids.place(of: entry) else { throw ProjectionFault("\(entry) is not there") }
        return index
    }
}
