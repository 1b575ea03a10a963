/// A place in the document of a seating plan, by indexes.
public enum PlanPlace: CustomStringConvertible {
    case plan
    case category(Int)
    case zone(Int)
    case row(zone: Int, Int)
    case seat(zone: Int, row: Int, Int)
    case area(zone: Int, Int)

    /// `zones[0].rows[3].seats[2]`; empty for the plan.
    public var description: String {
        switch self {
        case .plan: ""
        case .category(let index): "categories[\(index)]"
        case .zone(let index): "zones[\(index)]"
        case .row(let zone, let index): "zones[\(zone)].rows[\(index)]"
        case .seat(let zone, let row, let index): "zones[\(zone)].rows[\(row)].seats[\(index)]"
        case .area(let zone, let index): "zones[\(zone)].areas[\(index)]"
        }
    }

    /// The place of a member of it: `zones[0].rows[3].seats[2].seat_guid`; of the place itself, without a member.
    public func member(_ name: String) -> String {
        let place = description
        return place.isEmpty || name.isEmpty ? place + name : "\(place).\(name)"
    }
}
