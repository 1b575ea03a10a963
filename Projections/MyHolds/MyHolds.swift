public import Domain
public import Projection

/// Every live hold, by its id and by its owner.
public struct MyHolds: AggregateProjection {
    public static let name = "my-holds"
    public static let formatVersion = 2

    public struct Hold: Equatable, Sendable {
        public var placed: HoldPlaced
        public var show: ShowID
        /// The sequence number of the event that granted it or last extended it.
        public var fencingToken: Int64
        /// The order that is paying for it.
        public var orderID: OrderID?
    }

    public private(set) var holds: [HoldID: Hold] = [:]
    private var holdsByUser: [UserID: Set<HoldID>] = [:]

    public init() {}

    public mutating func apply(_ event: ShowEvent, in context: EventContext) throws(ProjectionFault) {
        switch event {
        case .hold(.placed(let placed)):
            guard holds[placed.holdID] == nil else { throw ProjectionFault("hold \(placed.holdID) is placed twice") }
            insert(Hold(placed: placed, show: context.show, fencingToken: context.position))
        case .hold(.released(let ended)), .hold(.expired(let ended)): try remove(ended.holdID)
        case .order(.started(let started)):
            guard var hold = holds[started.holdID] else {
                throw ProjectionFault("hold \(started.holdID) is paid for and is not there")
            }
            hold.orderID = started.orderID
            hold.placed.expiresAt = started.expiresAt
            if started.extendsHold { hold.fencingToken = context.position }
            insert(hold)
        case .order(.failed(let failed)): holds[failed.holdID]?.orderID = nil
        case .order(.sold(let sold)): if sold.wasHeld { try remove(sold.holdID) }
        case .created, .order, .ticket, .cancelled:
            break
        }
    }

    private mutating func remove(_ id: HoldID) throws(ProjectionFault) {
        guard let hold = holds.removeValue(forKey: id) else {
            throw ProjectionFault("hold \(id) ends and is not there")
        }
        let user = hold.placed.userID
        holdsByUser[user]?.remove(id)
        if holdsByUser[user]?.isEmpty == true { holdsByUser[user] = nil }
    }

    /// The user's live holds, in the order they were granted or last extended.
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
