/// Something that is wrong with what somebody sent.
public struct Fault: Equatable, Sendable {
    /// Where: `seatingPlan.zones[0].rows[3].seats[2].seat_guid`.
    public var place: String
    /// One sentence.
    public var reason: String

    public init(_ place: String, _ reason: String) {
        self.place = place
        self.reason = reason
    }
}

/// What is wrong, in the order it was found. However much it is, no more than ``countMax`` faults are kept; of the rest, only
/// how many there are.
public struct FaultList: Equatable, Sendable {
    public static let countMax = 100

    public private(set) var faults: [Fault] = []
    /// Faults beyond those kept.
    public private(set) var omittedCount = 0

    public init() {}

    public var isEmpty: Bool { faults.isEmpty }

    public mutating func add(_ place: @autoclosure () -> String, _ reason: @autoclosure () -> String) {
        guard faults.count < Self.countMax else {
            omittedCount += 1
            return
        }
        faults.append(Fault(place(), reason()))
    }

    /// Adds what `other` found, but for what is wrong at a place already.
    ///
    /// - Parameter parent: where the places of `other` are.
    public mutating func add(_ other: FaultList, below parent: String = "") {
        let places = Set(faults.map(\.place))
        for fault in other.faults {
            let isBelow = !parent.isEmpty && !fault.place.isEmpty
            let place = parent + (isBelow ? "." : "") + fault.place
            if !places.contains(place) { add(place, fault.reason) }
        }
        omittedCount += other.omittedCount
    }

    /// Notes a fault unless `condition` holds.
    public mutating func require(
        _ condition: Bool, _ place: @autoclosure () -> String, _ reason: @autoclosure () -> String
    ) {
        if !condition { add(place(), reason()) }
    }
}
