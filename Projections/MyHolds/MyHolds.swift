public import Domain
public import Projecting

/// Every live hold, by its id and by its owner.
public struct MyHolds: Projection {
    public static let name = "my-holds"
    public static let formatVersion = 1

    public struct Hold: Equatable, Sendable {
        public var placed: HoldPlaced
        public var show: ShowID
        /// The sequence number of the event that granted it.
        public var fencingToken: Int64
    }

    public private(set) var holds: [HoldID: Hold] = [:]
    private var holdsByUser: [UserID: Set<HoldID>] = [:]

    public init() {}

    public mutating func apply(_ event: ShowEvent, in context: EventContext) throws(ProjectionFault) {
        switch event {
        case .created: break
        case .holdPlaced(let placed):
            guard holds[placed.holdID] == nil else { throw ProjectionFault("hold \(placed.holdID) is placed twice") }
            insert(Hold(placed: placed, show: context.show, fencingToken: context.position))
        case .holdReleased(let ended), .holdExpired(let ended):
            guard let hold = holds.removeValue(forKey: ended.holdID) else {
                throw ProjectionFault("hold \(ended.holdID) ends and is not there")
            }
            let user = hold.placed.userID
            holdsByUser[user]?.remove(ended.holdID)
            if holdsByUser[user]?.isEmpty == true { holdsByUser[user] = nil }
        }
    }

    /// The user's live holds, in the order they were placed.
    public func holds(of user: UserID) -> [Hold] {
        holdsByUser[user, default: []].compactMap { holds[$0] }.sorted { $0.fencingToken < $1.fencingToken }
    }

    /// The hold, if it is live and the user's.
    public func hold(_ id: HoldID, of user: UserID) -> Hold? {
        guard let hold = holds[id], hold.placed.userID == user else { return nil }
        return hold
    }

    mutating func insert(_ hold: Hold) {
        holds[hold.placed.holdID] = hold
        holdsByUser[hold.placed.userID, default: []].insert(hold.placed.holdID)
    }
}
