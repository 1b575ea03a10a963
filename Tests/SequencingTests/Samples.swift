import Domain
import Sequencing

extension Timestamp {
    static func at(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: 1_000_000).adding(seconds: seconds) }
}

extension ShowID {
    static let first = ShowID("first")
    static let second = ShowID("second")
}

extension StreamID {
    static let first = StreamID("first")
    static let second = StreamID("second")
}

extension CommandID {
    static func number(_ number: Int) -> CommandID { CommandID(high: UInt64(number), low: 7) }
}

extension OrderID {
    static func number(_ number: Int) -> OrderID { OrderID("o\(number)") }
}

extension CommandRequest {
    /// Another `version` is another request under the same key.
    private init(_ number: Int, on show: ShowID, command: ShowCommand, version: UInt8 = 1) {
        self.init(
            id: .number(number), principal: "ann", fingerprint: [version] + CommandID.number(number).bytes, show: show,
            command: command)
    }

    static func create(
        _ number: Int, _ show: ShowID = .first, seats: Int = 10, floor: Int = 0, holdSeconds: Int64 = 300
    ) -> Self {
        let row = SeatingPlan.Row(
            number: "1", position: .zero,
            seats: (1...seats).map { SeatingPlan.Seat(guid: "s\($0)", number: "\($0)", position: .zero, category: 0) })
        let plan = SeatingPlan(
            name: "plan", size: SeatingPlan.Size(width: 1, height: 1),
            categories: [SeatingPlan.Category(name: "A", color: "")],
            zones: [SeatingPlan.Zone(name: "zone", position: .zero, rows: [row], shapes: [])])
        let areas = floor > 0 ? [Area(areaID: AreaID("floor"), name: "Floor", capacity: floor, category: "A")] : []
        return CommandRequest(
            number, on: show,
            command: .create(
                ValidShow(
                    unchecked: ShowCreated(
                        showID: show, name: "A night", artist: "Somebody", venue: Venue(name: "Hall", city: "Ghent"),
                        startsAt: .at(100_000), onSaleAt: nil, currency: "EUR", prices: ["A": 5_000],
                        holdSeconds: holdSeconds, maxSeatsPerHold: 6, seatingPlan: plan, areas: areas, createdAt: .at(0)
                    ))))
    }

    static func hold(_ number: Int, _ show: ShowID = .first, seats: [String], version: UInt8 = 1) -> Self {
        CommandRequest(
            number, on: show,
            command: .placeHold(
                PlaceHold(
                    holdID: HoldID("h\(number)"), userID: UserID("ann"), selection: .named(seats: seats, areas: []))),
            version: version)
    }

    static func best(_ number: Int, _ quantity: Int) -> Self { best(number, .first, quantity) }

    static func best(_ number: Int, _ show: ShowID, _ quantity: Int) -> Self {
        CommandRequest(
            number, on: show,
            command: .placeHold(
                PlaceHold(
                    holdID: HoldID("h\(number)"), userID: UserID("ann"),
                    selection: .best(PlaceHold.BestPlaces(quantity: quantity)))))
    }

    /// The order `o` of its number, on a hold's fencing token.
    static func start(_ number: Int, hold: Int, token: Int64) -> Self {
        CommandRequest(
            number, on: .first,
            command: .startPurchase(
                StartPurchase(
                    orderID: .number(number), holdID: HoldID("h\(hold)"), userID: UserID("ann"), fencingToken: token,
                    paymentMethod: "card")))
    }

    static func pay(_ number: Int, _ step: PaymentStep, order: Int) -> Self {
        CommandRequest(number, on: .first, command: .payment(step, of: .number(order)))
    }

    static func release(_ number: Int, _ show: ShowID = .first, hold: Int) -> Self {
        CommandRequest(number, on: show, command: .releaseHold(HoldID("h\(hold)"), by: UserID("ann")))
    }
}
