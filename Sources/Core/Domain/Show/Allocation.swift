/// Places that are not for everybody: nobody can buy them, or only those who come through a channel.
public struct Allocation: Equatable, Sendable {
    /// Unique in its show.
    public var name: String
    /// Who may buy the places: holders of a token for this channel; nil: nobody.
    public var channel: String?
    /// For people: why the places are kept; may be empty.
    public var label: String
    /// By index, ascending. Those that the channel holds or has bought are among them.
    public var seats: [Int]
    /// How many units of areas it has, those included that the channel holds or has bought.
    public var areas: [AreaQuantity]
    /// When what is left becomes everybody's; nil: when somebody says so.
    public var releasesAt: Timestamp?

    public init(
        name: String, channel: String?, label: String, seats: [Int], areas: [AreaQuantity], releasesAt: Timestamp?
    ) {
        self.name = name
        self.channel = channel
        self.label = label
        self.seats = seats
        self.areas = areas
        self.releasesAt = releasesAt
    }
}

/// Other places than before are kept for channels, or from everybody.
public struct AllocationsChanged: Equatable, Sendable {
    /// All that there are now, by name.
    public var allocations: [Allocation]
    /// Seats that were free until now and are off sale; by index, ascending.
    public var blockedSeats: [Int]
    /// Seats that were off sale until now and are free; by index, ascending.
    public var freedSeats: [Int]
    /// How many units are off sale now, for each area where that changed; 0: none.
    public var blockedUnits: [AreaBlock]
    public var changedAt: Timestamp

    public init(
        allocations: [Allocation], blockedSeats: [Int], freedSeats: [Int], blockedUnits: [AreaBlock],
        changedAt: Timestamp
    ) {
        self.allocations = allocations
        self.blockedSeats = blockedSeats
        self.freedSeats = freedSeats
        self.blockedUnits = blockedUnits
        self.changedAt = changedAt
    }
}

/// How many units of an area are off sale.
public struct AreaBlock: Equatable, Sendable {
    public var areaID: AreaID
    /// May be 0.
    public var units: Int
    public init(areaID: AreaID, units: Int) {
        self.areaID = areaID
        self.units = units
    }
}

/// An allocation as somebody wants it: seats by their `seat_guid`.
public struct AllocationWish: Equatable, Sendable {
    public var name: String
    public var channel: String?
    public var label: String
    public var seats: [String]
    public var areas: [AreaQuantity]
    public var releasesAt: Timestamp?

    public init(
        name: String, channel: String?, label: String, seats: [String], areas: [AreaQuantity], releasesAt: Timestamp?
    ) {
        self.name = name
        self.channel = channel
        self.label = label
        self.seats = seats
        self.areas = areas
        self.releasesAt = releasesAt
    }
}
