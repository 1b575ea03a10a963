extension SeatingPlan {
    private static let seatsMax = 200_000
    private static let categories = 1...200
    private static let pointsMax = 10_000
    /// Of a name, a number, a colour or a label.
    private static let textBytesMax = 1_024

    /// Checks that the plan has seats that can be told apart, each of a category of the plan, and that nothing in it is
    /// larger than any real plan.
    ///
    /// - Throws: ``InvalidShow`` with the rules that are broken.
    public func validate() throws(InvalidShow) {
        let faults = faults
        guard faults.isEmpty else { throw InvalidShow(.seatingPlan, faults) }
    }

    /// What is wrong with the plan. Places are in its document.
    public var faults: FaultList {
        var check = PlanCheck()
        check.plan(self)
        return check.faults
    }

    private struct PlanCheck {
        private(set) var faults = FaultList()
        private var guids: Set<String> = []
        private var categoryCount = 0

        mutating func plan(_ plan: SeatingPlan) {
            categoryCount = plan.categories.count
            faults.require(
                SeatingPlan.categories.contains(categoryCount), "categories",
                "There must be 1 to \(SeatingPlan.categories.upperBound) categories.")
            var names: Set<String> = []
            for (index, category) in plan.categories.enumerated() {
                let place = PlanPlace.category(index)
                bound(category.color, place, "color")
                if DisplayText(category.name) == nil {
                    faults.add(place.member("name"), "A category's name \(DisplayText.rule).")
                } else if !names.insert(category.name).inserted {
                    faults.add(place.member("name"), "Two categories are called \(category.name).")
                }
            }
            bound(plan.name, .plan, "name")
            let seatCount = plan.seatCount
            faults.require(
                seatCount <= SeatingPlan.seatsMax, "zones", "There are more than \(SeatingPlan.seatsMax) seats.")
            faults.require(seatCount > 0, "zones", "There are no seats.")
            guids.reserveCapacity(min(seatCount, SeatingPlan.seatsMax))
            for (index, zone) in plan.zones.enumerated() { self.zone(zone, index) }
        }

        private mutating func zone(_ zone: Zone, _ zoneIndex: Int) {
            bound(zone.name, .zone(zoneIndex), "name")
            for (rowIndex, row) in zone.rows.enumerated() {
                bound(row.number, .row(zone: zoneIndex, rowIndex), "row_number")
                for (index, seat) in row.seats.enumerated() {
                    self.seat(seat, .seat(zone: zoneIndex, row: rowIndex, index))
                }
            }
            for (index, shape) in zone.shapes.enumerated() { self.shape(shape, .area(zone: zoneIndex, index)) }
        }

        private mutating func seat(_ seat: Seat, _ place: PlanPlace) {
            bound(seat.number, place, "seat_number")
            if !Seat.isGuid(seat.guid) {
                faults.add(place.member("seat_guid"), "A seat_guid \(Seat.guidRule).")
            } else if !guids.insert(seat.guid).inserted {
                faults.add(place.member("seat_guid"), "The seat_guid \(seat.guid) is there twice.")
            }
            faults.require(
                (0..<categoryCount).contains(seat.category), place.member("category"),
                "Seat \(Seat.isGuid(seat.guid) ? seat.guid : "…") is of a category that the plan doesn't have.")
        }

        private mutating func shape(_ shape: Shape, _ place: PlanPlace) {
            bound(shape.color, place, "color")
            bound(shape.borderColor, place, "border_color")
            if let label = shape.label {
                bound(label.text, place, "text.text")
                bound(label.color, place, "text.color")
            }
            if case .polygon(let points) = shape.outline {
                faults.require(
                    points.count <= SeatingPlan.pointsMax, place.member("polygon.points"),
                    "A polygon has more than \(SeatingPlan.pointsMax) points.")
            }
        }

        private mutating func bound(_ text: String, _ place: PlanPlace, _ member: String) {
            faults.require(
                text.utf8.count <= SeatingPlan.textBytesMax, place.member(member),
                "A name, number, colour or label has more than \(SeatingPlan.textBytesMax) bytes.")
        }
    }
}
