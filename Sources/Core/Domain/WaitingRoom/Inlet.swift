/// How many people a waiting room may admit now, and when it next has something to do: a pure machine that folds the room's
/// events and keeps no entries but those that are admitted or active.
///
/// The decider asks it, so two workers together admit no more than one. A worker asks its own, a fold of the log, what there
/// is to propose.
///
/// The pace is a token bucket: it fills with ``RoomSettings/admitPerMinute``, and holds one second's worth, at least one
/// admission. A slot is taken from the admission until the entry is ended, in whatever way.
public struct Inlet: Sendable {
    /// Seconds after the end of the time to claim until a missed claim is recorded: a hold that was placed in time may be
    /// known to the room a little later.
    public static let claimGraceSeconds: Int64 = 5
    /// What one admission takes of the bucket: the bucket fills by ``RoomSettings/admitPerMinute`` each microsecond.
    static let unit: Int64 = 60_000_000

    /// An admission that is not ended.
    public struct Admission: Equatable, Sendable {
        public var claimUntil: Timestamp
        public var sessionUntil: Timestamp
        public var isClaimed: Bool

        public init(claimUntil: Timestamp, sessionUntil: Timestamp, isClaimed: Bool = false) {
            self.claimUntil = claimUntil
            self.sessionUntil = sessionUntil
            self.isClaimed = isClaimed
        }

        /// When a claim that is still missing counts as missed; no later than the session ends.
        public var missedAt: Timestamp { min(claimUntil.adding(seconds: Inlet.claimGraceSeconds), sessionUntil) }

        /// The admission is over, whether or not that was recorded.
        func isOver(at now: Timestamp) -> Bool { isClaimed ? now >= sessionUntil : now >= missedAt }
    }

    /// All but the admissions: what is small enough to be copied.
    public struct Core: Equatable, Sendable {
        /// Nil until the room was set up.
        public var configured: RoomConfigured?
        public var phase = RoomPhase.closed
        /// Why the room is in its phase, in the operator's words.
        public var reason: String?
        public var draw = DrawRecord()
        /// Entries that wait.
        public var waiting = 0
        /// Admissions that are claimed.
        public var active = 0
        /// The bucket's content at ``creditAt``, in 60,000,000ths of an admission.
        public var credit: Int64 = 0
        public var creditAt = Timestamp.distantPast
        /// The time of the last event.
        public var lastAt = Timestamp.distantPast

        public init() {}
    }

    public internal(set) var core = Core()
    /// The admissions that are not ended.
    public internal(set) var admissions: [EntryID: Admission] = [:]
    var claims = DueLine()
    var sessions = DueLine()

    public init() {}

    /// The inlet that a snapshot describes.
    public init(core: Core, admissions: [EntryID: Admission]) {
        self.core = core
        self.admissions = admissions
        let (claims, sessions) = (
            admissions.filter { !$0.value.isClaimed }.map { DueLine.Item(at: $0.value.missedAt, entry: $0.key) },
            admissions.map { DueLine.Item(at: $0.value.sessionUntil, entry: $0.key) }
        )
        for item in claims.sorted() { self.claims.insert(item) }
        for item in sessions.sorted() { self.sessions.insert(item) }
    }

    public var settings: RoomSettings? { core.configured?.settings }
    public var phase: RoomPhase { core.phase }
    public var draw: DrawRecord { core.draw }
    /// Entries that wait.
    public var waiting: Int { core.waiting }
    /// Entries that are admitted and not active yet.
    public var admitted: Int { admissions.count - core.active }
    /// Entries that claimed their admission.
    public var active: Int { core.active }
    /// The log's hash at the close of the draw's set is on record.
    public var isSealed: Bool { core.draw.seal != nil }
    /// The instance's own seed is on record.
    public var instanceIsRevealed: Bool {
        core.draw.parties.contains { $0.name == DrawCommitment.instance && $0.seed != nil }
    }

    /// The entry is admitted or active, as far as is recorded.
    public func isLive(_ entry: EntryID) -> Bool { admissions[entry] != nil }
}

/// The same room, whatever their lines still have of what is over.
extension Inlet: Equatable {
    public static func == (a: Self, b: Self) -> Bool { a.core == b.core && a.admissions == b.admissions }
}
