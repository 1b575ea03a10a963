public import Domain
public import Projection

/// Every waiting room as far as admission goes, and what is still to be recorded about it: what the admission process works
/// by.
///
/// It keeps who is admitted, and not who waits: that is the room's own to know. Of a room that has ended it keeps only that.
public struct Inlets: Projection {
    public static let name = "inlets"
    public static let formatVersion = 1

    /// One show's waiting room.
    public struct Room: Equatable, Sendable {
        /// A hold that was placed with an admission.
        public struct Use: Equatable, Sendable {
            public var userID: UserID
            public var at: Timestamp
        }

        public internal(set) var inlet = Inlet()
        /// The sequence number of the last event that changed what is here.
        public internal(set) var position: Int64 = 0
        /// The sequence number of the event that closed the set of the draw; nil until then.
        public internal(set) var closedAt: Int64?
        /// The first holds that were placed with admissions which the room does not know as claimed.
        public internal(set) var unclaimed: [EntryID: Use] = [:]
        /// Admissions whose order is completed, which the room does not know as done.
        public internal(set) var completed: Set<EntryID> = []
        /// Admissions that were given back, which the show does not know as ended.
        public internal(set) var returned: Set<EntryID> = []

        public var hasEnded: Bool { inlet.phase == .ended }
    }

    /// By the show.
    public private(set) var rooms: [ShowID: Room] = [:]
    /// The shows whose holds need an admission.
    public private(set) var requiring: Set<ShowID> = []
    /// The shows that were cancelled: a room for one of them has nobody to admit.
    public private(set) var cancelled: Set<ShowID> = []

    public init() {}

    public mutating func fold(_ event: any DomainEvent, in context: EventContext) throws(ProjectionFault) {
        if let event = event as? ShowEvent {
            fold(event, of: context.show, at: context.position)
        } else if let event = event as? RoomEvent {
            rooms[ShowID(context.stream.id), default: Room()].apply(event, at: context.position)
        }
    }

    /// Most events are of holds that were placed without an admission, and change nothing.
    private mutating func fold(_ event: ShowEvent, of show: ShowID, at position: Int64) {
        switch event {
        case .hold(.placed(let hold)): use(hold, of: show, since: hold.placedAt, at: position)
        case .hold(.changed(let changed)): use(changed.hold, of: show, since: changed.changedAt, at: position)
        case .order(.sold(let sold)):
            guard let entry = sold.admission else { return }
            rooms[show]?.complete(entry, at: position)
        case .admission(.ruleChanged(let rule)):
            if rule.isRequired { requiring.insert(show) } else { requiring.remove(show) }
            rooms[show]?.position = position
        case .admission(.ended(let ended)): rooms[show]?.end(ended.entryID, at: position)
        case .cancelled: cancelled.insert(show)
        case .created, .changed, .places, .allocations, .hold, .order, .ticket, .waitlist: break
        }
    }

    private mutating func use(_ hold: HoldPlaced, of show: ShowID, since time: Timestamp, at position: Int64) {
        guard let entry = hold.admission else { return }
        rooms[show]?.use(entry, by: hold.userID, since: time, at: position)
    }

    // MARK: From a snapshot

    /// False: the room is there already.
    mutating func restore(_ room: Room, of show: ShowID) -> Bool { rooms.updateValue(room, forKey: show) == nil }

    mutating func restore(requiring: Set<ShowID>, cancelled: Set<ShowID>) {
        self.requiring = requiring
        self.cancelled = cancelled
    }
}

extension Inlets.Room {
    mutating func apply(_ event: RoomEvent, at position: Int64) {
        inlet.apply(event)
        self.position = position
        switch event {
        case .claimed(let claimed): unclaimed[claimed.entryID] = nil
        case .ended(let ended):
            for entry in ended.entries {
                unclaimed[entry.entryID] = nil
                let isCompleted = completed.remove(entry.entryID) != nil
                // The show ends the admission of a completed order by itself.
                if ended.how == .done, !isCompleted, !hasEnded { returned.insert(entry.entryID) }
            }
        case .phaseChanged(let changed):
            if changed.phase == .drawing { closedAt = position }
            guard changed.phase == .ended else { break }
            self = Self(inlet: Inlet(core: inlet.core, admissions: [:]), position: position)
        case .configured, .joined, .admitted, .drawSealed, .seedRevealed, .beaconRecorded, .partyForfeited, .drawHeld:
            break
        }
    }

    mutating func use(_ entry: EntryID, by user: UserID, since time: Timestamp, at position: Int64) {
        guard let admission = inlet.admissions[entry], !admission.isClaimed, unclaimed[entry] == nil else { return }
        unclaimed[entry] = Use(userID: user, at: time)
        self.position = position
    }

    mutating func complete(_ entry: EntryID, at position: Int64) {
        returned.remove(entry)
        if inlet.isLive(entry) { completed.insert(entry) }
        self.position = position
    }

    mutating func end(_ entry: EntryID, at position: Int64) {
        returned.remove(entry)
        self.position = position
    }
}
