/// What happened to a waiting room.
public enum RoomEvent: DomainEvent {
    case joined(EntryJoined)
    case admitted(EntriesAdmitted)
    case claimed(EntryClaimed)
    case ended(EntriesEnded)
    case phaseChanged(RoomPhaseChanged)
    case configured(RoomConfigured)
    case drawSealed(DrawSealed)
    case seedRevealed(SeedRevealed)
    case beaconRecorded(BeaconRecorded)
    case partyForfeited(PartyForfeited)
    case drawHeld(DrawHeld)

    /// When it was decided.
    public var at: Timestamp {
        switch self {
        case .joined(let event): event.at
        case .admitted(let event): event.at
        case .claimed(let event): event.at
        case .ended(let event): event.at
        case .phaseChanged(let event): event.at
        case .configured(let event): event.at
        case .drawSealed(let event): event.at
        case .seedRevealed(let event): event.at
        case .beaconRecorded(let event): event.at
        case .partyForfeited(let event): event.at
        case .drawHeld(let event): event.at
        }
    }
}

/// Where a room stands: `closed → prequeue → drawing → open ⇄ paused → ended`. A room ends from any phase, and opens
/// without a draw where nobody joined before.
public enum RoomPhase: String, CaseIterable, Sendable {
    /// Nobody may join yet.
    case closed
    /// People join, without a place.
    case prequeue
    /// The set of the draw is closed, and its seeds are being revealed. Who joins now comes after it.
    case drawing
    case open
    /// Nobody is admitted. People may join.
    case paused
    case ended
}

/// The room was set up, or changed.
public struct RoomConfigured: Equatable, Sendable {
    public var showID: ShowID
    public var settings: RoomSettings
    /// SHA-256 of the instance's seed, 32 bytes.
    public var instanceCommitment: [UInt8]
    /// The phase that the room is in. A change of phase that the settings bring about is an event by itself.
    public var phase: RoomPhase
    public var at: Timestamp

    public init(
        showID: ShowID, settings: RoomSettings, instanceCommitment: [UInt8], phase: RoomPhase, at: Timestamp
    ) {
        self.showID = showID
        self.settings = settings
        self.instanceCommitment = instanceCommitment
        self.phase = phase
        self.at = at
    }

    /// What was committed, in the order in which the draw takes the seeds: the instance, then the others as they are named.
    public var commitments: [DrawCommitment] {
        [DrawCommitment(party: DrawCommitment.instance, commitment: instanceCommitment)]
            + (settings.draw?.parties ?? [])
    }
}

/// Somebody queued up.
public struct EntryJoined: Equatable, Sendable {
    public var entryID: EntryID
    public var userID: UserID
    /// The number in the line, from 1; nil before the draw.
    public var number: Int?
    public var at: Timestamp

    public init(entryID: EntryID, userID: UserID, number: Int? = nil, at: Timestamp) {
        self.entryID = entryID
        self.userID = userID
        self.number = number
        self.at = at
    }
}

/// These were admitted, in the order of their numbers: nobody with a smaller one was waiting.
public struct EntriesAdmitted: Equatable, Sendable {
    public struct Entry: Equatable, Sendable {
        public var entryID: EntryID
        public var userID: UserID
        public var number: Int

        public init(entryID: EntryID, userID: UserID, number: Int) {
            self.entryID = entryID
            self.userID = userID
            self.number = number
        }
    }

    public var entries: [Entry]
    public var at: Timestamp
    /// Until when the admission has to be used.
    public var claimUntil: Timestamp
    /// Until when it lasts, whether or not it was claimed.
    public var sessionUntil: Timestamp

    public init(entries: [Entry], at: Timestamp, claimUntil: Timestamp, sessionUntil: Timestamp) {
        self.entries = entries
        self.at = at
        self.claimUntil = claimUntil
        self.sessionUntil = sessionUntil
    }
}

/// An admission was used for the first time.
public struct EntryClaimed: Equatable, Sendable {
    public var entryID: EntryID
    public var userID: UserID
    /// As the admission said.
    public var sessionUntil: Timestamp
    public var at: Timestamp

    public init(entryID: EntryID, userID: UserID, sessionUntil: Timestamp, at: Timestamp) {
        self.entryID = entryID
        self.userID = userID
        self.sessionUntil = sessionUntil
        self.at = at
    }
}

/// These wait no more, and are not admitted any more.
public struct EntriesEnded: Equatable, Sendable {
    public enum How: String, CaseIterable, Sendable {
        /// A waiting entry was given up.
        case left
        /// The admission was used: an order is completed, or its owner said so.
        case done
        /// The admission was not claimed in time.
        case missed
        /// The session is over.
        case expired
    }

    public struct Entry: Equatable, Sendable {
        public var entryID: EntryID
        public var userID: UserID

        public init(entryID: EntryID, userID: UserID) {
            self.entryID = entryID
            self.userID = userID
        }
    }

    public var how: How
    public var entries: [Entry]
    public var at: Timestamp

    public init(how: How, entries: [Entry], at: Timestamp) {
        self.how = how
        self.entries = entries
        self.at = at
    }
}

public struct RoomPhaseChanged: Equatable, Sendable {
    public var phase: RoomPhase
    /// Why, in the operator's words; nil where none were given.
    public var reason: String?
    public var at: Timestamp

    public init(phase: RoomPhase, reason: String? = nil, at: Timestamp) {
        self.phase = phase
        self.reason = reason
        self.at = at
    }
}
