/// The right to hold places of a show behind a waiting room, as a verified token of the room says it.
///
/// It belongs to one person and one entry of the room; the show that it is for is the entry's.
public struct Admission: Equatable, Sendable {
    public var entryID: EntryID
    public var userID: UserID
    /// Until when the first hold has to be placed. Nil: the entry was claimed in the room already.
    public var claimUntil: Timestamp?
    /// Until when holds can be placed.
    public var sessionUntil: Timestamp

    public init(entryID: EntryID, userID: UserID, claimUntil: Timestamp? = nil, sessionUntil: Timestamp) {
        self.entryID = entryID
        self.userID = userID
        self.claimUntil = claimUntil
        self.sessionUntil = sessionUntil
    }
}

/// What happened to a show's rule about admissions, or to one of them.
public enum AdmissionEvent: Equatable, Sendable {
    case ruleChanged(AdmissionRuleChanged)
    case ended(AdmissionEnded)
}

/// From here on a hold needs an admission, or none.
public struct AdmissionRuleChanged: Equatable, Sendable {
    public var isRequired: Bool
    public var at: Timestamp

    public init(isRequired: Bool, at: Timestamp) {
        self.isRequired = isRequired
        self.at = at
    }
}

/// An admission is used up: its person said so.
public struct AdmissionEnded: Equatable, Sendable {
    public var entryID: EntryID
    public var at: Timestamp

    public init(entryID: EntryID, at: Timestamp) {
        self.entryID = entryID
        self.at = at
    }
}

extension AdmissionEvent {
    public var at: Timestamp {
        switch self {
        case .ruleChanged(let event): event.at
        case .ended(let event): event.at
        }
    }
}
