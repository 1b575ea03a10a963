/// The show has other places than before: seats were added, moved, renumbered or taken out, or areas were. Seats are the
/// same whose `seat_guid` is the same; whatever lived on them still does.
public struct PlacesChanged: Equatable, Sendable {
    /// Nil: the show has areas only.
    public var plan: KeptPlan?
    public var areas: [Area]
    /// For each seat of the plan in its order, the index that the seat had until now; -1: it is new.
    public var previousIndexes: [Int]
    public var changedAt: Timestamp

    public init(plan: KeptPlan?, areas: [Area], previousIndexes: [Int], changedAt: Timestamp) {
        self.plan = plan
        self.areas = areas
        self.previousIndexes = previousIndexes
        self.changedAt = changedAt
    }
}

/// A seating plan that may be sold by: everything about it that its own data can tell is right.
public struct ValidPlan: Equatable, Sendable {
    public let plan: KeptPlan

    /// - Throws: ``InvalidShow`` with the rules that are broken.
    public init(_ plan: SeatingPlan) throws(InvalidShow) {
        try plan.validate()
        self.plan = .unpacked(plan)
    }
}

/// How a show is to change: what it says about itself, its places, or both, all in one.
public struct ShowChange: Equatable, Sendable {
    public var edits: [ShowEdit]
    /// The currencies in which a price among the edits can't be charged.
    public var unchargeable: Set<String>
    /// Nil: the plan stays.
    public var plan: ValidPlan?
    /// Nil: the areas stay.
    public var areas: [Area]?

    public init(
        _ edits: [ShowEdit] = [], unchargeable: Set<String> = [], plan: ValidPlan? = nil, areas: [Area]? = nil
    ) {
        self.edits = edits
        self.unchargeable = unchargeable
        self.plan = plan
        self.areas = areas
    }
}
