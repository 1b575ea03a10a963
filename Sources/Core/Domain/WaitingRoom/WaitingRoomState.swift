/// What the decider knows of one waiting room: the fold of its stream.
///
/// *Numbers.* The entrants of the prequeue have 1…m, in the order of the draw; who comes later has m + 1, m + 2 … in the order
/// of the log. Whoever waits is admitted in the order of the numbers, so everybody up to ``servedThrough`` was admitted or
/// is gone, and nobody's place ever goes back.
///
/// *Entries* are kept by the order in which they came, in compact arrays: a million of them is an ordinary on-sale.
public struct WaitingRoomState: Aggregate {
    public static let category = StreamCategory("room")

    /// One entry; 20 bytes.
    struct Entry: Equatable, Sendable {
        /// It left before the draw, and has no number.
        static let withdrawn: Int32 = -1

        /// The number in the line, from 1; 0 before the draw.
        var number: Int32 = 0
        var status = EntryStatus.waiting
        /// The place of its owner in ``WaitingRoomState/users``.
        var user: Int32
        /// The owner's next older live entry; -1: none.
        var olderOfUser: Int32
        /// The place of its admission's times in ``WaitingRoomState/rounds``; -1: it was never admitted.
        var round: Int32 = -1
    }

    /// What all who are admitted together have in common.
    struct Round: Equatable, Sendable {
        var at: Timestamp
        var claimUntil: Timestamp
        var sessionUntil: Timestamp
    }

    /// The pace, the admissions and the draw.
    public internal(set) var inlet = Inlet()
    /// The largest number that was admitted; 0: none.
    public internal(set) var servedThrough = 0

    var ids = PackedIDs<EntryKind>()
    /// By the order in which they came, as in ``ids``.
    var entries: [Entry] = []
    var users = PackedIDs<UserKind>()
    /// The newest live entry of each user, by its place in ``entries``; -1: none.
    var newestOfUser: [Int32] = []
    var rounds: [Round] = []
    /// Entries that came before the set of the draw was closed.
    var prequeueCount = 0
    /// Numbers that the draw gives.
    var drawnCount = 0
    /// The drawn entries by their numbers, from 1.
    var order: [Int32] = []
    /// The sequence number of the event that closed the set of the draw; nil until the log has it.
    var closedAt: Int64?

    public init() {}

    /// The worker proposes what is due, as its own fold of the room says.
    public var nextDeadline: Timestamp? { nil }

    public static func onDeadline(limit: Int) -> RoomCommand { .advance(limit: limit) }

    public mutating func didRecord(_ event: RoomEvent, at position: Int64) {
        if case .phaseChanged(let changed) = event, changed.phase == .drawing { closedAt = position }
    }
}

/// What became of an entry.
public enum EntryStatus: UInt8, CaseIterable, Sendable {
    case waiting
    /// It may claim its admission.
    case admitted
    /// It claimed its admission.
    case active
    /// It was given up while it waited.
    case left
    /// Its admission was used, or given back.
    case done
    /// It did not claim its admission in time.
    case missed
    /// Its session is over.
    case expired

    /// It waits, or is admitted.
    public var isLive: Bool { self == .waiting || self == .admitted || self == .active }

    public init(_ how: EntriesEnded.How) {
        switch how {
        case .left: self = .left
        case .done: self = .done
        case .missed: self = .missed
        case .expired: self = .expired
        }
    }
}

extension Identifier<ShowKind> {
    /// The stream of the show's waiting room.
    public var roomStream: StreamID { StreamID(WaitingRoomState.category, rawValue) }
}
