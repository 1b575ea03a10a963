import Domain

/// The shows of a run: all alike but for what becomes of single seats, and small enough to sell out.
extension World {
    var showIDs: [ShowID] { (0..<scenario.shows).map { ShowID(createdBy: clients[$0].commandID(key: 0)) } }

    var areaIDs: [AreaID] { scenario.areaCapacities.indices.map { AreaID("area\($0)") } }

    /// In plan order.
    var seatGuids: [String] {
        scenario.rowLengths.enumerated().flatMap { row, length in (0..<length).map { "\(row + 1)-\($0 + 1)" } }
    }

    func show(_ number: Int) -> ShowCreated {
        let rows = scenario.rowLengths.enumerated().map { row, length in
            SeatingPlan.Row(
                number: "\(row + 1)", position: .zero,
                seats: (0..<length).map { seat in
                    var new = SeatingPlan.Seat(
                        guid: "\(row + 1)-\(seat + 1)", number: "\(seat + 1)", position: .zero, category: row % 2)
                    if waitlist?.hasAccessibleSeats == true {
                        new.isAccessible = (row + seat) % 5 == 1
                        new.isCompanion = (row + seat) % 5 == 2
                    }
                    return new
                })
        }
        // Who waits may wait for one of two zones.
        let front = waitlist == nil ? rows.count : (rows.count + 1) / 2
        let zones = [("zone", rows[..<front]), ("balcony", rows[front...])].filter { !$0.1.isEmpty }
        let plan = SeatingPlan(
            name: "plan", size: SeatingPlan.Size(width: 10, height: 10),
            categories: ["A", "B"].map { SeatingPlan.Category(name: $0, color: "") },
            zones: zones.map { SeatingPlan.Zone(name: $0, position: .zero, rows: Array($1), shapes: []) })
        var show = ShowCreated(
            showID: showIDs[number], name: "A night", artist: "Somebody", venue: Venue(name: "Hall", city: "Ghent"),
            startsAt: Timestamp(microseconds: Self.firstTime).adding(seconds: 86_400), onSaleAt: nil, currency: "EUR",
            prices: ["A": 9_000, "B": 5_000], holdSeconds: scenario.holdSeconds,
            maxSeatsPerHold: scenario.maxSeatsPerHold, seatingPlan: plan,
            areas: zip(areaIDs, scenario.areaCapacities).map { id, capacity in
                Area(areaID: id, name: id.rawValue, capacity: capacity, category: "B")
            },
            paymentSeconds: scenario.paymentSeconds, regrantsLatePayments: scenario.regrantsLatePayments,
            orphans: [.avoid, .enforce, .allow][number % 3], createdAt: Timestamp(microseconds: Self.firstTime))
        if let waitlist {
            show.offerSeconds = waitlist.offerSeconds
            show.maxSeatsPerUser = waitlist.maxSeatsPerUser
            show.accessibleReleasedAt = waitlist.accessibleReleasedAt
        }
        return show
    }
}
