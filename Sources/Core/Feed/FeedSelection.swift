public import Domain
public import EventLog

/// Which events a reader of the feed asks for, and which it may see.
public struct FeedSelection: Sendable {
    /// Types as the log names them, such as `SeatsSold`; nil: all.
    public var types: Set<String>?
    /// Nil: all shows, and what is of no show.
    public var show: ShowID?
    /// Whether the reader may see what an organisation has; nil stands for the instance itself.
    public var maySee: @Sendable (OrganisationID?, ShowID?) -> Bool

    public init(
        types: Set<String>? = nil, show: ShowID? = nil, maySee: @escaping @Sendable (OrganisationID?, ShowID?) -> Bool
    ) {
        self.types = types
        self.show = show
        self.maySee = maySee
    }

    /// Every type that there is, sorted.
    public static let allTypes: [String] = FeedCatalogue.messages.keys.sorted()

    /// Whether the event is asked for, as far as its type and its stream tell.
    func asks(for event: RecordedEvent) -> Bool {
        if let types, !types.contains(event.event.type) { return false }
        guard let show else { return true }
        let name = event.stream.rawValue
        return name == show.rawValue || name.hasSuffix(show.rawValue) && FeedSubject(event) == .show(show)
    }
}

extension RecordedEvent {
    /// The attribute `type` of CloudEvents, such as `holdfast.SeatsSold.v1`.
    public var feedType: String { "holdfast.\(event.type).v\(event.schemaVersion)" }
}

/// What an event is about.
enum FeedSubject: Equatable {
    case show(ShowID)
    case organisation(OrganisationID)
    /// A venue, and whose it is; nil: the instance's own.
    case venue(String, of: OrganisationID?)

    /// Nil: this program knows no such stream.
    init?(_ event: RecordedEvent) {
        guard !event.stream.isOfShow else {
            self = .show(ShowID(event.stream.rawValue))
            return
        }
        let id = event.stream.id
        switch event.stream.category {
        case WaitingRoomState.category: self = .show(ShowID(id))
        case OrganisationState.category: self = .organisation(OrganisationID(id))
        case VenueState.category: self = .venue(id, of: Self.owner(ofVenue: event.event.payload))
        default: return nil
        }
    }

    /// A venue's first event is its only one, and says whose it is.
    private static func owner(ofVenue payload: [UInt8]) -> OrganisationID? {
        do {
            guard case .bytes(let range)? = try WireMessage(payload).last(100) else { return nil }
            return OrganisationID(checking: String(decoding: payload[range], as: UTF8.self))
        } catch {
            return nil
        }
    }

    /// The attribute `subject` of CloudEvents: the resource's path below `/api/v1/`.
    var path: String {
        switch self {
        case .show(let id): "shows/\(id)"
        case .organisation(let id): "organisations/\(id)"
        case .venue(let id, _): "venues/\(id)"
        }
    }
}
