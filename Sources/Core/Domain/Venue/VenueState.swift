/// What the decider knows of one venue: the fold of its stream.
public struct VenueState: Aggregate {
    public static let category = StreamCategory("venue")

    /// Nil until the venue was created.
    public private(set) var venue: VenueCreated?

    public init() {}

    public func decide(_ command: VenueCommand, now: Timestamp) throws(Rejection) -> [VenueEvent] {
        switch command {
        case .create(let valid):
            guard venue == nil else { throw Rejection(.venueExists) }
            var created = valid.venue
            created.createdAt = now
            return [.created(created)]
        case .none: return []
        }
    }

    @discardableResult
    public mutating func evolve(_ event: VenueEvent) -> VenueCreated? {
        defer { if case .created(let created) = event { venue = created } }
        return venue
    }

    public mutating func revert(_ before: VenueCreated?) { venue = before }

    /// Nothing here has a sequence number for a name.
    public mutating func didRecord(_ event: VenueEvent, at position: Int64) {}

    public var nextDeadline: Timestamp? { nil }

    public static func onDeadline(limit: Int) -> VenueCommand { .none }
}

/// A request to change a venue, already authenticated, parsed and bounded.
public enum VenueCommand: DomainCommand, Equatable {
    /// The decider sets `createdAt`.
    case create(ValidVenue)
    /// Changes nothing: a venue has no deadlines.
    case none
}

/// What happened to a venue.
public indirect enum VenueEvent: DomainEvent {
    case created(VenueCreated)
}

public enum VenueKind {}
public typealias VenueID = Identifier<VenueKind>

extension Identifier<VenueKind> {
    /// The id of the venue that `command` creates: a retried command creates the same venue.
    public init(createdBy command: CommandID) { self.init(ShowID(createdBy: command).rawValue) }

    /// The venue's stream.
    public var stream: StreamID { StreamID(VenueState.category, rawValue) }
}

extension Rejection.Code {
    /// The id that a new venue would get is taken.
    public static let venueExists = Self("venue-exists")
}
