extension SeatingPlan {
    private static let seatsMax = 200_000
    private static let categories = 1...200
    private static let pointsMax = 10_000
    /// Of a name, a number or a colour.
    private static let textBytesMax = 256

    /// Checks that the plan has seats that can be told apart, each of a category of the plan, and that nothing in it is
    /// larger than any real plan.
    ///
    /// - Throws: ``InvalidShow`` with the first rule that is broken.
    public func validate() throws(InvalidShow) {
        try require(
            Self.categories.contains(categories.count), "There must be 1 to \(Self.categories.upperBound) categories.")
        var names: Set<String> = []
        for category in categories {
            try bound(category.name, category.color)
            try require(DisplayText(category.name) != nil, "A category needs a name of one line.")
            try require(names.insert(category.name).inserted, "Two categories are called \(category.name).")
        }
        try bound(name)
        try require(seatCount <= Self.seatsMax, "There are more than \(Self.seatsMax) seats.")
        var guids: Set<String> = []
        for zone in zones {
            try bound(zone.name)
            for row in zone.rows {
                try bound(row.number)
                for seat in row.seats { try validate(seat, &guids) }
            }
            for shape in zone.shapes { try validate(shape) }
        }
        try require(!guids.isEmpty, "There are no seats.")
    }

    private func validate(_ seat: Seat, _ guids: inout Set<String>) throws(InvalidShow) {
        try bound(seat.number)
        try require(
            Identifier<Seat>(checking: seat.guid) != nil, "A seat_guid is not 1 to 64 visible ASCII characters.")
        try require(guids.insert(seat.guid).inserted, "The seat_guid \(seat.guid) is there twice.")
        try require(
            categories.indices.contains(seat.category), "Seat \(seat.guid) is of a category that the plan doesn't have."
        )
    }

    private func validate(_ shape: Shape) throws(InvalidShow) {
        try bound(shape.color, shape.borderColor, shape.label?.text ?? "", shape.label?.color ?? "")
        if case .polygon(let points) = shape.outline {
            try require(points.count <= Self.pointsMax, "A polygon has more than \(Self.pointsMax) points.")
        }
    }

    private func bound(_ texts: String...) throws(InvalidShow) {
        try require(
            texts.allSatisfy { $0.utf8.count <= Self.textBytesMax },
            "A name, number or colour has more than \(Self.textBytesMax) bytes.")
    }
}

private func require(_ condition: Bool, _ reason: @autoclosure () -> String) throws(InvalidShow) {
    guard condition else { throw InvalidShow(.seatingPlan, reason()) }
}
