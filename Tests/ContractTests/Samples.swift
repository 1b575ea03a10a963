import Domain

/// One event of every kind, with every field set to something of its own.
enum Sample {
    static let at = Timestamp(microseconds: 1_798_761_600_123_456)

    static let plan = SeatingPlan(
        name: "Großer Saal", size: SeatingPlan.Size(width: 1_000.5, height: 800.25),
        categories: [
            SeatingPlan.Category(name: "Parkett", color: "#ff8800"), SeatingPlan.Category(name: "Rang", color: ""),
        ],
        zones: [
            SeatingPlan.Zone(
                name: "Links", position: SeatingPlan.Position(x: 10, y: -20),
                rows: [
                    SeatingPlan.Row(
                        number: "1", position: SeatingPlan.Position(x: 0.125, y: 3),
                        seats: [
                            SeatingPlan.Seat(
                                guid: "L-1-1", number: "1", position: SeatingPlan.Position(x: 1, y: 2), category: 0),
                            SeatingPlan.Seat(guid: "L-1-2", number: "2", position: .zero, category: 1),
                        ]),
                    SeatingPlan.Row(number: "2", position: .zero, seats: []),
                ],
                shapes: [
                    SeatingPlan.Shape(
                        outline: .circle(radius: 5), position: .zero, color: "red", borderColor: "black", rotation: 45,
                        label: SeatingPlan.Shape.Label(
                            text: "Bühne", color: "#fff", size: 12, position: SeatingPlan.Position(x: 1, y: 1))),
                    shape(.ellipse(radius: SeatingPlan.Position(x: 3, y: 4))),
                    shape(.rectangle(SeatingPlan.Size(width: 7, height: 8))),
                    shape(.polygon([SeatingPlan.Position(x: 1, y: 2), .zero, SeatingPlan.Position(x: -1, y: 0)])),
                    shape(.polygon([])), shape(.circle(radius: 0)), shape(.text),
                ]),
            SeatingPlan.Zone(name: "", position: .zero, rows: [], shapes: []),
        ])

    private static func shape(_ outline: SeatingPlan.Shape.Outline) -> SeatingPlan.Shape {
        SeatingPlan.Shape(outline: outline, position: .zero, color: "", borderColor: "", rotation: 0, label: nil)
    }

    static let created = ShowCreated(
        showID: ShowID("0123456789abcdef"), name: "Nacht der Lieder", artist: "Die Band 🎸",
        venue: Venue(name: "Arena", city: "Köln"), startsAt: at, onSaleAt: Timestamp(microseconds: at.microseconds - 1),
        currency: "EUR", prices: ["Parkett": 9_900, "Rang": 4_950, "Steh": 0], holdSeconds: 300, maxSeatsPerHold: 6,
        seatingPlan: plan, areas: [Area(areaID: AreaID("floor"), name: "Innenraum", capacity: 4_000, category: "Steh")],
        createdAt: Timestamp(microseconds: at.microseconds - 2))

    static let createdWithoutSeats = ShowCreated(
        showID: ShowID("s"), name: "", artist: "", venue: Venue(name: "", city: ""), startsAt: Timestamp(microseconds: 0),
        onSaleAt: nil, currency: "", prices: [:], holdSeconds: 0, maxSeatsPerHold: 0, seatingPlan: nil, areas: [],
        createdAt: Timestamp(microseconds: -1))

    static let placed = HoldPlaced(
        holdID: HoldID("0123456789abcdef-h"), userID: UserID("user-1"),
        seats: [HeldSeat(index: 0, guid: "L-1-1"), HeldSeat(index: 99_999, guid: "L-1-2")],
        areas: [
            AreaQuantity(areaID: AreaID("floor"), quantity: 2), AreaQuantity(areaID: AreaID("pit"), quantity: 1),
        ], total: 24_750, currency: "EUR", placedAt: at, expiresAt: at.adding(seconds: 300))

    static let ended = HoldEnded(
        holdID: HoldID("0123456789abcdef-h"), userID: UserID("user-1"), seatIndexes: [0, 99_999],
        areas: [AreaQuantity(areaID: AreaID("floor"), quantity: 2)], endedAt: at)

    /// By the name of the golden file that holds the event's bytes in this schema version.
    static let events: [(golden: String, event: ShowEvent)] = [
        ("ShowCreated.1", .created(created)), ("ShowCreated.1.without-seats", .created(createdWithoutSeats)),
        ("HoldPlaced.1", .holdPlaced(placed)), ("HoldReleased.1", .holdReleased(ended)),
        ("HoldExpired.1", .holdExpired(ended)),
    ]

    static let outcomes: [(golden: String, outcome: Outcome)] = [
        ("Outcome.accepted", .accepted), ("Outcome.show-not-found", .rejected(.showNotFound)),
        ("Outcome.show-exists", .rejected(.showExists)), ("Outcome.not-on-sale", .rejected(.notOnSale(until: at))),
        ("Outcome.empty-hold", .rejected(.emptyHold)), ("Outcome.too-many-seats", .rejected(.tooManySeats(limit: 6))),
        ("Outcome.duplicate-seat", .rejected(.duplicateSeat("L-1-1"))),
        ("Outcome.unknown-seat", .rejected(.unknownSeat("Käse"))), ("Outcome.unknown-area", .rejected(.unknownArea("roof"))),
        ("Outcome.unknown-category", .rejected(.unknownCategory(""))),
        (
            "Outcome.seats-unavailable",
            .rejected(
                .seatsUnavailable([
                    .seat("L-1-1", .held), .seat("L-1-2", .sold), .seat("L-1-3", .blocked),
                    .area(AreaID("floor"), available: 3), .quantity(available: 0),
                ]))
        ),
        ("Outcome.hold-not-found", .rejected(.holdNotFound)),
    ]
}
